"""One track through one ffmpeg: builds the graph, runs it, cuts and proves what it wrote."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ffmpeg as graphs

from core.errors import DiskFull, Unavailable
from transcode import ffmpeg, loudness, mp4, playlists
from transcode.containers import BY_NAME
from transcode.errors import EncodingFault, MediaFault
from transcode.manifest import Rendition, Segment
from transcode.packaging import put
from transcode.waveform import Waveform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from storage.store import ObjectStore
    from transcode.facts import AudioLike, Source
    from transcode.ladder import Plan
    from transcode.packaging import Packaging

_MUXER = {
    "f": "mp4",
    "map_metadata": -1,
    "movflags": "+cmaf+skip_sidx",
    "use_editlist": 0,  # the automatic choice differs between versions of ffmpeg
    "fflags": "+bitexact",
}
_GRACE_SECONDS = 120.0
_SECONDS_PER_SECOND = 2.0
"""A machine slower than half of real time is taken for a hang."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the same decode told beside the renditions."""

    loudness: loudness.Loudness
    peaks: tuple[int, ...]
    silence: tuple[int, int]


def output(folder: Path, plan: Plan) -> Path:
    """Where ffmpeg writes this rendition."""
    return folder / f"{plan.name}.mp4"


def run(tool: ffmpeg.Ffmpeg, track: Source, plans: Sequence[Plan], folder: Path) -> Measures:
    """Decode the master once into all renditions in `folder`.

    Raises:
        MediaFault: it can't be decoded, or holds another number of samples than its facts say.
        Unavailable: the disk is full, or the machine too slow; another try may help.
    """
    facts = track.facts
    shape = Waveform(samples=facts.samples, channels=facts.channels)
    timeout = _GRACE_SECONDS + _SECONDS_PER_SECOND * facts.samples / facts.rate
    graph = build(track, plans, folder)
    try:
        outcome = ffmpeg.execute(tool, graph, timeout=timeout, on_pcm=shape.add)
    except TimeoutError as late:
        raise Unavailable(str(late), remedy="give the machine less to do at a time") from late
    if outcome.code != 0 and "No space left on device" in outcome.log:
        raise DiskFull(f"no space left in {folder}", remedy="free space in the data folder")
    if outcome.code != 0:
        reason = "; ".join(outcome.errors()[:3]) or f"exit code {outcome.code}"
        raise MediaFault("corrupt", f"ffmpeg can't transcode it: {reason}")
    if shape.samples != facts.samples:
        raise MediaFault(
            "corrupt", f"decoding gave {shape.samples} samples, the probe found {facts.samples}"
        )
    return Measures(loudness.parse(outcome.log), tuple(shape.points()), shape.silence)


def build(track: Source, plans: Sequence[Plan], folder: Path) -> Any:  # noqa: ANN401 - untyped
    """The graph: one decode, split to every encoder and to loudness with waveform behind it."""
    facts = track.facts
    split = _decoded(track).filter_multi_output("asplit", len(plans) + 1)
    outputs = [
        _encoder(split[index], plan, facts).output(
            str(output(folder, plan)), **_options(plan, facts)
        )
        for index, plan in enumerate(plans)
    ]
    measured = split[len(plans)].filter(
        "ebur128", peak="true", framelog="verbose", dualmono=int(facts.channels == 1)
    )
    if facts.channels == 1:
        measured = measured.filter("aformat", channel_layouts="mono")
    pcm = measured.output("pipe:1", f="s16le", acodec="pcm_s16le")
    return graphs.merge_outputs(*outputs, pcm)


def _decoded(track: Source) -> Any:  # noqa: ANN401 - untyped
    """Samples numbered from 0 on a clock of the sample rate, in a depth that keeps them all.

    `N/SR/TB` would number them in floating point and land one too low now and then.
    """
    facts = track.facts
    form = "fltp" if not facts.lossless else "s16" if facts.bits <= 16 else "s32"
    node = ffmpeg.source(track.path, BY_NAME[facts.container].demuxer)
    return (
        node.filter("aformat", sample_fmts=form)
        .filter("asettb", f"1/{facts.rate}")
        .filter("asetpts", "N")
    )


def _encoder(node: Any, plan: Plan, facts: AudioLike) -> Any:  # noqa: ANN401 - untyped
    if plan.codec == "flac":
        return node.filter("adelay", f"{plan.delay}S", all=1)
    return node if plan.rate == facts.rate else node.filter("aresample", plan.rate)


def _options(plan: Plan, facts: AudioLike) -> dict[str, Any]:
    microseconds = plan.segment * 1_000_000 // plan.rate
    options: dict[str, Any] = {**_MUXER, "frag_duration": microseconds, "acodec": plan.codec}
    if plan.codec == "aac":
        return {**options, "audio_bitrate": plan.bit_rate}
    # -strict -2: FLAC in MP4 counts as experimental in ffmpeg 5.1
    depth = {"bits_per_raw_sample": 24} if plan.bits == 24 else {}
    form = "s16" if facts.bits <= 16 else "s32"
    return {**options, "strict": -2, "frame_size": plan.block, "sample_fmt": form, **depth}


def publish(
    store: ObjectStore,
    asset: str,
    plan: Plan,
    path: Path,
    facts: AudioLike,
    packaging: Packaging = "files",
) -> Rendition:
    """Cut one rendition into objects under `hls/<asset>/`, and measure it.

    Raises:
        EncodingFault: a fragment isn't where and as long as the plan says.
    """
    segments: list[Segment] = []

    def pieces() -> Iterator[bytes]:
        for fragment, piece in _cut(data, parts, plan):
            segments.append(Segment(samples=fragment.samples, bytes=len(piece)))
            yield piece

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            parts = mp4.layout(data)
            init = data[: parts.init_end]
            _prove_track(mp4.track(init), plan, facts)
            prefix, folder = f"hls/{asset}/{plan.name}", path.parent
            put(store, prefix, init, pieces(), packaging=packaging, folder=folder)
        except mp4.BoxFault as bad:
            raise EncodingFault(f"{plan.name}: {bad}") from bad
    return _rendition(plan, facts, tuple(segments), parts.init_end)


def _cut(data: mmap.mmap, parts: mp4.Layout, plan: Plan) -> Iterator[tuple[mp4.Fragment, bytes]]:
    """Each fragment with its bytes, proven; the last AAC unit gets its full duration."""
    decode_time = 0
    for index, found in enumerate(parts.fragments):
        last = index == len(parts.fragments) - 1
        piece, fragment = bytearray(data[found.start : found.end]), found
        if last and plan.codec == "aac":
            mp4.fill_last(piece, plan.block)
            fragment = mp4.fragments(bytes(piece))[0]
        _prove_fragment(fragment, plan, decode_time, last=last)
        decode_time += fragment.samples
        yield fragment, bytes(piece)


def _prove_fragment(fragment: mp4.Fragment, plan: Plan, decode_time: int, *, last: bool) -> None:
    blocks = fragment.durations
    whole = blocks[:-1] if plan.codec == "flac" and last else blocks
    right = (
        fragment.decode_time == decode_time
        and bool(blocks)
        and all(duration == plan.block for duration in whole)
        and (0 < fragment.samples <= plan.segment if last else fragment.samples == plan.segment)
    )
    if not right:
        raise EncodingFault(
            f"{plan.name}: the segment at {decode_time} starts at {fragment.decode_time} and has"
            f" {fragment.samples} samples in {len(blocks)} blocks, not {plan.segment}"
        )


def _prove_track(track: mp4.Track, plan: Plan, facts: AudioLike) -> None:
    found = (track.timescale, track.codecs, track.rate, track.channels, track.bits, track.edits)
    if found != (plan.rate, plan.codecs, plan.rate, facts.channels, plan.bits, ()):
        raise EncodingFault(f"{plan.name}: ffmpeg wrote {track}, which is not the plan {plan}")


def _rendition(
    plan: Plan, facts: AudioLike, segments: tuple[Segment, ...], init_bytes: int
) -> Rendition:
    # resamplers round the length up
    samples = -(-facts.samples * plan.rate // facts.rate)
    total = sum(segment.samples for segment in segments)
    padding = total - plan.delay - samples
    if padding < 0 or (plan.codec == "flac" and padding):
        raise EncodingFault(f"{plan.name}: {total} samples for {plan.delay} + {samples}")
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
        delay=plan.delay,
        padding=padding,
        samples=samples,
        init_bytes=init_bytes,
        segments=segments,
    )
