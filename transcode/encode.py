"""One track through one ffmpeg, and what the same decode told beside the renditions."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DiskFull
from transcode import ffmpeg, graph
from transcode.errors import MediaFault
from transcode.loudness import Blocks, Loudness, parse
from transcode.waveform import Waveform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from transcode.graph import Joined
    from transcode.ladder import Plan

_GRACE_SECONDS = 120.0
_SECONDS_PER_SECOND = 2.0
"""Of computing for a second of music: more than any master takes."""
_SAMPLE_BYTES = 4
"""More than FLAC takes for a sample of 24 bits that it can't compress."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the same decode told beside the renditions."""

    loudness: Loudness
    blocks: Blocks
    peaks: tuple[int, ...]
    silence: tuple[int, int]


def run(tool: ffmpeg.Ffmpeg, joined: Joined, plans: Sequence[Plan], folder: Path) -> Measures:
    """Decode the master once into all renditions in `folder`.

    Raises:
        MediaFault: it can't be decoded, or holds another number of samples than its facts say.
        Unavailable: the disk is full, or the machine too slow; another try may help.
    """
    facts = joined.track.facts
    shape = Waveform(samples=facts.samples, channels=facts.channels)
    timeout = _GRACE_SECONDS + _SECONDS_PER_SECOND * facts.samples / facts.rate
    largest = max(ffmpeg.FILE_SIZE, _SAMPLE_BYTES * facts.channels * facts.samples)
    built = graph.build(joined, plans, folder)
    try:
        outcome = ffmpeg.execute(tool, built, timeout=timeout, on_pcm=shape.add, file_size=largest)
    except ffmpeg.Exhausted as much:
        raise MediaFault("unsupported", much.message) from much
    if outcome.code != 0 and "No space left on device" in outcome.log:
        raise DiskFull(f"no space left in {folder}", remedy="free space in the data folder")
    if outcome.code != 0:
        reason = "; ".join(outcome.errors()[:3]) or f"exit code {outcome.code}"
        raise MediaFault("corrupt", f"ffmpeg can't transcode it: {reason}")
    if shape.samples != facts.samples:
        raise MediaFault(
            "corrupt", f"decoding gave {shape.samples} samples, the probe found {facts.samples}"
        )
    blocks = Blocks.parse(_lines(folder))
    return Measures(parse(outcome.log), blocks, tuple(shape.points()), shape.silence)


def _lines(folder: Path) -> Iterator[str]:
    """What the loudness filter wrote of blocks; nothing of a track too short for one."""
    for kind in ("M", "S"):
        path = graph.blocks(folder, kind)
        with contextlib.suppress(FileNotFoundError), path.open(encoding="ascii") as file:
            yield from file
