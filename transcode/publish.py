"""Cuts what ffmpeg wrote of one rendition into segments, proves them, and stores them.

Published are the unit before the music (which settles a decoder), and all up to the one that holds
its last sample: nothing of the neighbours that the encoder heard, nothing beyond the end.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from transcode import fragments, mp4, packaging, playlists
from transcode.errors import EncodingFault
from transcode.manifest import Rendition, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.store import ObjectStore
    from transcode.facts import AudioLike
    from transcode.ladder import Plan


@dataclass(frozen=True, slots=True)
class _Unit:
    """A coded unit in ffmpeg's file: bytes [start, end), duration in samples."""

    start: int
    end: int
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rendition goes: the store, the asset's folder in it, and how its files are laid."""

    store: ObjectStore
    asset: str
    packaging: packaging.Packaging


def publish(
    place: Place, plan: Plan, path: Path, facts: AudioLike, *, lead: int, delay: int
) -> Rendition:
    """Cut the rendition in `path` into objects under `hls/<asset>/`.

    `lead` are the units in front that nobody hears, `delay` what was measured for this plan.

    Raises:
        EncodingFault: ffmpeg's output isn't what the plan says.
    """
    # resamplers round the length up
    samples = -(-facts.samples * plan.rate // facts.rate)
    segments: list[Segment] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            init = data[: mp4.init_end(data)]
            _prove_track(mp4.track(init), plan, facts)
            needed = slice(lead, lead - (-(delay + samples) // plan.block))
            _prove_units(data, plan, needed, delay + samples)
        except mp4.BoxFault as bad:
            raise EncodingFault(f"{plan.name}: {bad}") from bad
        packaging.put(
            place.store,
            f"hls/{place.asset}/{plan.name}",
            init,
            _pieces(data, plan, needed, segments),
            packaging=place.packaging,
            folder=path.parent,
        )
    return _rendition(plan, facts, tuple(segments), len(init), delay=delay, samples=samples)


def _units(data: mmap.mmap, plan: Plan) -> Iterator[_Unit]:
    """All coded units in their order, on an unbroken clock; all but the last of the same length.

    The muxer shortens the last unit to the end of the input. A browser would then see it end at
    the append window, trim nothing, and play the encoder's padding into the next track: so those of
    AAC are given their full length.
    """
    clock, whole = 0, True
    for found in mp4.walk(data):
        if found.decode_time != clock:
            raise EncodingFault(
                f"{plan.name}: {found.decode_time} samples follow on {clock}: ffmpeg's clock broke"
            )
        at = found.end - sum(found.sizes)
        for size, duration in zip(found.sizes, found.durations, strict=True):
            if not whole:
                raise EncodingFault(f"{plan.name}: units of other than {plan.block} samples")
            whole = duration == plan.block
            yield _Unit(at, at + size, duration if plan.codec == "flac" else plan.block)
            at += size
            clock += duration


def _prove_units(data: mmap.mmap, plan: Plan, needed: slice, end: int) -> None:
    """Walk all units once; the needed ones are of `end` samples or, for AAC, as many whole units
    as hold them."""
    held = 0
    for index, unit in enumerate(_units(data, plan)):
        if needed.start <= index < needed.stop:
            held += unit.duration
    if not (held == end if plan.codec == "flac" else end <= held < end + plan.block):
        raise EncodingFault(f"{plan.name}: {held} samples for {end}")


def _pieces(data: mmap.mmap, plan: Plan, needed: slice, segments: list[Segment]) -> Iterator[bytes]:
    step = plan.segment // plan.block
    units = islice(_units(data, plan), needed.start, needed.stop)
    for number, part in enumerate(iter(lambda: list(islice(units, step)), [])):
        piece = fragments.segment(
            [data[unit.start : unit.end] for unit in part],
            [unit.duration for unit in part],
            number=number + 1,
            decode_time=number * plan.segment,
        )
        samples = sum(unit.duration for unit in part)
        segments.append(Segment(samples=samples, bytes=len(piece)))
        yield piece


def _prove_track(track: mp4.Track, plan: Plan, facts: AudioLike) -> None:
    found = (track.timescale, track.codecs, track.rate, track.channels, track.bits, track.edits)
    if found != (plan.rate, plan.codecs, plan.rate, facts.channels, plan.bits, ()):
        raise EncodingFault(f"{plan.name}: ffmpeg wrote {track}, which is not the plan {plan}")


def _rendition(
    plan: Plan,
    facts: AudioLike,
    segments: tuple[Segment, ...],
    init_bytes: int,
    *,
    delay: int,
    samples: int,
) -> Rendition:
    width = playlists.bandwidth(segments, plan.rate)
    return Rendition(
        name=plan.name,
        codec=plan.codec,
        codecs=plan.codecs,
        bandwidth=width.peak,
        average_bandwidth=width.average,
        rate=plan.rate,
        bits=plan.bits,
        channels=facts.channels,
        delay=delay,
        padding=sum(segment.samples for segment in segments) - delay - samples,
        samples=samples,
        init_bytes=init_bytes,
        segments=segments,
        preroll_units=1 if plan.codec == "aac" else 0,
    )
