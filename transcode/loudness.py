"""Reads the summary of ffmpeg's `ebur128` filter (EBU R128, ITU-R BS.1770)."""

from __future__ import annotations

import re
from dataclasses import dataclass

SILENT_LUFS = -70.0
SILENT_PEAK = -144.0
"""What a digital silence gets instead of minus infinity, which JSON doesn't know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS, range in LU, true peak in dBTP; one decimal each."""

    integrated: float
    range: float
    true_peak: float


def parse(log: str) -> Loudness:
    """The last summary in a log of ffmpeg.

    Raises:
        ValueError: there is none.
    """
    _, found, summary = log.rpartition("Integrated loudness:")
    if not found:
        raise ValueError("no loudness summary in ffmpeg's log")
    return Loudness(
        integrated=_number(summary, r"I:\s+(\S+) LUFS", SILENT_LUFS),
        range=_number(summary, r"LRA:\s+(\S+) LU", 0.0),
        true_peak=_number(summary, r"Peak:\s+(\S+) dBFS", SILENT_PEAK),
    )


def _number(text: str, pattern: str, silent: float) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no {pattern!r} in ffmpeg's loudness summary")
    value = float(found[1])
    return max(silent, value)
