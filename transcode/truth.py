"""Whether a sound is what its file makes believe: measured, never certain, told as a warning.

    lossy       "lossless" audio whose spectrum breaks off as that of a lossy codec does
    upsampled   nothing is above what a lower sample rate can hold
    padded      the lowest bits of every sample are zero
    dual_mono   both channels of "stereo" are the same
    clipped     runs of samples at full scale
    silent      nothing to hear, or long silence at an end
    downmix     more than two channels, mixed down to stereo

How often the first two are right and wrong stands in docs/explanation/audio.md, measured by
`bench/truth.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transcode.hearing import Heard
    from transcode.spectrum import Edge

LEAST_FALL, LEAST_CLEAR = 22.0, 14.0
"""dB: how steep a codec's low-pass is at least, and how far all above it is under what is below."""
_LEAST_WINDOWS = 30
_LEAST_RATE = 44_100
_CODECS_HZ = 20_700.0
"""No codec of ours or theirs cuts above this, but converters of 44.1 kHz do."""
_HALF_USUAL_HZ = (20_200.0, 24_600.0)
_HALF_441_HZ = (20_700.0, 22_300.0)
CLIPPED_RUNS = 50
"""Runs of three and more samples at full scale: fewer are not worth a word."""
SILENT_SECONDS = 10.0
_CD_BITS = 16


@dataclass(frozen=True, slots=True)
class Doubt:
    """What was measured, in a sentence for the sender, with where in the file it is if anywhere."""

    kind: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """`{kind, text}`."""
        return {"kind": self.kind, "text": self.text}


def doubts(heard: Heard) -> list[Doubt]:
    """All that is doubtful about a sound."""
    return [*_content(heard), *_edges(heard)]


def _content(heard: Heard) -> Iterator[Doubt]:
    if heard.peak == 0 or heard.mute:
        yield Doubt("silent", "nothing can be heard: all samples are under -60 dBFS")
        return
    start, end = (samples / heard.rate for samples in heard.silence)
    for seconds, where in ((start, "starts"), (end, "ends")):
        if seconds >= SILENT_SECONDS:
            yield Doubt("silent", f"the recording {where} with {seconds:.1f} s of silence")
    if heard.clipped_runs >= CLIPPED_RUNS:
        first = heard.first_clip / heard.rate
        yield Doubt(
            "clipped",
            f"{heard.clipped_runs} runs of samples at full scale, the first at {first:.3f} s",
        )
    if heard.dual_mono:
        yield Doubt("dual_mono", "both channels are the same: this is mono in a stereo file")
    if heard.lossless and _CD_BITS <= heard.used_bits < heard.bits:
        yield Doubt(
            "padded",
            f"the file has {heard.bits} bits, but the lowest {heard.bits - heard.used_bits} of all"
            f" samples are zero: it holds {heard.used_bits} bits",
        )


def _edges(heard: Heard) -> Iterator[Doubt]:
    edge = heard.edge
    if edge is None or not heard.lossless or not _speaks(heard, edge):
        return
    at = f"the spectrum breaks off at {edge.hertz / 1000:.1f} kHz by {edge.fall:.0f} dB"
    low, high = _HALF_USUAL_HZ if heard.rate > 48_000 else _HALF_441_HZ
    if heard.rate != _LEAST_RATE and low <= edge.hertz <= high:
        yield Doubt(
            "upsampled",
            f"{at}, as that of a lower sample rate does: the file has {heard.rate / 1000:g} kHz",
        )
    elif edge.hertz < _CODECS_HZ:
        yield Doubt("lossy", f"{at}, as a lossy codec's does")


def _speaks(heard: Heard, edge: Edge) -> bool:
    return (
        heard.rate >= _LEAST_RATE
        and heard.windows >= _LEAST_WINDOWS
        and edge.fall >= LEAST_FALL
        and edge.clear >= LEAST_CLEAR
    )
