"""Where a broken file breaks: decoders leave out what they can't decode, and their clock tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcode import ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = 6
_SLACK = 1
"""Samples by which clocks of containers are rounded."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples [start, end) that the decoder left out, at `rate` Hz."""

    start: int
    end: int
    rate: int

    def __str__(self) -> str:
        at, to = self.start / self.rate, self.end / self.rate
        return f"samples {self.start} to {self.end - 1} ({at:.3f} to {to:.3f} s)"


def first_gap(
    tool: ffmpeg.Ffmpeg, path: Path, demuxer: str, *, rate: int, timeout: float
) -> Gap | None:
    """Decode it once more for the times of what is decoded; None when nothing is left out.

    Raises:
        Unavailable, ffmpeg.Exhausted: as `ffmpeg.execute`.
    """
    listed = _Listed(rate)
    node = ffmpeg.source(path, demuxer, err_detect="crccheck")
    timed = node.output("pipe:1", f="framecrc", acodec="pcm_s16le", enc_time_base=f"1/{rate}")
    ffmpeg.execute(tool, timed, timeout=timeout, on_pcm=listed.add)
    return listed.gap


class _Listed:
    """Reads ffmpeg's list of frames, `stream, dts, pts, duration, size, crc`, as it comes."""

    def __init__(self, rate: int) -> None:
        self.gap: Gap | None = None
        self._rate = rate
        self._rest = b""
        self._at: int | None = None

    def add(self, piece: bytes) -> None:
        """The next bytes of the list."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            columns = line.split(b",")
            if self.gap is None and len(columns) == _COLUMNS:
                self._frame(int(columns[2]), int(columns[3]))

    def _frame(self, start: int, length: int) -> None:
        if self._at is not None and start > self._at + _SLACK:
            self.gap = Gap(self._at, start, self._rate)
        self._at = start + length
