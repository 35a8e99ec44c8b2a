"""Reads the boxes of fragmented MP4 (ISO/IEC 14496-12), and mends the muxer's short last sample.

Only what we need: enough to cut a file into initialisation and segments, and to tell the exact
decode time and sample durations of each. Input is bytes or a memory map; nothing is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    Buffer = bytes | bytearray | mmap

MAX_BOXES = 200_000


class BoxFault(ValueError):
    """The bytes are no well-formed fragmented MP4; `offset` is where that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at byte {offset}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Box:
    """A box: four-letter type, offset of its header, of its content, and of its end."""

    kind: str
    start: int
    body: int
    end: int

    @property
    def size(self) -> int:
        """Bytes, header included."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One moof+mdat: its bytes [start, end), decode time, and durations of its samples.

    Times are in the track's timescale, which in our files is its sample rate. `data_at` is where
    trun says that the first sample's bytes are, None where it does not say.
    """

    start: int
    end: int
    decode_time: int
    durations: tuple[int, ...]
    sizes: tuple[int, ...]
    data_at: int | None = None

    @property
    def samples(self) -> int:
        """Audio samples per channel."""
        return sum(self.durations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the sample description says.

    Attributes:
        timescale: units per second of decode times.
        codec: sample entry type: `mp4a`, `fLaC`.
        object_type: MPEG-4 audio object type (2 = AAC-LC), 0 when it is no AAC.
        rate, channels, bits: of the codec's own configuration (esds, dfLa).
        block: FLAC block size when fixed, 1024 for AAC, 0 when it varies.
        edits: media times of the edit list.
        tracks: how many the file has; this is the first.
        defaults: duration and size of samples where fragments do not say (trex).
    """

    timescale: int
    codec: str
    object_type: int
    rate: int
    channels: int
    bits: int
    block: int
    edits: tuple[int, ...]
    tracks: int = 1
    defaults: tuple[int, int] = (0, 0)

    @property
    def codecs(self) -> str:
        """The RFC 6381 name that a playlist should state."""
        return f"mp4a.40.{self.object_type}" if self.codec == "mp4a" else self.codec


@dataclass(frozen=True, slots=True)
class Layout:
    """A fragmented file: bytes [0, init_end) describe the track, then come the fragments."""

    init_end: int
    fragments: tuple[Fragment, ...]


def boxes(data: Buffer, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes of one level within [start, end).

    Raises:
        BoxFault: a size is impossible.
    """
    stop = len(data) if end is None else end
    at, count = start, 0
    while at < stop:
        count += 1
        if stop - at < 8 or count > MAX_BOXES:
            raise BoxFault("box header cut off", at)
        size, kind, body = _u32(data, at), data[at + 4 : at + 8], at + 8
        if size == 1:
            if stop - at < 16:
                raise BoxFault("box header cut off", at)
            size, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = stop - at
        if size < body - at or at + size > stop:
            raise BoxFault(f"box {kind!r} has the impossible size {size}", at)
        yield Box(kind.decode("latin-1"), at, body, at + size)
        at += size


def child(data: Buffer, parent: Box, *path: str) -> Box | None:
    """The first box under `parent` along this path of types, None when absent."""
    here = parent
    for kind in path:
        found = next((box for box in boxes(data, here.body, here.end) if box.kind == kind), None)
        if found is None:
            return None
        here = found
    return here


def _need(data: Buffer, parent: Box, *path: str) -> Box:
    found = child(data, parent, *path)
    if found is None:
        raise BoxFault(f"{parent.kind} has no {'/'.join(path)}", parent.start)
    return found


def layout(data: Buffer, defaults: tuple[int, int] = (0, 0)) -> Layout:
    """Cut a fragmented file into initialisation and fragments; `defaults` are those of its track.

    Raises:
        BoxFault: it is not ftyp, moov, then pairs of moof and mdat.
    """
    return Layout(init_end(data), tuple(walk(data, defaults)))


def init_end(data: Buffer) -> int:
    """Where the initialisation ends, 0 when there is none. Raises BoxFault."""
    return next((box.end for box in boxes(data) if box.kind == "moov"), 0)


def walk(data: Buffer, defaults: tuple[int, int] = (0, 0)) -> Iterator[Fragment]:
    """The fragments one by one: of hours of music they are many. Raises BoxFault."""
    moof = None
    for box in boxes(data):
        if box.kind == "moof":
            moof = box
        elif box.kind == "mdat":
            if moof is None:
                raise BoxFault("mdat without moof", box.start)
            yield _fragment(data, moof, box.end, defaults)
            moof = None
    if moof is not None:
        raise BoxFault("moof without mdat", moof.start)


_FIRST_BOXES = frozenset({b"ftyp", b"styp", b"sidx", b"moof", b"moov", b"emsg", b"prft", b"free"})


def is_fragmented(data: Buffer) -> bool:
    """Whether a segment looks like one of fragmented MP4."""
    return bytes(data[4:8]) in _FIRST_BOXES


def kind_of(data: Buffer) -> str:
    """What a segment that is no MP4 holds by its first bytes; empty when nobody knows."""
    if data[:1] == b"\x47" and (len(data) < 189 or data[188:189] == b"\x47"):
        return "MPEG-TS"
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0):
        return "packed audio"
    return "WebVTT" if bytes(data[:9]).lstrip(b"\xef\xbb\xbf")[:6] == b"WEBVTT" else ""


def fragments(data: Buffer, defaults: tuple[int, int] = (0, 0)) -> tuple[Fragment, ...]:
    """The fragments of a media segment (no moov in it)."""
    return layout(data, defaults).fragments


def _fragment(data: Buffer, moof: Box, end: int, defaults: tuple[int, int]) -> Fragment:
    traf = _need(data, moof, "traf")
    tfdt = _need(data, traf, "tfdt")
    wide = _take(data, tfdt, 0, 1) == 1
    durations: list[int] = []
    sizes: list[int] = []
    data_at = None
    tfhd = _need(data, traf, "tfhd")
    defaults = _tfhd(data, tfhd, defaults)
    for box in boxes(data, traf.body, traf.end):
        if box.kind == "trun":
            if data_at is None and _take(data, box, 3, 1) & 1 and not _take(data, tfhd, 3, 1) & 1:
                data_at = moof.start + _take(data, box, 8, 4)
            _trun(data, box, defaults, durations, sizes)
    return Fragment(
        start=moof.start,
        end=end,
        decode_time=_take(data, tfdt, 4, 8 if wide else 4),
        durations=tuple(durations),
        sizes=tuple(sizes),
        data_at=data_at,
    )


_TFHD_FIELDS = ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4))


def _tfhd_offset(flags: int, wanted: int) -> int:
    """Offset in the body of an optional field; all before it in order take their bytes."""
    return 8 + sum(size for bit, size in _TFHD_FIELDS if bit < wanted and flags & bit)


def _tfhd(data: Buffer, box: Box, defaults: tuple[int, int]) -> tuple[int, int]:
    """Default duration and size of samples, the track's when not stated."""
    flags = _take(data, box, 1, 3)
    duration, size = defaults
    if flags & 0x8:
        duration = _take(data, box, _tfhd_offset(flags, 0x8), 4)
    if flags & 0x10:
        size = _take(data, box, _tfhd_offset(flags, 0x10), 4)
    return duration, size


_TRUN_SAMPLE_FIELDS = (0x100, 0x200, 0x400, 0x800)


def _trun_shape(data: Buffer, box: Box) -> tuple[int, int, int, int]:
    """Flags, sample count, offset in the body of the first sample's fields, bytes per sample."""
    flags = _take(data, box, 1, 3)
    count = _take(data, box, 4, 4)
    first = 8 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4)
    step = 4 * sum(bool(flags & bit) for bit in _TRUN_SAMPLE_FIELDS)
    if count > MAX_BOXES or box.body + first + step * count > box.end:
        raise BoxFault(f"trun cannot hold {count} samples", box.start)
    return flags, count, first, step


def _trun(
    data: Buffer, box: Box, defaults: tuple[int, int], durations: list[int], sizes: list[int]
) -> None:
    flags, count, first, step = _trun_shape(data, box)
    own_duration, own_size = bool(flags & 0x100), bool(flags & 0x200)
    for at in range(box.body + first, box.body + first + step * count, step or 1):
        durations.append(_u32(data, at) if own_duration else defaults[0])
        sizes.append(_u32(data, at + 4 * own_duration) if own_size else defaults[1])
    if step == 0:
        durations.extend([defaults[0]] * count)
        sizes.extend([defaults[1]] * count)


def track(data: Buffer) -> Track:
    """What the initialisation segment says about its one track.

    Raises:
        BoxFault: no moov, or a sample description that isn't AAC or FLAC.
    """
    moov = next((box for box in boxes(data) if box.kind == "moov"), None)
    if moov is None:
        raise BoxFault("no moov", 0)
    trak = _need(data, moov, "trak")
    count = sum(box.kind == "trak" for box in boxes(data, moov.body, moov.end))
    timescale, _ = duration(data, _need(data, trak, "mdia", "mdhd"))
    stsd = _need(data, trak, "mdia", "minf", "stbl", "stsd")
    entry = next(boxes(data, stsd.body + 8, stsd.end), None)
    if entry is None:
        raise BoxFault("stsd is empty", stsd.start)
    elst = child(data, trak, "edts", "elst")
    times = tuple(start for _, start in edits(data, elst)) if elst else ()
    trex = child(data, moov, "mvex", "trex")
    defaults = (_take(data, trex, 12, 4), _take(data, trex, 16, 4)) if trex else (0, 0)
    return replace(_described(data, entry, timescale, times), tracks=count, defaults=defaults)


def _described(data: Buffer, entry: Box, timescale: int, edits: tuple[int, ...]) -> Track:
    inner = Box(entry.kind, entry.start, entry.body + 28, entry.end)
    if entry.kind == "fLaC":
        return _flac(data, _need(data, inner, "dfLa"), timescale, edits)
    if entry.kind == "mp4a":
        return _aac(data, _need(data, inner, "esds"), timescale, edits)
    opus = child(data, inner, "dOps") if entry.kind == "Opus" else None
    return Track(
        timescale=timescale,
        codec=entry.kind,
        object_type=0,
        rate=48_000 if opus else 0,
        channels=_take(data, opus, 1, 1) if opus else 0,
        bits=0,
        block=0,
        edits=edits,
    )


def _flac(data: Buffer, box: Box, timescale: int, edits: tuple[int, ...]) -> Track:
    """STREAMINFO stands behind the version and one metadata block header (RFC 9639, 8.2)."""
    least, most = _take(data, box, 8, 2), _take(data, box, 10, 2)
    packed = _take(data, box, 18, 8)
    return Track(
        timescale=timescale,
        codec="fLaC",
        object_type=0,
        rate=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        block=most if least == most else 0,
        edits=edits,
    )


_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


def _aac(data: Buffer, box: Box, timescale: int, edits: tuple[int, ...]) -> Track:
    """AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) inside the descriptors 3, 4 and 5."""
    at = _descriptor(data, box.body + 4, box.end, 3) + 3
    at = _descriptor(data, at, box.end, 4) + 13
    at = _descriptor(data, at, box.end, 5)
    if at + 2 > box.end:
        raise BoxFault("esds cut off", box.start)
    config = int.from_bytes(data[at : at + 2], "big")
    index = config >> 7 & 0xF
    return Track(
        timescale=timescale,
        codec="mp4a",
        object_type=config >> 11,
        rate=_RATES[index] if index < len(_RATES) else 0,
        channels=config >> 3 & 0xF,
        bits=0,
        block=1024,
        edits=edits,
    )


def _descriptor(data: Buffer, at: int, end: int, tag: int) -> int:
    """Offset of the content of the descriptor that must stand at `at`."""
    if at >= end or data[at] != tag:
        raise BoxFault(f"esds lacks descriptor {tag}", at)
    at += 1
    while at < end and data[at] & 0x80:
        at += 1
    return at + 1


def duration(data: Buffer, box: Box) -> tuple[int, int]:
    """Ticks a second and ticks in all of an `mvhd` or `mdhd`; 0 in all: unknown."""
    at, size = (20, 8) if _take(data, box, 0, 1) == 1 else (12, 4)
    ticks = _take(data, box, at + 4, size)
    return _take(data, box, at, 4), 0 if ticks == (1 << 8 * size) - 1 else ticks


def edits(data: Buffer, box: Box) -> tuple[tuple[int, int], ...]:
    """Of an `elst`: the duration of each edit in ticks of the film, and its first instant in ticks
    of the media, -1 for an empty one."""
    size = 8 if _take(data, box, 0, 1) == 1 else 4
    count, step = _take(data, box, 4, 4), 2 * size + 4
    if count > MAX_BOXES or box.body + 8 + count * step > box.end:
        raise BoxFault("elst cut off", box.start)
    found = []
    for at in range(8, 8 + count * step, step):
        start = _take(data, box, at + size, size)
        found.append((_take(data, box, at, size), -1 if start >> (8 * size - 1) else start))
    return tuple(found)


def _take(data: Buffer, box: Box, offset: int, size: int) -> int:
    """A big-endian number in the box's body."""
    at = box.body + offset
    if at + size > box.end:
        raise BoxFault(f"{box.kind} cut off", box.start)
    return int.from_bytes(data[at : at + size], "big")


def _u32(data: Buffer, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
