"""Cuts what ffmpeg wrote of one rendition into segments, proves them, and stores them.

Published are the unit before the music (which settles a decoder), and all up to the one that holds
its last sample: nothing of the neighbours that the encoder heard, nothing beyond the end.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
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

    `lead` are the units of the previous track in front, `delay` what was measured for this plan.

    Raises:
        EncodingFault: ffmpeg's output isn't what the plan says.
    """
    # resamplers round the length up
    samples = -(-facts.samples * plan.rate // facts.rate)
    segments: list[Segment] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            layout = mp4.layout(data)
            init = data[: layout.init_end]
            _prove_track(mp4.track(init), plan, facts)
            units = _needed(_units(layout, plan), plan, lead, delay + samples)
        except mp4.BoxFault as bad:
            raise EncodingFault(f"{plan.name}: {bad}") from bad
        packaging.put(
            place.store,
            f"hls/{place.asset}/{plan.name}",
            init,
            _pieces(data, units, plan, segments),
            packaging=place.packaging,
            folder=path.parent,
        )
    return _rendition(plan, facts, tuple(segments), len(init), delay=delay, samples=samples)


def _units(layout: mp4.Layout, plan: Plan) -> list[_Unit]:
    """All coded units in their order, on an unbroken clock; all but the last of the same length."""
    units: list[_Unit] = []
    clock = 0
    for found in layout.fragments:
        if found.decode_time != clock:
            raise EncodingFault(
                f"{plan.name}: {found.decode_time} samples follow on {clock}: ffmpeg's clock broke"
            )
        at = found.end - sum(found.sizes)
        for size, duration in zip(found.sizes, found.durations, strict=True):
            units.append(_Unit(at, at + size, duration))
            at += size
            clock += duration
    if not units or any(unit.duration != plan.block for unit in units[:-1]):
        raise EncodingFault(f"{plan.name}: units of other than {plan.block} samples")
    return units


def _needed(units: list[_Unit], plan: Plan, lead: int, end: int) -> list[_Unit]:
    """The units to publish, of `end` samples or, for AAC, as many whole units as hold them.

    The muxer shortens the last unit to the end of the input. A browser would then see it end at
    the append window, trim nothing, and play the encoder's padding into the next track.
    """
    kept = units[lead : lead - (-end // plan.block)]
    if plan.codec == "aac":
        kept = [_Unit(unit.start, unit.end, plan.block) for unit in kept]
    held = sum(unit.duration for unit in kept)
    if not (held == end if plan.codec == "flac" else end <= held < end + plan.block):
        raise EncodingFault(f"{plan.name}: {held} samples for {end}")
    return kept


def _pieces(
    data: mmap.mmap, units: list[_Unit], plan: Plan, segments: list[Segment]
) -> Iterator[bytes]:
    step = plan.segment // plan.block
    for number, first in enumerate(range(0, len(units), step)):
        part = units[first : first + step]
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
