"""Checks HLS and DASH output from outside: grammar, files, times, codecs, bandwidth, alignment,
delays, decode.

Nothing of our own pipeline is trusted: all is measured again from the playlists and the bytes.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import Unavailable
from transcode import check_delay, check_media, mpd_reader
from transcode.check_variants import Checked, stated, true_variant
from transcode.findings import HlsFinding, finding
from transcode.playlist_reader import Playlist, Variant, read_playlist
from transcode.sources import Absent, Spent, resolve

if TYPE_CHECKING:
    from transcode.check_media import Measured
    from transcode.ffmpeg import Ffmpeg
    from transcode.findings import Level
    from transcode.sources import FileSource

MOST_VARIANTS = 500
_OURS: dict[Level, Level] = {"error": "error", "warning": "error", "note": "note"}


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
    """Check the playlist that the source starts with, and all it refers to; beside a playlist in a
    folder, its `manifest.mpd` too. Beside a manifest of ours, warnings are errors: what others may
    do, we never do.

    Without `tool` nothing is decoded.

    Raises:
        Unavailable: the start itself can't be read from its server.
    """
    report = Report()
    ours = check_delay.is_ours(source)
    with tempfile.TemporaryDirectory(prefix="hls-check-") as folder:
        try:
            _Check(source, tool, Path(folder), report, ours=ours).start()
        except Spent as bound:
            report.findings.append(finding("HLS-320", source.start, str(bound)))
    if ours:
        report.findings = [replace(found, level=_OURS[found.level]) for found in report.findings]
    return report


class _Check:
    def __init__(
        self, source: FileSource, tool: Ffmpeg | None, folder: Path, report: Report, *, ours: bool
    ) -> None:
        self.ours = ours
        self.source = source
        self.tool = tool
        self.folder = folder
        self.report = report
        self.done: dict[str, Checked] = {}

    def start(self) -> None:
        start = self.source.start
        try:
            data = self.source.read(start)
        except Absent as absent:
            if not self.source.local:
                raise Unavailable(f"{start}: {absent}", remedy="check the address") from absent
            self.report.findings.append(finding("HLS-301", start, str(absent)))
            return
        if mpd_reader.looks_like(start, data):
            self.presentation(start, data)
            return
        first = read_playlist(data, start, local=self.source.local)
        self.report.findings += first.findings
        if first.variants or first.media:
            self.multivariant(first)
        else:
            self.media(first)
        self.report.renditions += [one.measured for one in self.done.values() if one.measured]
        self.report.findings += check_delay.aligned(self.report.renditions)
        if self.ours:
            self.report.findings += check_delay.manifest(self.source, self.report.renditions)
        if self.source.local and self.source.start == check_delay.MASTER:
            self.selections()
            self.beside()

    def selections(self) -> None:
        """Other multivariant playlists in the same folder: what they state of what was measured.

        Ours are all there.
        """
        lossless = any(one.codecs == "fLaC" for one in self.report.renditions)
        wanted = {"adaptive.m3u8": self.ours, "lossless.m3u8": self.ours and lossless}
        for name, needed in wanted.items():
            try:
                data = self.source.read(name)
            except Absent as absent:
                if needed:
                    self.fault("HLS-301", name, str(absent))
                continue
            found = read_playlist(data, name, local=True)
            self.report.findings += found.findings
            self.multivariant(found)

    def beside(self) -> None:
        """The MPD in the same folder describes the same files: its words, without decoding."""
        try:
            data = self.source.read("manifest.mpd")
        except Absent as absent:
            if self.ours:
                self.fault("HLS-301", "manifest.mpd", str(absent))
            return
        self.tool, kept = None, list(self.report.renditions)
        self.presentation("manifest.mpd", data)
        self.report.renditions[:] = kept

    def multivariant(self, playlist: Playlist) -> None:
        place = playlist.place
        scored = [one for one in playlist.variants if "SCORE" in one.attributes]
        if scored and len(scored) != len(playlist.variants):
            self.fault("HLS-207", place)
        if len(playlist.variants) + len(playlist.media) > MOST_VARIANTS:
            self.fault("HLS-120", place, f"{len(playlist.variants)} variants")
        for one in playlist.media[:MOST_VARIANTS]:
            if one.address:
                self.listed(one.address, f"{place}:{one.line}")
        seen: set[str] = set()
        for variant in playlist.variants[:MOST_VARIANTS]:
            at = f"{place}:{variant.line}"
            self.report.findings += stated(variant, at)
            key = variant.address + variant.attributes.get("AUDIO", "")
            if key in seen:
                self.fault("HLS-209", at, variant.address)
                continue
            seen.add(key)
            own = self.listed(variant.address, at)
            group = self.group(playlist, variant, at)
            if own is not None and own.measured is not None:
                self.report.findings += true_variant(variant, at, own.measured, group)

    def group(self, playlist: Playlist, variant: Variant, at: str) -> list[Measured]:
        """The renditions of the variant's group of audio, measured."""
        name = variant.attributes.get("AUDIO")
        if name is None:
            return []
        members = [one for one in playlist.media if one.attributes.get("GROUP-ID") == name]
        if not members:
            self.fault("HLS-210", at, name)
        addresses = [resolve(self.source.start, one.address) for one in members if one.address]
        others = [each for each in addresses if each != resolve(self.source.start, variant.address)]
        found = [self.done[each].measured for each in others if each in self.done]
        return [one for one in found if one is not None]

    def listed(self, address: str, at: str) -> Checked | None:
        """The media playlist of this address, gone through once."""
        full = resolve(self.source.start, address)
        if full not in self.done:
            try:
                data = self.source.read(full)
            except Absent as absent:
                self.fault("HLS-301", at, f"{address}: {absent}")
                return None
            found = read_playlist(data, full, local=self.source.local)
            if found.variants:
                self.fault("HLS-211", at, address)
                return None
            self.report.findings += found.findings
            self.media(found)
        return self.done[full]

    def media(self, playlist: Playlist) -> None:
        folder = self.folder if self.tool is not None else None
        measured, found = check_media.measure(
            self.source, playlist, self.tool, folder, exact=self.ours
        )
        self.report.findings += found
        self.done[playlist.place] = Checked(measured)

    def presentation(self, place: str, data: bytes) -> None:
        """An MPD: every representation is a media playlist in other words."""
        read = mpd_reader.read_mpd(data, place, local=self.source.local)
        self.report.findings += read.findings
        measured: list[Measured] = []
        for one in read.representations[:MOST_VARIANTS]:
            folder = self.folder if self.tool is not None else None
            found, faults = check_media.measure(
                self.source, one.playlist, self.tool, folder, exact=self.ours
            )
            self.report.findings += faults
            if found is not None:
                measured.append(found)
                self.report.findings += mpd_reader.true_representation(one, found)
        self.report.renditions += measured
        self.report.findings += check_delay.aligned(measured)
        if self.ours:
            self.report.findings += check_delay.offsets(self.source, read.representations)

    def fault(self, code: str, place: str, detail: str = "") -> None:
        self.report.findings.append(finding(code, place, detail))
