"""The long-time spectrum of a sound, and where it breaks off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

WINDOW = 4_096
_SILENT = 1e-8
"""Mean power of a window under which it tells nothing: -80 dBFS."""
_QUIETEST = 1e-16
_SMOOTH_HZ, _GAP_HZ, _REACH_HZ = 120.0, 150.0, 700.0
_LOWEST_HZ = 9_500.0
"""Where no codec cuts at a bit rate that is used for music; dull music ends below."""
_TOP = 0.985
"""Share of half the rate above which every converter's own filter works."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The steepest break-off: its frequency in Hz, the fall in dB across it, and how many dB the
    loudest of what lies above is under what lies below."""

    hertz: float
    fall: float
    clear: float


class Spectrum:
    """Sums up the power of windows of one channel; takes floats in -1..1."""

    def __init__(self, rate: int, *, most: int = 4_000) -> None:
        self._rate = rate
        self._left = most
        self._window = np.hanning(WINDOW)
        self._power = np.zeros(WINDOW // 2 + 1)
        self.windows = 0

    def add(self, signal: Values) -> None:
        """Whole windows of it; what is left over is dropped, and silence is passed."""
        count = min(len(signal) // WINDOW, self._left)
        if count <= 0:
            return
        blocks = signal[: count * WINDOW].reshape(count, WINDOW)
        blocks = blocks[(blocks**2).mean(axis=1) > _SILENT]
        if len(blocks):
            self._power += (np.abs(np.fft.rfft(blocks * self._window, axis=1)) ** 2).sum(axis=0)
            self.windows += len(blocks)
            self._left -= len(blocks)

    def decibels(self) -> Values:
        """Mean power by frequency, smoothed; full scale is about 0."""
        mean = self._power / max(1, self.windows) / (WINDOW / 4) ** 2
        return np.asarray(10 * np.log10(np.maximum(self._smooth(mean), _QUIETEST)))

    def _smooth(self, power: Values) -> Values:
        width = max(1, round(_SMOOTH_HZ * WINDOW / self._rate)) | 1
        return np.convolve(power, np.ones(width) / width, mode="same")

    def edge(self) -> Edge | None:
        """Where the spectrum breaks off for good, None in silence and at low rates."""
        if not self.windows:
            return None
        level = self.decibels()
        step = self._rate / WINDOW
        gap, reach = round(_GAP_HZ / step), round(_REACH_HZ / step)
        top = round(_TOP * (WINDOW // 2))
        sums = np.concatenate([[0.0], np.cumsum(level)])

        def mean(start: NDArray[np.int64], end: NDArray[np.int64]) -> Values:
            return np.asarray((sums[end] - sums[start]) / (end - start))

        at = np.arange(round(_LOWEST_HZ / step), top - gap - 4)
        if not at.size:
            return None
        below = mean(at - gap - reach, at - gap)
        above = mean(at + gap, np.minimum(at + gap + reach, top))
        loudest = np.maximum.accumulate(level[:top][::-1])[::-1][at + gap]
        # what lies above must be gone for good: a dip between two tones is no edge
        clear = below - loudest
        best = int(np.argmax(np.minimum(below - above, clear + 6)))
        return Edge(
            hertz=float(at[best] * step),
            fall=float((below - above)[best]),
            clear=float(clear[best]),
        )
