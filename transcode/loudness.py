"""Loudness by EBU R128 (ITU-R BS.1770-4, EBU Tech 3342): of a track, and of an album in one piece.

ffmpeg's `ebur128` measures the track. It also tells the loudness of every 400 ms and every 3 s;
what an album needs of these are counts per tenth of a LUFS, since gating only asks how many blocks
were how loud. So an album's figures are those of its tracks played without a pause, but for the
few blocks that lie across a join.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SILENT_LUFS = -70.0
SILENT_PEAK = -144.0
"""What a digital silence gets instead of minus infinity, which JSON doesn't know."""

_MOMENTARY, _SHORT = "lavfi.r128.M", "lavfi.r128.S"
_QUIETER_LU, _RANGE_QUIETER_LU = 10.0, 20.0
_LOW, _HIGH = 0.10, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS, range in LU, true peak in dBTP; one decimal each."""

    integrated: float
    range: float
    true_peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """How many blocks of a track were how loud: `(tenths of a LUFS, count)`, in order.

    A block starts every 100 ms; `momentary` ones last 400 ms, `short` ones 3 s. Those under
    -70 LUFS are not counted, as both gates of R128 leave them out.
    """

    momentary: tuple[tuple[int, int], ...] = ()
    short: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Lists of `[tenths, count]` by name."""
        return {
            "momentary": [list(pair) for pair in self.momentary],
            "short": [list(pair) for pair in self.short],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Blocks:
        """The inverse of `to_json`; of nothing, none."""
        return cls(
            momentary=tuple((int(loud), int(count)) for loud, count in data.get("momentary", ())),
            short=tuple((int(loud), int(count)) for loud, count in data.get("short", ())),
        )

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Blocks:
        """From what ffmpeg's `ametadata=mode=print` writes of both keys."""
        counts: dict[str, Counter[int]] = {_MOMENTARY: Counter(), _SHORT: Counter()}
        for line in lines:
            key, found, value = line.rstrip().partition("=")
            if found and key in counts and value not in {"nan", "-inf"}:
                tenths = round(10 * float(value))
                if tenths >= 10 * SILENT_LUFS:
                    counts[key][tenths] += 1
        return cls(
            momentary=tuple(sorted(counts[_MOMENTARY].items())),
            short=tuple(sorted(counts[_SHORT].items())),
        )


NO_BLOCKS = Blocks()


def album(tracks: Sequence[tuple[Loudness, Blocks]]) -> Loudness:
    """The loudness of tracks played as one piece."""
    momentary: Counter[int] = Counter()
    short: Counter[int] = Counter()
    for _, blocks in tracks:
        momentary.update(dict(blocks.momentary))
        short.update(dict(blocks.short))
    return Loudness(
        integrated=round(_integrated(momentary), 1),
        range=round(_range(short), 1),
        true_peak=max((loudness.true_peak for loudness, _ in tracks), default=SILENT_PEAK),
    )


def _mean(counts: Mapping[int, int]) -> float:
    """Mean power of blocks as LUFS."""
    total = sum(counts.values())
    if total == 0:
        return SILENT_LUFS
    power = sum(count * 10 ** (tenths / 100) for tenths, count in counts.items())
    return 10 * math.log10(power / total)


def _above(counts: Mapping[int, int], lufs: float) -> dict[int, int]:
    return {tenths: count for tenths, count in counts.items() if tenths / 10 >= lufs}


def _integrated(counts: Mapping[int, int]) -> float:
    return _mean(_above(counts, _mean(counts) - _QUIETER_LU))


def _range(counts: Mapping[int, int]) -> float:
    """From the 10th to the 95th percentile of what is at most 20 LU under the mean."""
    kept = _above(counts, _mean(counts) - _RANGE_QUIETER_LU)
    total = sum(kept.values())
    if total == 0:
        return 0.0
    return (
        _percentile(kept, round(_HIGH * (total - 1))) - _percentile(kept, round(_LOW * (total - 1)))
    ) / 10


def _percentile(counts: Mapping[int, int], place: int) -> int:
    seen = 0
    for tenths in sorted(counts):
        seen += counts[tenths]
        if seen > place:
            return tenths
    raise ValueError("no blocks")


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
