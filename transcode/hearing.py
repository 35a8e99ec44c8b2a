"""Listens to a whole recording as it is decoded: counts, peaks, equal channels, unused bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from transcode.spectrum import Spectrum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from transcode.spectrum import Edge

SILENT = 1e-3
"""Of full scale: -60 dBFS."""
_RUN = 3
_SAME = 1e-6
"""Power of the difference against that of the sum, under which channels are the same: -60 dB."""
_FIRST_SECONDS, _EVERY = 15, 4
"""So much is looked at by its spectrum whole, then one piece in so many."""

FULL_STEPS = {"<i2": 1, "<i4": 256, "<f4": 0}
"""How far full scale is under the scale: 24 bits lie in the upper ones of 32."""
FORMS = {"s16le": ("<i2", 2**15), "s32le": ("<i4", 2**31), "f32le": ("<f4", 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was measured. Samples are per channel at `rate` Hz; `peak` is of full scale.

    `silence` are samples under -60 dBFS at start and end; `not_a_number` is the first sample that
    is none (-1: all are); `used_bits` how many of `bits` are ever set; `windows` and `edge` are of
    the long-time spectrum.
    """

    rate: int
    bits: int
    lossless: bool
    samples: int
    peak: float
    silence: tuple[int, int]
    clipped_runs: int
    first_clip: int
    dual_mono: bool
    used_bits: int
    not_a_number: int
    windows: int
    edge: Edge | None

    @property
    def mute(self) -> bool:
        """Whether nothing in it is above -60 dBFS."""
        return self.silence[0] >= self.samples


class Hearing:
    """Takes interleaved PCM in pieces of any size, in one of `FORMS`."""

    def __init__(self, form: str, *, rate: int, channels: int) -> None:
        kind, self._scale = FORMS[form]
        self._kind = np.dtype(kind)
        self._rate = rate
        self._channels = channels
        self._spectrum = Spectrum(rate)
        self._rest = b""
        self._piece = 0
        self._ors = 0
        self._sum = self._difference = 0.0
        self._first_loud = self._last_loud = -1
        self._clips = 0
        self._first_clip = -1
        self._bad = -1
        self.samples = 0
        self.peak = 0.0

    def add(self, piece: bytes) -> None:
        """The next piece."""
        frame = self._kind.itemsize * self._channels
        data = self._rest + piece if self._rest else piece
        usable = len(data) - len(data) % frame
        self._rest = data[usable:]
        if usable:
            whole = np.frombuffer(data, dtype=self._kind, count=usable // self._kind.itemsize)
            self._take(whole.reshape(-1, self._channels))

    def _take(self, pcm: NDArray[np.generic]) -> None:
        first = self.samples
        self.samples += len(pcm)
        self._piece += 1
        if self._kind.kind == "i":
            self._ors |= int(np.bitwise_or.reduce(pcm, axis=None))
        else:
            pcm = self._finite(pcm, first)
        high, low = float(pcm.max()), float(pcm.min())
        peak = max(high, -low) / self._scale
        self.peak = max(self.peak, peak)
        if peak > SILENT:
            self._loud(pcm, first)
        full = self._scale - FULL_STEPS[self._kind.str]
        if high >= full or low <= -full:
            self._clipped(pcm, first, full)
        self._compare(pcm)

    def _finite(self, pcm: NDArray[np.generic], first: int) -> NDArray[np.generic]:
        fine = np.isfinite(pcm.astype(np.float32, copy=False))
        if fine.all():
            return pcm
        if self._bad < 0:
            self._bad = first + int(np.flatnonzero(~fine.all(axis=1))[0])
        return np.asarray(np.where(fine, pcm, 0.0))

    def _loud(self, pcm: NDArray[np.generic], first: int) -> None:
        loud = np.flatnonzero((np.abs(pcm.astype(np.float32)) > SILENT * self._scale).any(axis=1))
        if loud.size:
            if self._first_loud < 0:
                self._first_loud = first + int(loud[0])
            self._last_loud = first + int(loud[-1])

    def _clipped(self, pcm: NDArray[np.generic], first: int, full: float) -> None:
        wide = pcm.astype(np.float64)
        for side in (wide >= full, wide <= -full):
            for channel in range(self._channels):
                padded = np.concatenate([[0], side[:, channel].astype(np.int8), [0]])
                changes = np.diff(padded)
                starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
                runs = starts[ends - starts >= _RUN]
                if runs.size:
                    self._clips += int(runs.size)
                    at = first + int(runs[0])
                    self._first_clip = at if self._first_clip < 0 else min(at, self._first_clip)

    def _compare(self, pcm: NDArray[np.generic]) -> None:
        """Of a part of the pieces: spectrum of the middle, and how much the sides differ."""
        if self.samples > _FIRST_SECONDS * self._rate and self._piece % _EVERY:
            return
        left, right = (
            pcm[:, channel].astype(np.float64) / self._scale for channel in (0, self._channels - 1)
        )
        middle = (left + right) / 2
        self._spectrum.add(middle)
        if self._channels == 2:
            self._sum += float(np.dot(middle, middle))
            side = (left - right) / 2
            self._difference += float(np.dot(side, side))

    def heard(self, *, bits: int, lossless: bool) -> Heard:
        """What was measured so far."""
        width = 8 * self._kind.itemsize
        unused = (self._ors & -self._ors).bit_length() - 1 if self._ors else 0
        integer = self._kind.kind == "i" and self._ors != 0
        mute = self._first_loud < 0
        return Heard(
            rate=self._rate,
            bits=bits,
            lossless=lossless,
            samples=self.samples,
            peak=self.peak,
            silence=(self.samples, self.samples)
            if mute
            else (self._first_loud, self.samples - 1 - self._last_loud),
            clipped_runs=self._clips,
            first_clip=self._first_clip,
            dual_mono=self._channels == 2
            and self._sum > 0
            and self._difference <= _SAME * self._sum,
            used_bits=width - unused if integer else bits,
            not_a_number=self._bad,
            windows=self._spectrum.windows,
            edge=self._spectrum.edge(),
        )
