"""The ladder as a table, and the sample arithmetic that keeps its renditions aligned.

All renditions of a track are cut at the same instants. The AAC grid rules: one access unit (AU) is
1024 samples, a segment is a whole number of AUs, and FLAC blocks divide that segment exactly.
FLAC is delayed by the encoder delay of AAC, so that decode times mean the same instant in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AU = 1024
"""Samples of one AAC-LC access unit."""

AAC_DELAY = 1024
"""Encoder delay of ffmpeg's AAC coder in samples, for which the grid is laid out; `delay.py`
measures it for each plan."""

CONTEXT_UNITS = 2
"""AAC units of each neighbour that the encoder hears, at least, and of silence before all: more
help neither a join nor a start."""

RECIPE = "3"
"""Part of every asset id: raise it whenever the same master would give other objects."""

RATES = (
    *(8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000),
    *(44_100, 48_000, 64_000, 88_200, 96_000, 176_400, 192_000),
)
"""Sample rates of sources that the ladder is laid out for, Hz."""

RESAMPLER = {"resampler": "soxr", "precision": 28}
"""soxr at very high quality: 28 bits, linear phase, for every change of rate."""

DITHER = {"tsf": "dblp", "dither_method": "triangular"}
"""Of every reduction in depth: calculated in doubles, triangular noise of one step."""

HIGHEST_USUAL = 48_000
"""Hz. What is above is hi-res: it gets `hires` at its own rate, and `flac` at 44.1 or 48 kHz."""

SEGMENT_SECONDS = 6.0
_AUS_PER_SEGMENT = {44_100: 256, 48_000: 288}  # 5.944 s and 6.144 s: multiples of 4 AUs
_FLAC_BLOCKS = (16, 65_535)

Codec = Literal["aac", "flac"]
Takes = Literal["all", "lossless", "hires"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One row of the ladder: its name in addresses, its codec, and which sources get it.

    `bit_rate` is 0 where it is what it takes. `coder` and `cutoff` (Hz, 0: the coder's own) are
    those of ffmpeg's AAC encoder that `bench/aac.py` found best.
    """

    name: str
    codec: Codec
    takes: Takes
    bit_rate: int = 0
    coder: str = ""
    cutoff: int = 0


LADDER = (
    Rung(name="aac64", codec="aac", takes="all", bit_rate=64_000, coder="twoloop", cutoff=15_000),
    Rung(name="aac128", codec="aac", takes="all", bit_rate=128_000, coder="twoloop", cutoff=18_000),
    Rung(name="aac256", codec="aac", takes="all", bit_rate=256_000, coder="twoloop"),
    Rung(name="flac", codec="flac", takes="lossless"),
    Rung(name="hires", codec="flac", takes="hires"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one rendition of one track is encoded. Counts are samples per channel at `rate`.

    Attributes:
        block: samples of one AU or FLAC block; every block but a FLAC's last is that long.
        segment: samples of every segment but the last.
        delay: samples from the start of the stream to the first sample of the music.
        bits: sample depth, 0 for AAC.
        coder, cutoff: of ffmpeg's AAC encoder, empty and 0 for FLAC.
    """

    name: str
    codec: Codec
    bit_rate: int
    rate: int
    bits: int
    block: int
    segment: int
    delay: int
    coder: str = ""
    cutoff: int = 0

    @property
    def codecs(self) -> str:
        """The value of CODECS in a playlist (RFC 6381)."""
        return CODECS[self.codec]


CODECS: dict[Codec, str] = {"aac": "mp4a.40.2", "flac": "fLaC"}


def ladder(*, rate: int, bits: int, lossless: bool) -> tuple[Plan, ...]:
    """The renditions for a source of this rate (Hz), depth and kind.

    A lossy source gets no FLAC: nothing lossless is left of it to promise. No rendition has a
    higher rate than the source but for AAC, whose grid is 44.1 or 48 kHz.
    """
    return tuple(
        _aac(rung, rate) if rung.codec == "aac" else _flac(rung, rate, bits)
        for rung in LADDER
        if rung.takes == "all" or (lossless and (rung.takes == "lossless" or rate > HIGHEST_USUAL))
    )


def _aac(rung: Rung, rate: int) -> Plan:
    aac_rate = aac_rate_of(rate)
    return Plan(
        name=rung.name,
        codec=rung.codec,
        bit_rate=rung.bit_rate,
        rate=aac_rate,
        bits=0,
        block=AU,
        segment=segment_of(rate) * aac_rate // rate,
        delay=AAC_DELAY,
        coder=rung.coder,
        cutoff=rung.cutoff,
    )


def _flac(rung: Rung, rate: int, bits: int) -> Plan:
    aac_rate = aac_rate_of(rate)
    own = rate if rung.takes == "hires" else min(rate, aac_rate)
    segment = segment_of(rate) * own // rate
    return Plan(
        name=rung.name,
        codec=rung.codec,
        bit_rate=0,
        rate=own,
        bits=16 if bits <= 16 else 24,
        block=_block(segment, AU * max(1, own // aac_rate)),
        segment=segment,
        delay=round(AAC_DELAY * own / aac_rate),
    )


def context_of(rate: int) -> tuple[int, int]:
    """AAC units of a neighbour that the encoder hears, and the samples they are at the source's
    rate: the least number of units, two or more, that is a whole number of samples there."""
    aac_rate = aac_rate_of(rate)
    units = CONTEXT_UNITS
    while units * AU * rate % aac_rate:
        units += 1
    return units, units * AU * rate // aac_rate


def aac_rate_of(rate: int) -> int:
    """44.1 or 48 kHz: the source's rate divided by a whole number, else 48 kHz."""
    for base in (44_100, 48_000):
        if rate % base == 0:
            return base
    return 48_000


def segment_of(rate: int) -> int:
    """Samples of a segment at the source's rate: a whole number there and of AUs on the AAC grid.

    Close to six seconds.
    """
    aac_rate = aac_rate_of(rate)
    usual = _AUS_PER_SEGMENT[aac_rate]
    candidates = sorted(
        range(1, round(1.4 * usual)), key=lambda aus: abs(aus * AU / aac_rate - SEGMENT_SECONDS)
    )
    for aus in (usual, *candidates):
        samples, rest = divmod(aus * AU * rate, aac_rate)
        if rest == 0:
            return samples
    raise ValueError(f"no segment length fits {rate} Hz")


def _block(segment: int, wanted: int) -> int:
    """The divisor of `segment` nearest to `wanted` that FLAC allows as a block size."""
    least, most = _FLAC_BLOCKS
    divisors = (size for size in range(least, min(most, segment) + 1) if segment % size == 0)
    return min(divisors, key=lambda size: abs(size - wanted))
