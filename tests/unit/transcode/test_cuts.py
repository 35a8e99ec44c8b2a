from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st

from tests.unit.transcode.test_playlists import rendition
from transcode.cuts import PREROLL, Clip, cut
from transcode.manifest import Rendition, Segment

CLIPS = st.tuples(st.integers(0, 40_000), st.integers(1, 40_000)).map(
    lambda pair: Clip(pair[0], pair[0] + pair[1])
)


def ladder(rate: int, seconds: int) -> list[Rendition]:
    """AAC at its rate, FLAC at twice it, cut at the same instants; both delayed by one unit."""
    found = []
    for name, codec, factor in (("aac", "aac", 1), ("flac", "flac", 2)):
        total, length = (rate * seconds + PREROLL) * factor, 256 * 1024 * factor
        sizes = [length] * (total // length) + [total % length]
        one = rendition(
            [Segment(samples=size, bytes=9) for size in sizes if size], rate * factor, name, codec
        )
        delay = PREROLL * factor
        found.append(replace(one, delay=delay, samples=total - delay))
    return found


@given(CLIPS, st.sampled_from([44_100, 48_000]), st.integers(1, 30))
def test_a_clip_is_the_same_instants_in_all_and_has_its_preroll(
    clip: Clip, rate: int, seconds: int
) -> None:
    renditions = ladder(rate, seconds)
    parts = cut(renditions, clip)
    assert len({(part.first, part.last) for part in parts}) == 1
    aac, flac = parts
    assert (aac.start * 2, aac.end * 2) == (flac.start, flac.end)
    for one, part in zip(renditions, parts, strict=True):
        held = sum(segment.samples for segment in one.segments[part.first : part.last + 1])
        assert one.delay <= part.start < part.end <= one.delay + one.samples
        assert part.decode_time == sum(s.samples for s in one.segments[: part.first])
        assert part.decode_time + held >= part.end
        preroll = PREROLL * one.rate // rate
        assert part.decode_time <= part.start - preroll


def test_edges_are_exact_to_the_sample() -> None:
    aac, flac = cut(ladder(44_100, 60), Clip(10_000, 40_000))
    assert (aac.start, aac.end) == (1_024 + 441_000, 1_024 + 1_764_000)
    assert (flac.start, flac.end) == (2 * aac.start, 2 * aac.end)
    assert (aac.first, aac.decode_time) == (1, 262_144)
