"""Decodes what a rendition holds: all at once, and one by one to name the segment that fails."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Unavailable
from transcode import ffmpeg

if TYPE_CHECKING:
    from transcode import mp4

_SECONDS = 600.0
_HEAD_SAMPLES = 1 << 17
_MOST_BLAMED = 20
_ROUNDED = 4_096


class Scratch:
    """The pieces of a rendition in one file, in their order; the first is the initialisation."""

    def __init__(self, folder: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".mp4", delete=False) as file:
            self.path = Path(file.name)
        self.pieces: list[tuple[str, int, int]] = []
        self._end = 0

    def add(self, address: str, data: bytes) -> None:
        """One more piece."""
        with self.path.open("ab") as file:
            file.write(data)
        self.pieces.append((address, self._end, len(data)))
        self._end += len(data)

    def read(self, piece: tuple[str, int, int]) -> bytes:
        """The bytes of a piece."""
        _, start, size = piece
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(size)


@dataclass(slots=True)
class Decoded:
    """The head of the samples, and faults as (code, place, detail)."""

    head: bytes = b""
    faults: list[tuple[str, str, str]] = field(default_factory=list)


def decode(
    tool: ffmpeg.Ffmpeg, scratch: Scratch, track: mp4.Track, told: int, place: str
) -> Decoded:
    """Decode a rendition of which `trun` tells so many samples; `place` is its playlist."""
    done = Decoded()
    errors, samples, done.head = _run(tool, scratch.path, track)
    if not errors:
        # Opus is always decoded at 48 kHz, and says by itself what is to be thrown away
        if track.codec in {"mp4a", "fLaC"} and not _agree(samples, told, track):
            done.faults.append(("HLS-313", place, f"{samples} decoded, {told} in trun"))
        return done
    if scratch.pieces:
        done.faults += _blamed(tool, scratch, track)
    if not done.faults:
        done.faults.append(("HLS-312", place, errors))
    return done


def _agree(samples: int, told: int, track: mp4.Track) -> bool:
    """Whether so many samples came out as trun tells, to the sample where it counts samples.

    In other units each segment is rounded; of HE-AAC twice the samples come out.
    """
    if track.timescale == track.rate:
        return samples == told
    if not track.rate or not track.timescale or track.object_type in {5, 29}:
        return True
    wanted = told * track.rate / track.timescale
    return abs(samples - wanted) < _ROUNDED + wanted / 1000


def _blamed(tool: ffmpeg.Ffmpeg, scratch: Scratch, track: mp4.Track) -> list[tuple[str, str, str]]:
    init, *segments = scratch.pieces
    start, found = scratch.read(init), []
    for piece in segments:
        with tempfile.NamedTemporaryFile(dir=scratch.path.parent, suffix=".mp4") as file:
            file.write(start + scratch.read(piece))
            file.flush()
            errors, _, _ = _run(tool, Path(file.name), track)
        if errors:
            found.append(("HLS-312", piece[0], errors))
        if len(found) >= _MOST_BLAMED:
            break
    return found


def _run(tool: ffmpeg.Ffmpeg, path: Path, track: mp4.Track) -> tuple[str, int, bytes]:
    """The first error message ("" when there is none), samples per channel, and the first ones."""
    size = 0
    head = bytearray()
    frame = 2 * max(1, track.channels)

    def count(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        head.extend(piece[: max(0, _HEAD_SAMPLES * frame - len(head))])

    node = ffmpeg.source(path, "mov", err_detect="crccheck")
    graph = node.output("pipe:1", f="s16le", acodec="pcm_s16le")
    try:
        outcome = ffmpeg.execute(tool, graph, timeout=_SECONDS, on_pcm=count)
    except (ffmpeg.Exhausted, Unavailable) as bad:
        return str(bad), 0, b""
    errors = outcome.errors()
    reason = errors[0] if errors else "" if outcome.code == 0 else f"exit code {outcome.code}"
    return reason, size // frame, bytes(head)
