"""Measures one rendition: its init, every segment's times and sizes, and what it decodes to."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcode import ffmpeg, mp4, playlists
from transcode.findings import HlsFinding, finding
from transcode.manifest import Segment
from transcode.sources import resolve

if TYPE_CHECKING:
    from transcode.playlist_reader import Entry, Playlist
    from transcode.sources import FileSource

_DECODE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A rendition as its files are. `starts` are decode times in samples at `rate`."""

    name: str
    codecs: str
    rate: int
    channels: int
    bits: int
    target: int
    segments: tuple[Segment, ...]
    starts: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """What the report shows."""
        width = playlists.bandwidth(self.segments, self.rate)
        samples = sum(segment.samples for segment in self.segments)
        return {
            "name": self.name,
            "codecs": self.codecs,
            "rate": self.rate,
            "channels": self.channels,
            "bits": self.bits,
            "segments": len(self.segments),
            "samples": samples,
            "seconds": samples / self.rate,
            "target_duration": self.target,
            "bandwidth": width.peak,
            "average_bandwidth": width.average,
            "bytes": sum(segment.bytes for segment in self.segments),
        }


class _Media:
    """Collects while it goes through one media playlist."""

    def __init__(self, source: FileSource, playlist: Playlist) -> None:
        self.source = source
        self.playlist = playlist
        self.findings: list[HlsFinding] = []
        self.pieces: list[tuple[str, bytes]] = []
        self.segments: list[Segment] = []
        self.starts: list[int] = []
        self.next_time: int | None = None

    def fault(self, code: str, place: str, detail: str = "") -> None:
        self.findings.append(finding(code, place, detail))

    def init(self) -> tuple[bytes, mp4.Track] | None:
        address = resolve(self.playlist.place, self.playlist.init)
        data = self.source.read(address) if self.playlist.init else None
        if data is None:
            if self.playlist.init:
                self.fault("HLS-301", address)
            return None
        try:
            track = mp4.track(data)
        except mp4.BoxFault as bad:
            self.fault("HLS-305", address, str(bad))
            return None
        if track.timescale != track.rate or not track.rate:
            self.fault("HLS-306", address, f"{track.timescale} and {track.rate} Hz")
        if track.edits:
            self.fault("HLS-309", address, f"media times {list(track.edits)}")
        return (data, track) if track.timescale else None

    def segment(self, entry: Entry, track: mp4.Track) -> None:
        address = resolve(self.playlist.place, entry.address)
        data = self.source.read(address)
        if data is None:
            self.fault("HLS-301", address)
            self.next_time = None
            return
        try:
            parts = mp4.fragments(data)
        except mp4.BoxFault as bad:
            self.fault("HLS-305", address, str(bad))
            self.next_time = None
            return
        if len(parts) != 1:
            self.fault("HLS-314", address, f"{len(parts)} are there")
            self.next_time = None
            return
        self.pieces.append((address, data))
        self.segments.append(Segment(samples=parts[0].samples, bytes=len(data)))
        self.starts.append(parts[0].decode_time)
        self.times(entry, address, parts[0], track)
        self.sizes(address, data, parts[0])

    def times(self, entry: Entry, address: str, part: mp4.Fragment, track: mp4.Track) -> None:
        line = f"{self.playlist.place}:{entry.line}"
        seconds = Fraction(part.samples, track.timescale)
        stated = entry.seconds
        if stated is not None and abs(stated - seconds) * track.timescale >= Fraction(1, 2):
            detail = f"{float(stated):.9f} is stated, {float(seconds):.9f} is there"
            self.fault("HLS-303", line, detail)
        longest = max(seconds, stated or Fraction(0))
        if self.playlist.target and int(longest + Fraction(1, 2)) > self.playlist.target:
            self.fault("HLS-302", line, f"{float(longest):.3f} over {self.playlist.target} s")
        expected = self.next_time
        if expected is not None and part.decode_time != expected:
            self.fault("HLS-304", address, f"{part.decode_time} instead of {expected}")
        self.next_time = part.decode_time + part.samples
        if track.codec == "mp4a":
            odd = [each for each in part.durations if each != track.block]
            if odd:
                self.fault("HLS-308", address, f"{odd[0]} samples")

    def sizes(self, address: str, data: bytes, part: mp4.Fragment) -> None:
        held = sum(box.end - box.body for box in mp4.boxes(data) if box.kind == "mdat")
        if sum(part.sizes) != held:
            self.fault("HLS-310", address, f"{sum(part.sizes)} of {held} bytes")


def measure(
    source: FileSource, playlist: Playlist, tool: ffmpeg.Ffmpeg | None
) -> tuple[Measured | None, list[HlsFinding]]:
    """Go through one media playlist; None when there is nothing to measure."""
    media = _Media(source, playlist)
    begun = media.init()
    if begun is None:
        return None, media.findings
    init, track = begun
    media.next_time = 0
    for entry in playlist.segments:
        media.segment(entry, track)
    if not media.segments:
        return None, media.findings
    if tool is not None:
        _decode(tool, init, media, track)
    measured = Measured(
        name=playlist.place,
        codecs=track.codecs,
        rate=track.timescale,
        channels=track.channels,
        bits=track.bits,
        target=playlist.target,
        segments=tuple(media.segments),
        starts=tuple(media.starts),
    )
    return measured, media.findings


def _decode(tool: ffmpeg.Ffmpeg, init: bytes, media: _Media, track: mp4.Track) -> None:
    """All at once; when that fails, one by one to name the segment."""
    errors, samples = _decoded(tool, init + b"".join(data for _, data in media.pieces), track)
    told = sum(segment.samples for segment in media.segments)
    if not errors and samples != told:
        media.fault("HLS-313", media.playlist.place, f"{samples} decoded, {told} in trun")
    if not errors:
        return
    blamed = False
    for address, data in media.pieces:
        own, _ = _decoded(tool, init + data, track)
        if own:
            blamed = True
            media.fault("HLS-312", address, own)
    if not blamed:
        media.fault("HLS-312", media.playlist.place, errors)


def _decoded(tool: ffmpeg.Ffmpeg, data: bytes, track: mp4.Track) -> tuple[str, int]:
    """The first error message ("" when there is none), and samples per channel."""
    size = 0

    def count(piece: bytes) -> None:
        nonlocal size
        size += len(piece)

    with tempfile.TemporaryDirectory(prefix="hls-check-") as folder:
        path = Path(folder, "rendition.mp4")
        path.write_bytes(data)
        node = ffmpeg.source(path, "mov")
        graph = node.output("pipe:1", f="s16le", acodec="pcm_s16le", err_detect="crccheck")
        try:
            outcome = ffmpeg.execute(tool, graph, timeout=_DECODE_SECONDS, on_pcm=count)
        except TimeoutError as late:
            return str(late), 0
    errors = outcome.errors()
    reason = errors[0] if errors else "" if outcome.code == 0 else f"exit code {outcome.code}"
    return reason, size // (2 * max(1, track.channels))
