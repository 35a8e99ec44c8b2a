"""How many samples the header of a media file promises.

Headers are hostile: every number is bounded before use, nothing but a few hundred bytes is kept in
memory, and tags and pictures are passed over.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from mutagen import MutagenError
from mutagen.mp3 import BitrateMode, MPEGInfo

from transcode import mp4
from transcode.containers import behind_id3
from transcode.errors import MediaFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from transcode.containers import Container

MOST_CHUNKS = 10_000
_COUNTED = frozenset({1, 3, 6, 7, 0xFFFE})
"""Format tags of WAV whose frames hold one sample a channel: PCM, floats, companded, extensible."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Samples per channel at `rate` Hz; 0: at the rate of the stream itself."""

    samples: int
    rate: int = 0

    def at(self, rate: int) -> int:
        """Samples at the rate of the stream."""
        return self.samples * rate // self.rate if self.rate else self.samples


def promised(path: Path, container: Container) -> Promise | None:
    """What the header promises, None when it makes no exact promise.

    Raises:
        MediaFault: the header itself can't be read.
    """
    reader = _READERS.get(container.name)
    if reader is None:
        return None
    try:
        with path.open("rb") as file:
            return reader(file)
    except (MutagenError, EOFError, ValueError) as bad:
        # some of mutagen's errors have no word
        why = str(bad) or "it ends too early, or says what can't be"
        raise MediaFault("corrupt", f"the {container.name} header can't be read: {why}") from bad


def _of(samples: int) -> Promise | None:
    return Promise(samples) if samples else None


def _flac(file: BinaryIO) -> Promise | None:
    """STREAMINFO is the first block (RFC 9639, 8.2): 36 bits of it are the samples, 0 unknown."""
    behind_id3(file)
    head = file.read(42)
    if len(head) < 42 or head[:4] != b"fLaC" or head[4] & 0x7F:
        raise ValueError("it has no STREAMINFO")
    return _of(int.from_bytes(head[18:26], "big") & (1 << 36) - 1)


def _mp3(file: BinaryIO) -> Promise | None:
    info: Any = MPEGInfo(file)
    if info.sketchy or info.bitrate_mode == BitrateMode.UNKNOWN:
        return None  # no Xing header: the length is a guess from the first bit rate
    return _of(round(info.length * info.sample_rate))


def _wav(file: BinaryIO) -> Promise | None:
    """Size of `data` over the bytes of a frame; streamed files (0 or all ones) promise nothing, nor
    does what is coded in blocks of many samples."""
    frame = wide = 0
    for kind, size in _chunks(file, "little"):
        if kind == b"data":
            stated = wide if size == 0xFFFFFFFF else size
            return _of(stated // frame) if frame else None
        body = file.read(min(size, 64))
        if kind == b"fmt " and len(body) >= 14:
            counted = int.from_bytes(body[:2], "little") in _COUNTED
            frame = int.from_bytes(body[12:14], "little") if counted else 0
        elif kind == b"ds64" and len(body) >= 16:
            wide = int.from_bytes(body[8:16], "little")
    raise ValueError("no data chunk")


def _aiff(file: BinaryIO) -> Promise | None:
    for kind, _ in _chunks(file, "big"):
        if kind == b"COMM":
            return _of(int.from_bytes(file.read(6)[2:6], "big"))
    raise ValueError("no COMM chunk")


def _chunks(file: BinaryIO, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk of an IFF file, which stands at its body; padded to even."""
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return
        size = int.from_bytes(header[4:], order)
        yield header[:4], size
        at += 8 + size + size % 2
    raise ValueError(f"more than {MOST_CHUNKS} chunks")


def _mp4(file: BinaryIO) -> Promise | None:
    """Of the first sound: all of its media, or what its edit list takes of that."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _sound(data)
        except mp4.BoxFault:
            return None  # cut off, or hostile: ffmpeg says which


def _sound(data: mmap.mmap) -> Promise | None:
    moov = next((box for box in mp4.boxes(data) if box.kind == "moov"), None)
    traks = mp4.boxes(data, moov.body, moov.end) if moov else ()
    for trak in traks:
        hdlr = mp4.child(data, trak, "mdia", "hdlr") if trak.kind == "trak" else None
        mdhd = mp4.child(data, trak, "mdia", "mdhd") if hdlr else None
        if moov and hdlr and mdhd and data[hdlr.body + 8 : hdlr.body + 12] == b"soun":
            rate, length = mp4.duration(data, mdhd)
            edited = _edited(data, moov, trak, rate, length)
            return Promise(edited, rate) if rate and edited else None
    return None


def _edited(data: mmap.mmap, moov: mp4.Box, trak: mp4.Box, rate: int, length: int) -> int:
    """Samples that the edit list takes of all, at least: it counts in ticks of the film."""
    elst = mp4.child(data, trak, "edts", "elst")
    mvhd = mp4.child(data, moov, "mvhd")
    ticks = mp4.duration(data, mvhd)[0] if mvhd else 0
    taken = [each for each, start in mp4.edits(data, elst) if start >= 0 and each] if elst else []
    if not taken or not ticks or (sum(taken) + len(taken)) * rate >= length * ticks:
        return length
    return (sum(taken) - len(taken)) * rate // ticks


_READERS: dict[str, Callable[[BinaryIO], Promise | None]] = {
    "WAV": _wav,
    "AIFF": _aiff,
    "FLAC": _flac,
    "MP3": _mp3,
    "MP4": _mp4,
}
