"""The graph of one track for ffmpeg: one decode, split to every encoder and to the measures.

    master ┬ FLAC encoders (behind as much silence as AAC has delay)
           ├ loudness, then 16-bit PCM to us for the waveform
           └ silence + end of the previous track + master + start of the next ─ AAC encoders

AAC codes overlapping windows. At the edges of a track on an album these reach into its neighbours,
so the encoder hears them; what it makes of them isn't published. It begins with few bits and gives
more as it goes, over a second at high rates, unless silence in front lets it begin with plenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ffmpeg as graphs

from transcode import ffmpeg, ladder
from transcode.containers import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transcode.facts import AudioLike, Source
    from transcode.ladder import Plan

Node = Any
"""ffmpeg-python has no types."""

_MUXER = {
    "f": "mp4",
    "map_metadata": -1,
    "movflags": "+cmaf+skip_sidx",
    "use_editlist": 0,  # the automatic choice differs between versions of ffmpeg
    "fflags": "+bitexact",
}
_TAIL_SECONDS = 0.5
"""From here before its end a neighbour is decoded for its last samples."""
_HEAD_SECONDS = 1.0
"""A neighbour's start is decoded this far: more than any context takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A track with what stands before and after it on its album."""

    track: Source
    previous: Source | None = None
    next: Source | None = None

    @property
    def lead(self) -> int:
        """AAC units in front of what is published."""
        units, _ = ladder.context_of(self.track.facts.rate)
        return 2 * units if self.previous else units


def output(folder: Path, plan: Plan) -> Path:
    """Where ffmpeg writes this rendition."""
    return folder / f"{plan.name}.mp4"


def blocks(folder: Path, kind: str) -> Path:
    """Where ffmpeg writes the loudness of every block: `M` of 400 ms, `S` of 3 s."""
    return folder / f"loudness-{kind}.txt"


def build(joined: Joined, plans: Sequence[Plan], folder: Path) -> Node:
    """Everything that one run of ffmpeg makes of a track."""
    facts = joined.track.facts
    coded = [plan for plan in plans if plan.codec == "aac"]
    exact = [plan for plan in plans if plan.codec == "flac"]
    split = _decoded(joined.track).filter_multi_output("asplit", len(exact) + 2)
    heard = _in_context(joined, split[0]).filter_multi_output("asplit", len(coded))
    outputs = [
        _resampled(heard[index], plan, facts).output(str(output(folder, plan)), **_aac(plan))
        for index, plan in enumerate(coded)
    ]
    outputs += [
        _resampled(split[index], plan, facts)
        .filter("adelay", f"{plan.delay}S", all=1)
        .output(str(output(folder, plan)), **_flac(plan))
        for index, plan in enumerate(exact, 1)
    ]
    return graphs.merge_outputs(*outputs, _measured(split[len(exact) + 1], facts, folder))


def _measured(node: Node, facts: AudioLike, folder: Path) -> Node:
    measured = node.filter(
        "ebur128", peak="true", framelog="verbose", metadata=1, dualmono=int(facts.channels == 1)
    )
    for kind in ("M", "S"):
        path = str(blocks(folder, kind))
        measured = measured.filter("ametadata", "print", key=f"lavfi.r128.{kind}", file=path)
    return measured.filter("aformat", channel_layouts=_layout(facts)).output(
        "pipe:1", f="s16le", acodec="pcm_s16le"
    )


def _layout(facts: AudioLike) -> str:
    return "mono" if facts.channels == 1 else "stereo"


def _form(facts: AudioLike) -> str:
    """A sample format that keeps all of the source."""
    if not facts.lossless:
        return "fltp"
    return "s16" if facts.bits <= 16 else "s32" if facts.bits <= 24 else "dblp"


def _decoded(track: Source) -> Node:
    """The samples of a master, as many channels as its facts say, numbered from 0."""
    facts = track.facts
    node = ffmpeg.source(track.path, BY_NAME[facts.container].demuxer)
    return _numbered(
        node.filter("aformat", sample_fmts=_form(facts), channel_layouts=_layout(facts)), facts
    )


def _numbered(node: Node, facts: AudioLike) -> Node:
    """On a clock of the sample rate: `N/SR/TB` would number in floating point and land one too low
    now and then."""
    return node.filter("asettb", f"1/{facts.rate}").filter("asetpts", "N")


def _in_context(joined: Joined, node: Node) -> Node:
    """The track with what the encoder hears before and after it."""
    facts = joined.track.facts
    _, samples = ladder.context_of(facts.rate)
    before = [_end(joined.previous, facts, samples)] if joined.previous else []
    after = [_start(joined.next, facts, samples)] if joined.next else []
    if before or after:
        node = _numbered(graphs.concat(*before, node, *after, v=0, a=1), facts)
    return node.filter("adelay", f"{samples}S", all=1)


def _end(previous: Source, facts: AudioLike, samples: int) -> Node:
    """The last samples of the previous track, behind silence where it is shorter than that."""
    theirs = previous.facts
    begin = max(0, theirs.samples - round(_TAIL_SECONDS * theirs.rate))
    # options that differ keep ffmpeg-python from taking a file that stands twice for one node
    options: dict[str, Any] = {"thread_queue_size": 9}
    if theirs.lossless:
        # what is sought needn't be exact: the end is the end
        options["ss"] = begin / theirs.rate
    node = _opened(previous, **options)
    if not theirs.lossless:  # decoded whole, but not kept whole to be turned round
        node = _numbered(node, theirs).filter("atrim", start_sample=begin)
    turned = _like(node, theirs, facts).filter("areverse")
    return _filled(turned, samples).filter("areverse")


def _start(following: Source, facts: AudioLike, samples: int) -> Node:
    """The first samples of the next track, and silence behind where it is shorter than that."""
    node = _opened(following, t=_HEAD_SECONDS)
    return _filled(_like(node, following.facts, facts), samples)


def _opened(source: Source, **options: Any) -> Node:
    return ffmpeg.source(source.path, BY_NAME[source.facts.container].demuxer, **options)


def _like(node: Node, theirs: AudioLike, facts: AudioLike) -> Node:
    """At the rate and in the form of the track."""
    if theirs.rate != facts.rate:
        node = node.filter("aresample", facts.rate, **ladder.RESAMPLER)
    return node.filter("aformat", sample_fmts=_form(facts), channel_layouts=_layout(facts))


def _filled(node: Node, samples: int) -> Node:
    """Exactly so many samples."""
    return node.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _resampled(node: Node, plan: Plan, facts: AudioLike) -> Node:
    """At the plan's rate, and for FLAC in its depth: dithered where that takes something away."""
    options: dict[str, Any] = {}
    changed = plan.rate != facts.rate
    if changed:
        options |= {"out_sample_rate": plan.rate, **ladder.RESAMPLER}
    if plan.codec == "flac" and (changed or facts.bits > plan.bits):
        form = "s16" if plan.bits == 16 else "s32"
        options |= {"osf": form, "output_sample_bits": plan.bits, **ladder.DITHER}
    return node.filter("aresample", **options) if options else node


def _fragments(plan: Plan) -> dict[str, Any]:
    microseconds = plan.segment * 1_000_000 // plan.rate
    return {**_MUXER, "frag_duration": microseconds, "acodec": plan.codec}


def _aac(plan: Plan) -> dict[str, Any]:
    return {**_fragments(plan), **aac_options(plan)}


def aac_options(plan: Plan) -> dict[str, Any]:
    """Of ffmpeg's AAC encoder, by their long names."""
    cutoff = {"cutoff": plan.cutoff} if plan.cutoff else {}
    return {"audio_bitrate": plan.bit_rate, "aac_coder": plan.coder, **cutoff}


def _flac(plan: Plan) -> dict[str, Any]:
    # -strict -2: FLAC in MP4 counts as experimental in ffmpeg 5.1
    depth = {"bits_per_raw_sample": 24} if plan.bits == 24 else {}
    form = "s16" if plan.bits == 16 else "s32"
    options = {"strict": -2, "frame_size": plan.block, "sample_fmt": form}
    return {**_fragments(plan), **options, **depth}
