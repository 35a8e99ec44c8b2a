"""The shape of a track as 208 bytes, and its silence at both ends, from PCM as it streams by."""

from __future__ import annotations

import numpy as np

POINTS = 208
_WINDOWS_A_POINT = 8
_SILENT = 33
"""Highest absolute value that counts as silence: -60 dBFS of 16 bits."""
_LOOK = 8_192


class Waveform:
    """Takes 16-bit little-endian interleaved PCM in pieces of any size.

    A point is the mean, over its eighth parts, of the highest absolute sample in each: so that
    dense music keeps a shape where plain peaks would draw a block.
    """

    def __init__(self, *, samples: int, channels: int) -> None:
        self._channels = channels
        self._windows = POINTS * _WINDOWS_A_POINT
        self._expected = max(samples, 1)
        self._peaks = np.zeros(self._windows, dtype=np.int32)
        self._rest = b""
        self._first_heard = -1
        self._last_heard = -1
        self.samples = 0

    def add(self, piece: bytes) -> None:
        """The next piece."""
        frame = 2 * self._channels
        data = self._rest + piece if self._rest else piece
        usable = len(data) - len(data) % frame
        self._rest = data[usable:]
        if not usable:
            return
        pcm = np.frombuffer(data, dtype="<i2", count=usable // 2)
        # maximum and minimum separately: abs of -32768 overflows, and a copy as int32 costs more
        first = self.samples
        self.samples += usable // frame
        edges = self._edges(first, self.samples)
        starts = (edges - first) * self._channels
        high = np.maximum.reduceat(pcm, starts).astype(np.int32)
        low = np.minimum.reduceat(pcm, starts).astype(np.int32)
        self._hear(pcm, first)
        at = self._window(edges)
        self._peaks[at] = np.maximum(self._peaks[at], np.maximum(high, -low))

    def _hear(self, pcm: np.typing.NDArray[np.int16], first: int) -> None:
        """Note where the first and the last sample above silence stand."""
        if self._first_heard < 0:
            heard = np.flatnonzero((pcm > _SILENT) | (pcm < -_SILENT))
            if not heard.size:
                return
            self._first_heard = first + int(heard[0]) // self._channels
        for end in range(len(pcm), 0, -_LOOK):
            start = max(0, end - _LOOK)
            part = pcm[start:end]
            heard = np.flatnonzero((part > _SILENT) | (part < -_SILENT))
            if heard.size:
                self._last_heard = first + (start + int(heard[-1])) // self._channels
                return

    @property
    def silence(self) -> tuple[int, int]:
        """Samples of silence (under -60 dBFS) at the start and at the end; all, twice, if mute."""
        if self._first_heard < 0:
            return self.samples, self.samples
        return self._first_heard, self.samples - 1 - self._last_heard

    def _window(self, samples: np.typing.NDArray[np.int64]) -> np.typing.NDArray[np.int64]:
        return np.minimum(samples * self._windows // self._expected, self._windows - 1)

    def _edges(self, first: int, end: int) -> np.typing.NDArray[np.int64]:
        """First sample of each window's part within [first, end)."""
        low, high = self._window(np.array([first, end - 1], dtype=np.int64))
        inner = np.arange(low + 1, high + 1, dtype=np.int64)
        # the smallest s with s * windows // expected == w
        begins = -(-inner * self._expected // self._windows)
        return np.unique(np.concatenate([[first], begins[begins < end]])).astype(np.int64)

    def points(self) -> list[int]:
        """208 values of 0..255; a track shorter than that repeats its last known values."""
        if 0 < self._expected < self._windows:
            held = np.arange(self._windows, dtype=np.int64) * self._expected // self._windows
            peaks = self._peaks[self._window(held)]
        else:
            peaks = self._peaks
        means = peaks.reshape(POINTS, _WINDOWS_A_POINT).mean(axis=1)
        return [int(value) for value in np.rint(means * 255.0 / 32_768.0)]
