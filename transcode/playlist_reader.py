"""Reads HLS playlists strictly: what they say, and every breach of the grammar with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from transcode.findings import HlsFinding, finding

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
_ONCE = frozenset(
    {
        "EXTM3U",
        "EXT-X-VERSION",
        "EXT-X-TARGETDURATION",
        "EXT-X-MEDIA-SEQUENCE",
        "EXT-X-PLAYLIST-TYPE",
        "EXT-X-ENDLIST",
        "EXT-X-INDEPENDENT-SEGMENTS",
        "EXT-X-MAP",
    }
)
_MEDIA_ONLY = frozenset(
    {
        "EXTINF",
        "EXT-X-TARGETDURATION",
        "EXT-X-ENDLIST",
        "EXT-X-MAP",
        "EXT-X-MEDIA-SEQUENCE",
        "EXT-X-PLAYLIST-TYPE",
    }
)
_LEAST_VERSION = 7
MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Variant:
    """A line of a multivariant playlist: its address, attributes without quotes, and line."""

    address: str
    attributes: dict[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment of a media playlist: address, stated seconds, and line."""

    address: str
    seconds: Fraction | None
    line: int


@dataclass(slots=True)
class Playlist:
    """What a playlist says. It is multivariant when it has variants."""

    place: str
    variants: list[Variant] = field(default_factory=list)
    segments: list[Entry] = field(default_factory=list)
    init: str = ""
    target: int = 0
    findings: list[HlsFinding] = field(default_factory=list)


class _Reader:
    def __init__(self, place: str) -> None:
        self.found = Playlist(place)
        self.seen: dict[str, int] = {}
        self.version = 0
        self.pending: dict[str, str] | None = None
        self.seconds: Fraction | None = None
        self.line = 0

    def fault(self, code: str, detail: str = "") -> None:
        place = f"{self.found.place}:{self.line}" if self.line else self.found.place
        self.found.findings.append(finding(code, place, detail))

    def read(self, line: str) -> None:
        if not line:
            return
        if line.startswith("#EXT"):
            name, _, value = line[1:].partition(":")
            if name in self.seen and name in _ONCE:
                self.fault("HLS-104", f"{name}, first in line {self.seen[name]}")
            self.seen.setdefault(name, self.line)
            handler = _TAGS.get(name)
            if handler is not None:
                handler(self, value)
        elif not line.startswith("#"):
            self.address(line)

    def address(self, text: str) -> None:
        self.relative(text)
        if self.pending is not None:
            self.found.variants.append(Variant(text, self.pending, self.line))
            self.pending = None
            return
        if self.seconds is None:
            self.fault("HLS-107", text[:80])
        self.found.segments.append(Entry(text, self.seconds, self.line))
        self.seconds = None

    def relative(self, text: str) -> None:
        parts = urlsplit(text)
        steps = unquote(parts.path).split("/")
        if parts.scheme or parts.netloc or text.startswith("/") or ".." in steps:
            self.fault("HLS-110", text[:80])

    def attributes(self, value: str) -> dict[str, str]:
        found: dict[str, str] = {}
        at = 0
        while at < len(value):
            match = _ATTRIBUTE.match(value, at)
            if match is None or match[1] in found:
                self.fault("HLS-103", value[at : at + 60])
                break
            found[match[1]] = match[2].strip('"')
            at = match.end()
        return found

    def number(self, value: str) -> int:
        if not re.fullmatch(r"\d{1,18}", value):
            self.fault("HLS-103", value[:40])
            return 0
        return int(value)

    def on_version(self, value: str) -> None:
        self.version = self.number(value)

    def on_target(self, value: str) -> None:
        self.found.target = self.number(value)

    def on_extinf(self, value: str) -> None:
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,15})?),(.*)", value)
        if match is None:
            self.fault("HLS-107", value[:40])
        self.seconds = Fraction(match[1]) if match else Fraction(0)

    def on_map(self, value: str) -> None:
        self.found.init = self.attributes(value).get("URI", "")
        if not self.found.init:
            self.fault("HLS-103", "EXT-X-MAP without URI")
        self.relative(self.found.init)

    def on_stream(self, value: str) -> None:
        self.pending = self.attributes(value)

    def end(self) -> Playlist:
        self.line = 0
        found = self.found
        if self.version < _LEAST_VERSION:
            self.fault("HLS-105", f"{self.version or 'none'} with fragmented MP4")
        if "EXT-X-INDEPENDENT-SEGMENTS" not in self.seen:
            self.fault("HLS-109")
        if found.variants or self.pending is not None:
            foreign = sorted(_MEDIA_ONLY & set(self.seen))
            if foreign:
                self.fault("HLS-113", ", ".join(foreign))
            return found
        for missing, code in (
            (found.target == 0, "HLS-106"),
            ("EXT-X-ENDLIST" not in self.seen, "HLS-108"),
            ("EXT-X-MAP" not in self.seen, "HLS-111"),
            (not found.segments, "HLS-112"),
        ):
            if missing:
                self.fault(code)
        return found


_TAGS: dict[str, Callable[[_Reader, str], None]] = {
    "EXT-X-VERSION": _Reader.on_version,
    "EXT-X-TARGETDURATION": _Reader.on_target,
    "EXTINF": _Reader.on_extinf,
    "EXT-X-MAP": _Reader.on_map,
    "EXT-X-STREAM-INF": _Reader.on_stream,
}


def read_playlist(data: bytes, place: str) -> Playlist:
    """Parse, collecting findings; never raises on bad content."""
    reader = _Reader(place)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        reader.fault("HLS-102", str(bad.reason))
        return reader.found
    if text.startswith("\ufeff") or re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        reader.fault("HLS-102", "byte order mark or control character")
        text = text.removeprefix("\ufeff")
    lines = re.split(r"\r?\n", text)
    if lines[0].rstrip() != "#EXTM3U":
        reader.line = 1
        reader.fault("HLS-101", lines[0][:40])
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        reader.line = number
        reader.read(line)
    return reader.end()
