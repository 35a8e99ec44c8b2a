"""Measures one rendition: its init, every segment's times and sizes, and what it decodes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from transcode import mp4, widths
from transcode.check_decode import Scratch, decode
from transcode.findings import HlsFinding, finding
from transcode.manifest import Segment
from transcode.sources import Absent, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.ffmpeg import Ffmpeg
    from transcode.playlist_reader import Entry, Init, Playlist
    from transcode.sources import FileSource

MOST_TOLD = 20
"""Findings of one code in one playlist; a broken packager repeats its fault in every segment."""
_MEASURED = frozenset({"mp4a", "fLaC", "Opus"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A rendition as its files are. `starts` are decode times, in samples at `rate`.

    `head` holds the first decoded samples (16 bits, channel by channel in turn); empty when nothing
    was decoded.
    """

    name: str
    codecs: str
    rate: int
    channels: int
    bits: int
    target: int
    segments: tuple[Segment, ...]
    starts: tuple[int, ...]
    head: bytes = field(default=b"", repr=False)
    tracks: int = 1

    @property
    def samples(self) -> int:
        """Samples per channel of all segments."""
        return sum(segment.samples for segment in self.segments)

    def to_json(self) -> dict[str, Any]:
        """What the report shows."""
        width = widths.bandwidth(self.segments, self.rate)
        return {
            "name": self.name,
            "codecs": self.codecs,
            "rate": self.rate,
            "channels": self.channels,
            "bits": self.bits,
            "segments": len(self.segments),
            "samples": self.samples,
            "seconds": self.samples / self.rate,
            "target_duration": self.target,
            "bandwidth": width.peak,
            "average_bandwidth": width.average,
            "bytes": sum(segment.bytes for segment in self.segments),
        }


class _Media:
    """Collects while it goes through one media playlist."""

    def __init__(
        self, source: FileSource, playlist: Playlist, scratch: Scratch | None, *, exact: bool
    ) -> None:
        self.source = source
        self.exact = exact
        self.playlist = playlist
        self.scratch = scratch
        self.findings: list[HlsFinding] = []
        self.told: dict[str, int] = {}
        self.segments: list[Segment] = []
        self.starts: list[int] = []
        self.next_time: int | None = None
        self.inits: dict[Init, mp4.Track | None] = {}
        self.track: mp4.Track | None = None
        self.noted = False
        listed = playlist.segments
        cut = [at for at, one in enumerate(listed) if at and one.discontinuity]
        self.lasts = {listed[at - 1] for at in (*cut, len(listed))[: len(listed)]}
        self.longest = Fraction(0)
        self.cut_off = 0

    def fault(self, code: str, place: str, detail: str = "") -> None:
        self.told[code] = self.told.get(code, 0) + 1
        if self.told[code] <= MOST_TOLD:
            self.findings.append(finding(code, place, detail))

    def go(self) -> None:
        for entry in self.playlist.segments:
            if entry.discontinuity:
                self.next_time = None
            self.entry(entry)
        self.targeted()

    def entry(self, entry: Entry) -> None:
        address = resolve(self.playlist.place, entry.address)
        track = self.described(entry)
        try:
            data = self.source.read(address, entry.span)
        except Absent as absent:
            self.fault("HLS-301", address, str(absent))
            self.next_time = None
            return
        if entry.init is None and not mp4.is_fragmented(data):
            self.unmeasured(address, data)
            return
        if track is None and entry.init is None:
            self.fault("HLS-111", address)
            track = self.own_track(data)
        if track is None:
            return
        if entry.encrypted:
            self.note("HLS-317", address)
        self.measure(entry, address, data, track)

    def note(self, code: str, place: str, detail: str = "") -> None:
        """Said once; what is decoded would only mislead."""
        if not self.noted:
            self.fault(code, place, detail)
        self.noted, self.scratch = True, None

    def own_track(self, data: bytes) -> mp4.Track | None:
        """Of a segment that brings its own description along."""
        try:
            return mp4.track(data)
        except mp4.BoxFault:
            return None

    def unmeasured(self, address: str, data: bytes) -> None:
        kind = mp4.kind_of(data)
        if not kind:
            self.fault("HLS-305", address, "no kind of media that is known")
            return
        self.note("HLS-316", address, kind)

    def described(self, entry: Entry) -> mp4.Track | None:
        """The sample description that holds for this segment, read once."""
        init = entry.init
        if init is None:
            return None
        if init not in self.inits:
            self.inits[init] = self.init(init)
            track = self.inits[init]
            before = self.track
            if track and before and not entry.discontinuity and track.codecs != before.codecs:
                self.fault("HLS-319", resolve(self.playlist.place, init.address), track.codecs)
            self.track = before or track
        return self.inits[init]

    def init(self, init: Init) -> mp4.Track | None:
        address = resolve(self.playlist.place, init.address)
        try:
            data = self.source.read(address, init.span)
            track = mp4.track(data)
        except Absent as absent:
            self.fault("HLS-301", address, str(absent))
            return None
        except mp4.BoxFault as bad:
            self.fault("HLS-305", address, str(bad))
            return None
        if track.codec not in _MEASURED:
            self.note("HLS-316", address, f"codec {track.codec}")
        elif track.timescale != track.rate or not track.rate:
            self.fault("HLS-306", address, f"{track.timescale} and {track.rate} Hz")
        if any(track.edits):
            self.fault("HLS-309", address, f"media times {list(track.edits)}")
        if self.scratch is not None and not self.inits:
            self.scratch.add(address, data)
        return track if track.timescale else None

    def measure(self, entry: Entry, address: str, data: bytes, track: mp4.Track) -> None:
        try:
            parts = mp4.fragments(data, track.defaults)
        except mp4.BoxFault as bad:
            self.fault("HLS-305", address, str(bad))
            self.next_time = None
            return
        if not parts:
            self.fault("HLS-315", address)
            self.next_time = None
            return
        if len(parts) > 1:
            self.fault("HLS-314", address, f"{len(parts)} are there")
        if self.scratch is not None:
            self.scratch.add(address, data)
        samples = sum(part.samples for part in parts)
        self.segments.append(Segment(samples=samples, bytes=len(data)))
        self.starts.append(parts[0].decode_time)
        self.lengths(entry, parts[0].decode_time, samples, track)
        for part in parts:
            self.times(address, part, track, last=part is parts[-1] and entry in self.lasts)
        self.timed(entry, address, parts[0].decode_time, track)
        held = sum(box.end - box.body for box in mp4.boxes(data) if box.kind == "mdat")
        sizes = sum(sum(part.sizes) for part in parts)
        if sizes != held and track.tracks == 1:
            self.fault("HLS-310", address, f"{sizes} of {held} bytes")
        elif track.tracks == 1:
            self.placed(address, data, parts)

    def timed(self, entry: Entry, address: str, there: int, track: mp4.Track) -> None:
        """Whether an MPD states the decode time that is there, or what an edit list leaves."""
        if entry.time is None:
            return
        wanted = {Fraction(max(0, there - cut), track.timescale) for cut in (0, _cut(track))}
        if entry.time not in wanted:
            line = f"{self.playlist.place}:{entry.line}"
            seconds = there / track.timescale
            detail = f"{float(entry.time):.6f} s, {seconds:.6f} s in {address}"
            self.fault("MPD-107", line, detail)

    def placed(self, address: str, data: bytes, parts: tuple[mp4.Fragment, ...]) -> None:
        """Whether trun points to the first byte of mdat, where the bytes of the track begin."""
        bodies = {box.end: box.body for box in mp4.boxes(data) if box.kind == "mdat"}
        for part in parts:
            body = bodies.get(part.end)
            if part.data_at is not None and part.data_at != body:
                self.fault("HLS-310", address, f"trun points to byte {part.data_at}, not {body}")

    def lengths(self, entry: Entry, start: int, samples: int, track: mp4.Track) -> None:
        line = f"{self.playlist.place}:{entry.line}"
        seconds = Fraction(samples, track.timescale)
        stated = entry.seconds
        cut = _cut(track)
        if stated is not None and start < cut:  # what is shown may be meant
            shown = Fraction(max(0, start + samples - cut), track.timescale)
            seconds = min(shown, seconds, key=lambda each: abs(each - stated))
        # others write milliseconds, or whole seconds and mean no samples
        unit = Fraction(1, 2 * track.timescale) if self.exact else Fraction(1, 1000)
        if stated is not None and abs(stated - seconds) >= unit:
            detail = f"{float(stated):.9f} is stated, {float(seconds):.9f} is there"
            self.fault("MPD-107" if entry.time is not None else "HLS-303", line, detail)
        longest = max(seconds, stated or Fraction(0))
        self.longest = max(self.longest, longest)
        if self.playlist.target and int(longest + Fraction(1, 2)) > self.playlist.target:
            self.fault("HLS-302", line, f"{float(longest):.3f} over {self.playlist.target} s")

    def times(self, address: str, part: mp4.Fragment, track: mp4.Track, *, last: bool) -> None:
        expected = self.next_time
        if expected is not None and part.decode_time != expected:
            self.fault("HLS-304", address, f"{part.decode_time} instead of {expected}")
        self.next_time = part.decode_time + part.samples
        if track.codec == "mp4a" and track.rate:
            block = track.block * (2 if track.object_type in {5, 29} else 1)
            unit = Fraction(block * track.timescale, track.rate)
            odd = [at for at, each in enumerate(part.durations) if abs(each - unit) >= 1]
            if odd:
                only_end = last and odd == [len(part.durations) - 1]
                self.cut_off += round(unit) - part.durations[-1] if only_end else 0
                detail = f"{part.durations[odd[0]]} / {track.timescale} s"
                self.fault("HLS-322" if only_end else "HLS-308", address, detail)
        if track.codec == "fLaC" and track.block and track.timescale == track.rate:
            whole = part.durations[: -1 if last else None]
            odd = [each for each in part.durations if each > track.block]
            odd += [each for each in whole if each < track.block]
            if odd:
                self.fault("HLS-323", address, f"{odd[0]} instead of {track.block} samples")

    def targeted(self) -> None:
        """Whether the target duration is that of the longest segment, rounded up at most."""
        playlist = self.playlist
        if not playlist.target or playlist.live or len(self.segments) < len(playlist.segments):
            return
        most = max(
            1, int(self.longest + Fraction(1, 2)) if self.exact else -int(-self.longest // 1)
        )
        if playlist.target > most:
            detail = f"{playlist.target} over {float(self.longest):.3f} s"
            self.fault("HLS-321", playlist.place, detail)


def _cut(track: mp4.Track) -> int:
    """What an edit list takes off the beginning of the media, in ticks."""
    return track.edits[0] if len(track.edits) == 1 and track.edits[0] > 0 else 0


def measure(
    source: FileSource,
    playlist: Playlist,
    tool: Ffmpeg | None,
    folder: Path | None,
    *,
    exact: bool = False,
) -> tuple[Measured | None, list[HlsFinding]]:
    """Go through one media playlist; None when there is nothing to measure.

    `folder` takes temporary files; without `tool` and `folder` nothing is decoded. `exact`: EXTINF
    means samples, as ours does.
    """
    scratch = Scratch(folder) if tool is not None and folder is not None else None
    media = _Media(source, playlist, scratch, exact=exact)
    media.go()
    track = media.track
    if not media.segments or track is None:
        return None, media.findings
    head = b""
    if tool is not None and media.scratch is not None:
        told = sum(segment.samples for segment in media.segments) + media.cut_off
        found = decode(tool, media.scratch, track, told, playlist.place)
        head = found.head
        for code, place, detail in found.faults:
            media.fault(code, place, detail)
    measured = Measured(
        name=playlist.place,
        codecs=track.codecs,
        rate=track.timescale,
        channels=track.channels,
        bits=track.bits,
        target=playlist.target,
        segments=tuple(media.segments),
        starts=tuple(media.starts),
        head=head,
        tracks=track.tracks,
    )
    return measured, media.findings
