from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings, strategies as st

from transcode.waveform import POINTS, Waveform


def shape(pcm: np.ndarray, channels: int, cuts: list[int]) -> list[int]:
    data = pcm.astype("<i2").tobytes()
    wave = Waveform(samples=len(pcm) // channels, channels=channels)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        wave.add(data[start:end])
    assert wave.samples == len(pcm) // channels
    return wave.points()


def test_silence_and_full_scale() -> None:
    assert shape(np.zeros(88_200), 2, []) == [0] * POINTS
    assert shape(np.full(88_200, -32_768), 2, []) == [255] * POINTS


def test_loud_second_half_shows_in_the_second_half() -> None:
    pcm = np.concatenate([np.full(41_600, 1_000), np.full(41_600, -20_000)])
    points = shape(pcm, 1, [])
    assert set(points[:104]) == {8}
    assert set(points[104:]) == {156}


@settings(deadline=None)
@given(st.integers(1, 9_000), st.integers(1, 2), st.lists(st.integers(0, 36_000), max_size=6))
def test_pieces_of_any_size_give_the_same_shape(
    samples: int, channels: int, cuts: list[int]
) -> None:
    pcm = np.random.default_rng(samples).integers(-32_768, 32_768, samples * channels)
    points = shape(pcm, channels, cuts)
    assert points == shape(pcm, channels, [])
    assert len(points) == POINTS
    assert max(points) > 0 or abs(pcm).max() < 129


def test_more_pcm_than_promised_is_counted_not_lost() -> None:
    wave = Waveform(samples=10, channels=1)
    wave.add(np.full(5_000, 3_000, dtype="<i2").tobytes())
    assert wave.samples == 5_000
    assert len(wave.points()) == POINTS


@settings(deadline=None)
@given(
    st.integers(0, 20_000),
    st.integers(1, 3_000),
    st.integers(0, 20_000),
    st.lists(st.integers(0, 90_000), max_size=5),
)
def test_silence_at_both_ends_is_exact(
    before: int, music: int, after: int, cuts: list[int]
) -> None:
    pcm = np.full((before + music + after, 2), 20)
    pcm[before : before + music, 1] = -34
    data = pcm.astype("<i2").tobytes()
    wave = Waveform(samples=len(pcm), channels=2)
    for start, end in itertools.pairwise(
        [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    ):
        wave.add(data[start:end])
    assert wave.silence == (before, after)


def test_a_mute_track_is_silent_from_both_ends() -> None:
    wave = Waveform(samples=500, channels=1)
    wave.add(bytes(1_000))
    assert wave.silence == (500, 500)
