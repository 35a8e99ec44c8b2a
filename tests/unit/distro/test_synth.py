"""The music: joined at the sample, same for the same seed, level, not clipped, and tonal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from distro import mixing, synth
from distro.instruments import RATE
from distro.score import BEATS, compose, sketch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def tracks() -> list[NDArray[np.int16]]:
    """Three tracks of 12 s."""
    return [sound.samples for sound in synth.album(3, 1, 12.0)]


def test_joined_tracks_are_the_continuous_signal(
    tracks: list[NDArray[np.int16]], tmp_path: Path
) -> None:
    whole = synth.continuous([12.0, 12.0], 1)
    assert np.array_equal(np.concatenate(tracks[:2]), whole)
    read = []
    for number, samples in enumerate(tracks[:2]):
        path = tmp_path / f"{number}.flac"
        synth.write_flac(path, samples)
        data, rate = soundfile.read(path, dtype="int16")
        assert rate == RATE
        assert soundfile.info(path).subtype == "PCM_16"
        read.append(data)
    assert np.array_equal(np.concatenate(read), whole)


def test_the_join_lies_in_sounding_notes(tracks: list[NDArray[np.int16]]) -> None:
    around = (tracks[0][-RATE // 20 :], tracks[1][: RATE // 20])
    for samples in around:
        assert np.sqrt(np.mean((samples / 32768.0) ** 2)) > 0.02
    step = np.abs(tracks[1][0].astype(int) - tracks[0][-1].astype(int)).max()
    usual = np.abs(np.diff(tracks[0][-RATE:].astype(int), axis=0)).max()
    assert step <= usual


def test_levels_are_those_of_a_record(tracks: list[NDArray[np.int16]]) -> None:
    for samples in (np.concatenate(tracks[:2]), tracks[2]):
        signal = samples / 32768.0
        assert -17.0 < mixing.loudness(signal) < -15.0
        assert 0.3 < np.abs(signal).max() < 0.9
        assert np.abs(signal.mean(axis=0)).max() < 0.001


def test_it_is_stereo_and_starts_and_ends_in_silence(tracks: list[NDArray[np.int16]]) -> None:
    last = tracks[2] / 32768.0
    left, right = last[:, 0], last[:, 1]
    assert abs((left * right).mean()) < 0.95 * left.std() * right.std()
    assert np.abs(last[0]).max() < 0.001
    assert np.abs(last[-1]).max() < 0.001


def test_the_same_seed_is_the_same_music() -> None:
    first = [each.samples for each in synth.album(2, 7, 2.0)]
    again = [each.samples for each in synth.album(2, 7, 2.0)]
    other = [each.samples for each in synth.album(2, 8, 2.0)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_lengths_are_drawn_or_given() -> None:
    drawn = synth._lengths(5, 1, None)
    assert all(synth.SHORTEST <= each <= synth.LONGEST for each in drawn)
    assert len(set(drawn)) == 5
    assert [each.seconds for each in synth.album(3, 1, 1.0)] == [1.0, 1.0, 1.0]
    assert [each.number for each in synth.album(1, 1, 1.0)] == [1]
    with pytest.raises(ValueError, match="at least one"):
        list(synth.album(0, 1, 1.0))


@pytest.mark.parametrize("seed", range(1, 6))
def test_melody_and_chords_stay_in_one_scale(seed: int) -> None:
    plan = sketch(np.random.default_rng(seed), 60.0)
    notes = compose(plan)
    tonal = [n for n in notes if n.voice in {"pad", "keys", "bass", "lead", "bell"}]
    scale = {(plan.root + step) % 12 for step in plan.scale}
    assert {round(note.pitch) % 12 for note in tonal} <= scale
    assert {note.voice for note in notes} == set(mixing.VOICES)
    assert all(0 <= n.start < plan.bars * BEATS * plan.beat + 0.01 for n in notes if n.start > 0.01)
    melody = [note for note in notes if note.voice == "lead"]
    assert max(n.pitch for n in melody) - min(n.pitch for n in melody) <= 19


def test_loudness_of_known_signals() -> None:
    """BS.1770: a 997 Hz sine at full scale in one channel measures -3.01 LUFS."""
    t = np.arange(5 * RATE) / RATE
    sine = np.sin(2 * np.pi * 997.0 * t)
    one = np.stack((sine, np.zeros_like(sine)), axis=1)
    assert mixing.loudness(one) == pytest.approx(-3.01, abs=0.05)
    assert mixing.loudness(one * 0.1) == pytest.approx(-23.01, abs=0.05)
    assert mixing.loudness(np.zeros((RATE, 2))) == -70.0


def test_silence_can_be_mastered() -> None:
    assert not mixing.master(np.zeros((RATE, 2)), -16.0).any()
    assert not mixing.quantise(np.zeros((100, 2)), np.random.default_rng(1)).any()


def test_the_ceiling_holds() -> None:
    loud = np.random.default_rng(1).standard_normal((RATE, 2)) * 5
    assert np.abs(mixing.master(loud, -3.0)).max() <= mixing.CEILING
