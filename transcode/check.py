"""Checks HLS output from outside: grammar, files, times, codecs, bandwidth, alignment, decode.

Nothing of our own pipeline is trusted: all is measured again from the playlists and the bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from transcode import check_media, playlists
from transcode.findings import HlsFinding, finding
from transcode.playlist_reader import Playlist, Variant, read_playlist
from transcode.sources import resolve

if TYPE_CHECKING:
    from transcode.check_media import Measured
    from transcode.ffmpeg import Ffmpeg
    from transcode.sources import FileSource

_TOO_WIDE = 1.1


@dataclass(slots=True)
class Report:
    """All findings, and what was measured of each rendition."""

    findings: list[HlsFinding] = field(default_factory=list)
    renditions: list[Measured] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """No finding of level error."""
        return not any(found.level == "error" for found in self.findings)

    def to_json(self) -> dict[str, Any]:
        """`{"ok", "findings": [...], "renditions": [...]}`."""
        return {
            "ok": self.ok,
            "findings": [found.to_json() for found in self.findings],
            "renditions": [one.to_json() for one in self.renditions],
        }


def check(source: FileSource, tool: Ffmpeg | None) -> Report:
    """Check the playlist that the source starts with, and all it refers to.

    Without `tool` nothing is decoded.
    """
    report = Report()
    data = source.read(source.start)
    if data is None:
        report.findings.append(finding("HLS-301", source.start))
        return report
    first = read_playlist(data, source.start)
    report.findings += first.findings
    if first.variants:
        _multivariant(source, tool, first, report)
    else:
        _media(source, tool, first, None, report)
    _aligned(report)
    _manifest(source, report)
    return report


def _multivariant(
    source: FileSource, tool: Ffmpeg | None, playlist: Playlist, report: Report
) -> None:
    scored = [variant for variant in playlist.variants if "SCORE" in variant.attributes]
    if scored and len(scored) != len(playlist.variants):
        report.findings.append(finding("HLS-207", playlist.place))
    seen: set[str] = set()
    for variant in playlist.variants:
        place = f"{playlist.place}:{variant.line}"
        report.findings += _stated(variant, place)
        address = resolve(source.start, variant.address)
        if address in seen:
            report.findings.append(finding("HLS-209", place, variant.address))
            continue
        seen.add(address)
        data = source.read(address)
        if data is None:
            report.findings.append(finding("HLS-301", place, variant.address))
            continue
        media = read_playlist(data, address)
        report.findings += media.findings
        _media(source, tool, media, (variant, place), report)


def _stated(variant: Variant, place: str) -> list[HlsFinding]:
    """What a variant must state, whatever its media turn out to be."""
    found = []
    if not variant.attributes.get("BANDWIDTH", "").isdecimal():
        found.append(finding("HLS-201", place, variant.address))
    if not variant.attributes.get("AVERAGE-BANDWIDTH", "").isdecimal():
        found.append(finding("HLS-206", place, variant.address))
    if "CODECS" not in variant.attributes:
        found.append(finding("HLS-202", place, variant.address))
    return found


def _media(
    source: FileSource,
    tool: Ffmpeg | None,
    playlist: Playlist,
    variant: tuple[Variant, str] | None,
    report: Report,
) -> None:
    measured, found = check_media.measure(source, playlist, tool)
    report.findings += found
    if measured is None:
        return
    report.renditions.append(measured)
    if variant is not None:
        report.findings += _true_variant(*variant, measured)


def _true_variant(variant: Variant, place: str, measured: Measured) -> list[HlsFinding]:
    """What a variant states against what was measured."""
    found = []
    codecs = variant.attributes.get("CODECS", "")
    if codecs and codecs.lower() != measured.codecs.lower():
        found.append(finding("HLS-205", place, f"{codecs} is stated, {measured.codecs} is there"))
    width = playlists.bandwidth(measured.segments, measured.rate)
    stated = variant.attributes.get("BANDWIDTH", "")
    if stated.isdecimal() and int(stated) < width.peak:
        found.append(finding("HLS-203", place, f"{stated} is stated, {width.peak} measured"))
    elif stated.isdecimal() and int(stated) > _TOO_WIDE * width.peak:
        found.append(finding("HLS-208", place, f"{stated} is stated, {width.peak} measured"))
    average = variant.attributes.get("AVERAGE-BANDWIDTH", "")
    if average.isdecimal() and abs(int(average) - width.average) > width.average / 100:
        found.append(finding("HLS-204", place, f"{average} is stated, {width.average} measured"))
    return found


def _aligned(report: Report) -> None:
    """Every cut but the end must be the same instant in all renditions."""
    if len(report.renditions) < 2:
        return
    first, *others = report.renditions
    for other in others:
        if len(other.segments) != len(first.segments):
            detail = f"{len(other.segments)} here, {len(first.segments)} in {first.name}"
            report.findings.append(finding("HLS-311", other.name, detail))
            continue
        for index, (mine, theirs) in enumerate(zip(other.starts, first.starts, strict=True)):
            if mine * first.rate != theirs * other.rate:
                detail = (
                    f"segment {index} starts at {mine / other.rate:.6f} s here,"
                    f" at {theirs / first.rate:.6f} s in {first.name}"
                )
                report.findings.append(finding("HLS-307", other.name, detail))
                break


def _manifest(source: FileSource, report: Report) -> None:
    """Where a manifest lies beside the playlist, its sample counts must be those measured."""
    address = resolve(source.start, "manifest.json")
    data = source.read(address)
    if data is None:
        return
    measured = {one.name.rpartition("/")[2].removesuffix(".m3u8"): one for one in report.renditions}
    try:
        for stated in json.loads(data)["renditions"]:
            one = measured.get(stated["name"])
            if one is None:
                continue
            told = stated["delay"] + stated["samples"] + stated["padding"]
            there = sum(segment.samples for segment in one.segments)
            if told != there or stated["rate"] != one.rate:
                detail = f"{stated['name']}: {told} samples are stated, {there} are there"
                report.findings.append(finding("HLS-401", address, detail))
    except (ValueError, KeyError, TypeError) as bad:
        report.findings.append(finding("HLS-401", address, f"unreadable ({bad})"))
