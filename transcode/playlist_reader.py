"""Reads HLS playlists strictly: what they say, and every breach of the grammar with its line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from transcode import playlist_tags as tags
from transcode.findings import HlsFinding, finding
from transcode.sources import Span

if TYPE_CHECKING:
    from collections.abc import Callable

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
_BYTERANGE = re.compile(r"(\d{1,18})(?:@(\d{1,18}))?")
_VARIABLE = re.compile(r"\{\$([A-Za-z0-9_-]+)\}")
MOST_LINES = 100_000
MOST_BYTES = 16 << 20
MOST_TOLD = 20
"""Findings of one code."""
_LONGEST_ADDRESS = 8_192


@dataclass(frozen=True, slots=True)
class Variant:
    """A line of a multivariant playlist: its address, attributes without quotes, and line."""

    address: str
    attributes: dict[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Init:
    """An initialisation segment: address, and bytes of the file where it is not all of it."""

    address: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A segment of a media playlist.

    `seconds` is None where none are stated; `time` is the decode time where an MPD states it.
    """

    address: str
    seconds: Fraction | None
    line: int
    span: Span | None = None
    init: Init | None = None
    discontinuity: bool = False
    encrypted: bool = False
    time: Fraction | None = None


@dataclass(slots=True)
class Playlist:
    """What a playlist says. It is multivariant when it has variants. `place` is its address."""

    place: str
    variants: list[Variant] = field(default_factory=list)
    media: list[Variant] = field(default_factory=list)
    segments: list[Entry] = field(default_factory=list)
    target: int = 0
    live: bool = False
    findings: list[HlsFinding] = field(default_factory=list)


class _Reader:
    def __init__(self, place: str, *, local: bool) -> None:
        self.found = Playlist(place)
        self.local = local
        self.seen: dict[str, int] = {}
        self.version = 0
        self.needs = (1, "")
        self.pending: dict[str, str] | None = None
        self.seconds: Fraction | None = None
        self.init: Init | None = None
        self.span: tuple[int, int | None] | None = None
        self.last: tuple[str, int] = ("", 0)
        self.discontinuity = self.encrypted = False
        self.variables: dict[str, str] = {}
        self.line = 0
        self.told: Counter[str] = Counter()

    def fault(self, code: str, detail: str = "") -> None:
        self.told[code] += 1
        if self.told[code] > MOST_TOLD:
            return
        place = f"{self.found.place}:{self.line}" if self.line else self.found.place
        self.found.findings.append(finding(code, place, detail))

    def need(self, version: int, what: str) -> None:
        self.needs = max(self.needs, (version, what))

    def read(self, line: str) -> None:
        if not line:
            return
        if line.startswith("#EXT"):
            name, _, value = line[1:].partition(":")
            if name in self.seen and name in tags.ONCE:
                self.fault("HLS-104", f"{name}, first in line {self.seen[name]}")
            if name not in tags.KNOWN:
                self.fault("HLS-114", name[:40])
            self.seen.setdefault(name, self.line)
            handler = _TAGS.get(name)
            if handler is not None:
                handler(self, value)
        elif not line.startswith("#"):
            self.address(self.filled(line))

    def filled(self, text: str) -> str:
        """With the variables that EXT-X-DEFINE names in their places."""
        found = _VARIABLE.sub(lambda match: self.variables.get(match[1], match[0]), text)
        if _VARIABLE.search(found):
            self.fault("HLS-103", f"an undefined variable in {found[:60]}")
        return found[:_LONGEST_ADDRESS]

    def address(self, text: str) -> None:
        self.relative(text)
        if self.pending is not None:
            self.found.variants.append(Variant(text, self.pending, self.line))
            self.pending = None
            return
        if self.seconds is None:
            self.fault("HLS-107", text[:80])
        entry = Entry(
            address=text,
            seconds=self.seconds,
            line=self.line,
            span=self.spanned(text),
            init=self.init,
            discontinuity=self.discontinuity,
            encrypted=self.encrypted,
        )
        self.found.segments.append(entry)
        self.seconds, self.span, self.discontinuity = None, None, False

    def spanned(self, address: str) -> Span | None:
        """The byte range of the segment; without an offset it follows the one before."""
        if self.span is None:
            return None
        size, start = self.span
        if start is None:
            if self.last[0] != address:
                self.fault("HLS-115", "no offset, and the segment before is of another file")
            start = self.last[1]
        self.last = (address, start + size)
        return Span(start, size)

    def relative(self, text: str) -> None:
        try:
            parts = urlsplit(text)
        except ValueError:
            self.fault("HLS-103", text[:80])
            return
        steps = unquote(parts.path).split("/")
        if parts.scheme or parts.netloc or text.startswith("/") or ".." in steps:
            self.fault("HLS-110" if self.local else "HLS-118", text[:80])

    def attributes(self, value: str) -> dict[str, str]:
        found: dict[str, str] = {}
        at = 0
        while at < len(value):
            match = _ATTRIBUTE.match(value, at)
            if match is None or match[1] in found:
                self.fault("HLS-103", value[at : at + 60])
                break
            found[match[1]] = self.filled(match[2].strip('"'))
            self.typed(match[1], match[2])
            at = match.end()
        if value.endswith(","):
            self.fault("HLS-103", "a comma at the end of attributes")
        return found

    def typed(self, name: str, value: str) -> None:
        """Whether an attribute is quoted, or a number, as its kind asks."""
        quoted = value.startswith('"')
        known = tags.VALUES.get(name)
        odd = known is not None and not known.fullmatch(value)
        if odd or (name in tags.QUOTED and not quoted) or (name in tags.BARE and quoted):
            self.fault("HLS-103", f"{name}={value[:40]}")

    def number(self, value: str) -> int:
        if not re.fullmatch(r"\d{1,18}", value):
            self.fault("HLS-103", value[:40])
            return 0
        return int(value)

    def on_version(self, value: str) -> None:
        self.version = self.number(value)

    def on_target(self, value: str) -> None:
        self.found.target = self.number(value)

    def on_sequence(self, value: str) -> None:
        self.number(value)
        if self.found.segments:
            self.fault("HLS-103", "EXT-X-MEDIA-SEQUENCE behind a segment")

    def on_start(self, value: str) -> None:
        if "TIME-OFFSET" not in self.attributes(value):
            self.fault("HLS-103", "EXT-X-START without TIME-OFFSET")

    def on_type(self, value: str) -> None:
        if value not in {"VOD", "EVENT"}:
            self.fault("HLS-103", value[:40])

    def on_extinf(self, value: str) -> None:
        if self.seconds is not None:
            self.fault("HLS-116", "EXTINF")
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,15})?),(.*)", value)
        if match is None:
            self.fault("HLS-107", value[:40])
        elif "." in match[1]:
            self.need(3, "decimals in EXTINF")
        self.seconds = Fraction(match[1]) if match else Fraction(0)

    def on_map(self, value: str) -> None:
        said = self.attributes(value)
        uri = said.get("URI", "")
        if not uri:
            self.fault("HLS-103", "EXT-X-MAP without URI")
        span = None
        if "BYTERANGE" in said:
            match = _BYTERANGE.fullmatch(said["BYTERANGE"])
            if match is None:
                self.fault("HLS-115", said["BYTERANGE"][:40])
            else:
                span = Span(int(match[2] or 0), int(match[1]))
        self.need(5 if "EXT-X-I-FRAMES-ONLY" in self.seen else 6, "EXT-X-MAP")
        self.relative(uri)
        self.init = Init(uri, span)

    def on_byterange(self, value: str) -> None:
        self.need(4, "EXT-X-BYTERANGE")
        match = _BYTERANGE.fullmatch(value)
        if match is None or int(match[1]) == 0:
            self.fault("HLS-115", value[:40])
        else:
            self.span = (int(match[1]), int(match[2]) if match[2] else None)

    def on_stream(self, value: str) -> None:
        if self.pending is not None:
            self.fault("HLS-116", "EXT-X-STREAM-INF")
        self.pending = self.attributes(value)

    def on_media(self, value: str) -> None:
        said = self.attributes(value)
        missing = [name for name in ("TYPE", "GROUP-ID", "NAME") if name not in said]
        if missing:
            self.fault("HLS-103", f"EXT-X-MEDIA without {', '.join(missing)}")
        if "URI" in said:
            self.relative(said["URI"])
        self.found.media.append(Variant(said.get("URI", ""), said, self.line))

    def on_key(self, value: str) -> None:
        self.encrypted = self.attributes(value).get("METHOD", "NONE") != "NONE"

    def on_discontinuity(self, _: str) -> None:
        self.discontinuity = True

    def on_define(self, value: str) -> None:
        said = self.attributes(value)
        self.need(8, "EXT-X-DEFINE")
        if "NAME" in said:
            self.variables[said["NAME"]] = said.get("VALUE", "")

    def end(self) -> Playlist:
        if self.pending is not None:
            self.fault("HLS-116", "EXT-X-STREAM-INF")
        self.line = 0
        found = self.found
        is_multivariant = bool(found.variants or self.pending is not None or found.media)
        self.versioned()
        if "EXT-X-INDEPENDENT-SEGMENTS" not in self.seen:
            self.fault("HLS-109")
        foreign = sorted((tags.MEDIA_ONLY if is_multivariant else frozenset()) & set(self.seen))
        if foreign:
            self.fault("HLS-113", ", ".join(foreign))
        if is_multivariant:
            return found
        if self.seconds is not None:
            self.fault("HLS-116", "EXTINF")
        if found.target == 0:
            self.fault("HLS-106")
        if not found.segments:
            self.fault("HLS-112")
        self.ended()
        return found

    def versioned(self) -> None:
        least, what = self.needs
        if self.version < least and not (least == 1 and self.version == 0):
            self.fault("HLS-105", f"{self.version or 'none'}, but {what} needs {least}")
        elif self.version < tags.CMAF_VERSION and (self.local or "EXT-X-MAP" in self.seen):
            self.fault("HLS-117", str(self.version or "none"))

    def ended(self) -> None:
        if "EXT-X-ENDLIST" in self.seen:
            return
        self.found.live = True
        is_vod = self.local or "EXT-X-PLAYLIST-TYPE" in self.seen
        self.fault("HLS-108" if is_vod else "HLS-119")


_TAGS: dict[str, Callable[[_Reader, str], None]] = {
    "EXT-X-VERSION": _Reader.on_version,
    "EXT-X-TARGETDURATION": _Reader.on_target,
    "EXT-X-MEDIA-SEQUENCE": _Reader.on_sequence,
    "EXT-X-PLAYLIST-TYPE": _Reader.on_type,
    "EXT-X-START": _Reader.on_start,
    "EXTINF": _Reader.on_extinf,
    "EXT-X-MAP": _Reader.on_map,
    "EXT-X-BYTERANGE": _Reader.on_byterange,
    "EXT-X-STREAM-INF": _Reader.on_stream,
    "EXT-X-MEDIA": _Reader.on_media,
    "EXT-X-KEY": _Reader.on_key,
    "EXT-X-DISCONTINUITY": _Reader.on_discontinuity,
    "EXT-X-DEFINE": _Reader.on_define,
}


def read_playlist(data: bytes, place: str, *, local: bool = True) -> Playlist:
    """Parse, collecting findings; never raises on bad content.

    `local`: it must keep to its folder, and be finished.
    """
    reader = _Reader(place, local=local)
    if len(data) > MOST_BYTES:
        reader.fault("HLS-120", f"{len(data)} bytes")
        return reader.found
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
    if len(lines) > MOST_LINES:
        reader.fault("HLS-120", f"{len(lines)} lines")
    return reader.end()
