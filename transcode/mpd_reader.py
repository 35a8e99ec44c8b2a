"""Reads a DASH presentation (ISO/IEC 23009-1) as far as audio on demand needs it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from ddex import xml
from ddex.errors import MessageUnreadable
from transcode import widths
from transcode.check_variants import TOO_WIDE, names
from transcode.findings import HlsFinding, finding
from transcode.playlist_reader import Entry, Init, Playlist
from transcode.sources import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcode.check_media import Measured

_LIMITS = xml.Limits(max_bytes=16 << 20, max_markup=500_000)
_DURATION = re.compile(
    r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,15})?)S)?)?"
)
_NUMBER = re.compile(r"\$Number(?:%0(\d{1,2})d)?\$")
_TIME = re.compile(r"\$Time(?:%0(\d{1,2})d)?\$")
Node = Any
MOST_SEGMENTS = 50_000
MOST_REPRESENTATIONS = 500
_MOST_IN_ALL = 100_000
MOST_TOLD = 20
"""Findings of one code."""


@dataclass(slots=True)
class Representation:
    """One representation: what it states, and its segments as those of a media playlist."""

    playlist: Playlist
    place: str
    bandwidth: int = 0
    codecs: str = ""
    rate: str = ""
    period: Fraction | None = None
    offset: Fraction = Fraction(0)


@dataclass(slots=True)
class Presentation:
    """What an MPD says."""

    representations: list[Representation] = field(default_factory=list)
    findings: list[HlsFinding] = field(default_factory=list)


def looks_like(address: str, data: bytes) -> bool:
    """Whether these are the bytes of an MPD rather than of a playlist."""
    head = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") or urlsplit(address).path.endswith(".mpd")


def read_mpd(data: bytes, place: str, *, local: bool) -> Presentation:
    """Parse, collecting findings; never raises on bad content."""
    reader = _Reader(place, local=local)
    try:
        root = xml.parse(data, _LIMITS).root
    except MessageUnreadable as bad:
        reader.fault("MPD-101", detail=str(bad)[:200])
        return reader.found
    if _tag(root) != "MPD":
        reader.fault("MPD-101", root, f"the root is {_tag(root)[:40]}")
        return reader.found
    reader.read(root)
    return reader.found


def true_representation(one: Representation, measured: Measured) -> list[HlsFinding]:
    """What a representation states against what was measured."""
    found = []
    width = widths.bandwidth(measured.segments, measured.rate)
    if one.bandwidth and one.bandwidth < width.peak:
        detail = f"{one.bandwidth} is stated, {width.peak} measured"
        little = one.bandwidth * TOO_WIDE >= width.peak
        found.append(finding("MPD-204" if little else "MPD-201", one.place, detail))
    if one.codecs and not names(one.codecs, measured.codecs):
        detail = f"{one.codecs} is stated, {measured.codecs} is there"
        found.append(finding("MPD-202", one.place, detail))
    if one.rate.isdecimal() and int(one.rate) != measured.rate:
        found.append(finding("MPD-203", one.place, f"{one.rate} is stated, {measured.rate} there"))
    if one.period is not None and measured.starts:
        end = Fraction(measured.starts[0] + measured.samples, measured.rate) - one.offset
        if end + Fraction(1, 1000) < one.period:
            detail = f"{float(one.period):.6f} s, the segments end at {float(end):.6f} s"
            found.append(finding("MPD-108", one.place, detail))
    return found


class _Reader:
    def __init__(self, place: str, *, local: bool) -> None:
        self.found = Presentation()
        self.place = place
        self.local = local
        self.told: Counter[str] = Counter()
        self.left = _MOST_IN_ALL

    def fault(self, code: str, node: Node = None, detail: str = "") -> None:
        self.told[code] += 1
        if self.told[code] > MOST_TOLD:
            return
        place = self.place if node is None else self.at(node)
        self.found.findings.append(finding(code, place, detail))

    def at(self, node: Node) -> str:
        return f"{self.place}:{node.sourceline or 0}"

    def read(self, root: Node) -> None:
        if root.get("type", "static") != "static":
            self.fault("MPD-102", root)
        whole = self.duration(root, "mediaPresentationDuration")
        if root.get("minBufferTime") is None:
            self.fault("MPD-103", root, "minBufferTime")
        periods = list(_children(root, "Period"))
        if not periods:
            self.fault("MPD-105", root)
        for period in periods:
            length = self.duration(period, "duration", needed=False)
            if length is None and len(periods) == 1:
                length = whole
            self.period(root, period, length)

    def period(self, root: Node, period: Node, length: Fraction | None) -> None:
        for group in _children(period, "AdaptationSet"):
            for one in _children(group, "Representation"):
                if len(self.found.representations) >= MOST_REPRESENTATIONS or self.left < 0:
                    self.fault("HLS-120", one, "too many representations")
                    return
                self.representation([root, period, group, one], length)

    def duration(self, node: Node, name: str, *, needed: bool = True) -> Fraction | None:
        text = node.get(name)
        if text is None and not needed:
            return None
        match = _DURATION.fullmatch(text or "")
        if match is None or not any(match.groups()):
            self.fault("MPD-103", node, f"{name}={(text or '')[:40]}")
            return None
        days, hours, minutes, seconds = (Fraction(each or 0) for each in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def representation(self, chain: list[Node], period: Fraction | None) -> None:
        one, group = chain[-1], chain[-2]
        kind = one.get("mimeType") or group.get("mimeType") or group.get("contentType") or ""
        codecs = one.get("codecs") or group.get("codecs") or ""
        bandwidth = one.get("bandwidth", "")
        if not one.get("id") or not re.fullmatch(r"\d{1,15}", bandwidth) or not codecs:
            self.fault("MPD-104", one, kind[:40])
        base = self.place
        for node in chain:
            held = next(_children(node, "BaseURL"), None)
            if held is not None:
                base = urljoin(base, self.address(held, (held.text or "").strip()))
        playlist = Playlist(f"{base.partition('#')[0]}#{one.get('id', '')[:80]}")
        found = Representation(
            playlist,
            self.at(one),
            int(bandwidth) if re.fullmatch(r"\d{1,15}", bandwidth) else 0,
            codecs,
            one.get("audioSamplingRate") or group.get("audioSamplingRate") or "",
            period,
        )
        playlist.segments += self.segments(chain, found, one.get("id", ""), bandwidth)
        self.left -= len(playlist.segments) + 1
        if not playlist.segments:
            self.fault("MPD-105", one)
            return
        self.found.representations.append(found)

    def segments(
        self, chain: list[Node], into: Representation, identity: str, bandwidth: str
    ) -> list[Entry]:
        template = _inherited(chain, "SegmentTemplate")
        listed = _inherited(chain, "SegmentList")
        held = template or listed
        if not held:
            return []
        scale = _whole(_said(held, "timescale"), 1) or 1
        into.offset = Fraction(_whole(_said(held, "presentationTimeOffset"), 0), scale)
        line = held[-1].sourceline or 0
        times = list(self.timeline(held, scale, into.period))
        if template:
            fill = {"$RepresentationID$": identity, "$Bandwidth$": bandwidth, "$$": "$"}
            return list(self.templated(template, times, fill, line))
        return list(self.listed(listed, times, line))

    def timeline(
        self, held: list[Node], scale: int, period: Fraction | None
    ) -> Iterator[tuple[int, Fraction, Fraction]]:
        """Time in units, decode time and duration in seconds of each segment."""
        node = next(
            (found for each in reversed(held) for found in _children(each, "SegmentTimeline")), None
        )
        if node is None:
            length = _whole(_said(held, "duration"), 0)
            if length and period:
                for index in range(min(MOST_SEGMENTS, -(-int(period * scale) // length))):
                    at = index * length
                    yield at, Fraction(at, scale), Fraction(length, scale)
            return
        at = count = 0
        for each in _children(node, "S"):
            at = _whole(each.get("t"), at)
            length, more = _whole(each.get("d"), 0), _whole(each.get("r"), 0)
            if length <= 0:
                self.fault("MPD-107", each, "S without d")
                return
            for _ in range(min(more, MOST_SEGMENTS) + 1):
                count += 1
                if count > MOST_SEGMENTS:
                    self.fault("HLS-120", each, f"more than {MOST_SEGMENTS} segments")
                    return
                yield at, Fraction(at, scale), Fraction(length, scale)
                at += length

    def templated(
        self,
        held: list[Node],
        times: list[tuple[int, Fraction, Fraction]],
        fill: dict[str, str],
        line: int,
    ) -> Iterator[Entry]:
        start = _whole(_said(held, "startNumber"), 1)
        media, first = _said(held, "media") or "", _said(held, "initialization")
        for key, value in fill.items():
            media = media.replace(key, value)
            first = first and first.replace(key, value)
        init = Init(self.address(held[-1], first)) if first else None
        self.address(held[-1], media)
        for index, (units, time, length) in enumerate(times):
            yield Entry(
                address=_numbered(media, start + index, units),
                seconds=length,
                line=line,
                init=init,
                time=time,
            )

    def listed(
        self, held: list[Node], times: list[tuple[int, Fraction, Fraction]], line: int
    ) -> Iterator[Entry]:
        node = next((n for each in reversed(held) for n in _children(each, "Initialization")), None)
        init = None
        if node is not None:
            address = self.address(node, node.get("sourceURL", ""))
            init = Init(address, self.span(node, node.get("range")))
        urls = [each for one in held for each in _children(one, "SegmentURL")]
        if len(urls) != len(times):
            self.fault("MPD-107", held[-1], f"{len(urls)} addresses, {len(times)} times")
        for node, (_, time, length) in zip(urls, times, strict=False):
            yield Entry(
                address=self.address(node, node.get("media", "")),
                seconds=length,
                line=node.sourceline or line,
                span=self.span(node, node.get("mediaRange")),
                init=init,
                time=time,
            )

    def span(self, node: Node, text: str | None) -> Span | None:
        if text is None:
            return None
        match = re.fullmatch(r"(\d{1,18})-(\d{1,18})", text)
        if match is None or int(match[2]) < int(match[1]):
            self.fault("HLS-115", node, text[:40])
            return None
        return Span(int(match[1]), int(match[2]) - int(match[1]) + 1)

    def address(self, node: Node, text: str) -> str:
        try:
            parts = urlsplit(text)
        except ValueError:
            self.fault("MPD-106", node, text[:80])
            return ""
        outside = parts.scheme or parts.netloc or text.startswith("/")
        if outside or ".." in unquote(parts.path).split("/"):
            self.fault("MPD-106" if self.local else "HLS-118", node, text[:80])
        return text


def _numbered(media: str, number: int, units: int) -> str:
    text = _NUMBER.sub(lambda match: str(number).zfill(int(match[1] or 0)), media)
    return _TIME.sub(lambda match: str(units).zfill(int(match[1] or 0)), text)


def _tag(node: Node) -> str:
    return str(node.tag).rpartition("}")[2]


def _children(node: Node, name: str) -> Iterator[Node]:
    return (each for each in node if _tag(each) == name)


def _inherited(chain: list[Node], name: str) -> list[Node]:
    """The elements of this name from the period down: the inner ones say more."""
    return [each for node in chain[1:] for each in _children(node, name)]


def _said(held: list[Node], name: str) -> str | None:
    return next((each.get(name) for each in reversed(held) if each.get(name) is not None), None)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,18}", text) else default
