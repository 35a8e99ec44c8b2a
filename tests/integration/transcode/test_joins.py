"""Tracks of an album join as if they had never been cut."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode.graph import Joined
from transcode.ladder import AU
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.store import ObjectStore
    from transcode.facts import Encoded, TrackSource
    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration

CUTS = (0, 30_002, 60_500, 90_000)  # even, so that half the rate cuts at the same instants
EDGE = 512


def _cut_up(tool: Ffmpeg, folder: Path, rate: int) -> tuple[NDArray[np.int64], list[TrackSource]]:
    whole = signals.integers(signals.music(CUTS[-1], rate=rate), 16)
    tracks = []
    for index, (start, end) in enumerate(itertools.pairwise(CUTS)):
        path = signals.write_wav(folder / f"t{index}.wav", whole[start:end], rate=rate, bits=16)
        tracks.append(signals.source(tool, path))
    return whole, tracks


def _heard(
    tool: Ffmpeg,
    coder: Transcoder,
    store: ObjectStore,
    tracks: list[TrackSource],
    folder: Path,
    name: str,
) -> NDArray[np.int64]:
    """The music of all tracks as an exact player joins it."""
    parts = []
    for one in coder.album(tracks):
        rendition = _of(one, name)
        decoded = signals.published(tool, store, one.asset, rendition, folder)
        start = rendition["delay"]
        parts.append(decoded[start : start + rendition["samples"]])
    return np.concatenate(parts)


def _of(one: Encoded, name: str) -> dict[str, Any]:
    return next(each for each in one.manifest["renditions"] if each["name"] == name)


def _worst_edge(heard: NDArray[np.int64], whole: NDArray[np.int64], factor: int) -> float:
    """The least signal to noise in dB around a cut."""
    original = (whole << 16)[::factor]
    ratios = []
    for cut in CUTS[1:-1]:
        near = slice(cut // factor - EDGE, cut // factor + EDGE)
        ratios.append(signals.noise_ratio(heard[near], original[near]))
    return min(ratios)


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_joins_sound_as_if_never_cut(tool: Ffmpeg, tmp_path: Path, rate: int) -> None:
    whole, tracks = _cut_up(tool, tmp_path, rate)
    path = signals.write_wav(tmp_path / "whole.wav", whole, rate=rate, bits=16)
    store = local_store(tmp_path / "o")
    coder = Transcoder(store, tmp_path / "work", tool)
    joined = _heard(tool, coder, store, tracks, tmp_path, "aac256")
    uncut = _heard(tool, coder, store, [signals.source(tool, path)], tmp_path, "aac256")
    factor = 1 if rate == 44_100 else 2
    assert signals.lag(joined, (whole << 16)[::factor]) == 0
    assert _worst_edge(joined, whole, factor) > min(25.0, _worst_edge(uncut, whole, factor)) - 3


def test_joins_of_tracks_encoded_alone_do_not(tool: Ffmpeg, tmp_path: Path) -> None:
    whole, tracks = _cut_up(tool, tmp_path, 44_100)
    store = local_store(tmp_path / "o")
    coder = Transcoder(store, tmp_path / "work", tool)
    joined = _heard(tool, coder, store, tracks, tmp_path, "aac256")
    alone = [_heard(tool, coder, store, [track], tmp_path, "aac256") for track in tracks]
    assert _worst_edge(np.concatenate(alone), whole, 1) < _worst_edge(joined, whole, 1) - 3


def test_flac_of_an_album_is_the_whole_to_the_bit(tool: Ffmpeg, tmp_path: Path) -> None:
    whole, tracks = _cut_up(tool, tmp_path, 44_100)
    store = local_store(tmp_path / "o")
    coder = Transcoder(store, tmp_path / "work", tool)
    heard = _heard(tool, coder, store, tracks, tmp_path, "flac")
    assert (heard == whole << 16).all()


def test_one_unit_stands_before_the_music_and_none_beyond_it(tool: Ffmpeg, tmp_path: Path) -> None:
    _, tracks = _cut_up(tool, tmp_path, 44_100)
    done = Transcoder(local_store(tmp_path / "o"), tmp_path / "work", tool).album(tracks)
    for one, track in zip(done, tracks, strict=True):
        for rendition in one.manifest["renditions"]:
            held = sum(samples for samples, _ in rendition["segments"])
            assert rendition["delay"] == AU
            assert rendition["samples"] == track.facts.samples
            assert 0 <= rendition["padding"] < AU
            assert held == AU + track.facts.samples + rendition["padding"]
            assert rendition["preroll_units"] == (1 if rendition["codec"] == "aac" else 0)


def test_neighbours_may_be_of_another_kind_or_of_one_sample(tool: Ffmpeg, tmp_path: Path) -> None:
    made = {
        "short": (signals.music(1), 44_100, 16),
        "high": (signals.music(6_000, rate=96_000), 96_000, 24),
        "mono": (signals.music(6_000, channels=1), 32_000, 16),
    }
    tracks = [
        signals.source(
            tool,
            signals.write_wav(
                tmp_path / f"{name}.wav", signals.integers(signal, bits), rate=rate, bits=bits
            ),
        )
        for name, (signal, rate, bits) in made.items()
    ]
    lossy = signals.convert(tool, tracks[1].path, "lossy.mp3", audio_bitrate=192_000)
    tracks.append(signals.source(tool, lossy))
    store = local_store(tmp_path / "o")
    done = Transcoder(store, tmp_path / "work", tool).album([*tracks, *reversed(tracks)])
    for one, track in zip(done, [*tracks, *reversed(tracks)], strict=True):
        for rendition in one.manifest["renditions"]:
            decoded = signals.published(tool, store, one.asset, rendition, tmp_path)
            assert len(decoded) == rendition["delay"] + rendition["samples"] + rendition["padding"]
            assert rendition["samples"] == -(
                -track.facts.samples * rendition["rate"] // track.facts.rate
            )


def test_an_album_of_two_rates_is_each_track_to_the_sample(tool: Ffmpeg, tmp_path: Path) -> None:
    """At 44.1 and 48 kHz in turn: delay, length and samples, though neighbours are resampled."""
    rates = (44_100, 48_000, 44_100, 96_000)
    originals = [
        signals.integers(signals.music(70_003 + index, rate=rate, seed=index), 16)
        for index, rate in enumerate(rates)
    ]
    tracks = [
        signals.source(tool, signals.write_wav(tmp_path / f"r{index}.wav", pcm, rate=rate, bits=16))
        for index, (pcm, rate) in enumerate(zip(originals, rates, strict=True))
    ]
    store = local_store(tmp_path / "o")
    done = Transcoder(store, tmp_path / "work", tool).album(tracks)
    for one, pcm, rate in zip(done, originals, rates, strict=True):
        for rendition in one.manifest["renditions"]:
            factor = rate // rendition["rate"]
            decoded = signals.published(tool, store, one.asset, rendition, tmp_path)
            heard = decoded[rendition["delay"] :][: rendition["samples"]]
            original = (pcm << 16)[::factor]
            assert len(heard) == len(original) == rendition["samples"]
            assert rendition["delay"] / rendition["rate"] == AU / min(rate, 48_000)
            assert signals.lag(heard, original) == 0
            if factor == 1 and rendition["codec"] == "flac":
                assert (heard == original).all()


@pytest.mark.parametrize("before", ["", "previous"])
def test_the_start_of_a_track_is_no_noisier_than_the_rest(
    tool: Ffmpeg, tmp_path: Path, before: str
) -> None:
    """The encoder has settled when the music begins, on an album and before a first track."""
    whole = signals.integers(signals.music(200_000), 16)
    tracks = [
        signals.source(tool, signals.write_wav(tmp_path / f"{name}.wav", pcm, rate=44_100, bits=16))
        for name, pcm in (("previous", whole[:100_000]), ("track", whole[100_000:]))
    ]
    store = local_store(tmp_path / "o")
    joined = Joined(track=tracks[1], previous=tracks[0] if before else None)
    (done,) = Transcoder(store, tmp_path / "work", tool).each([joined])
    original = whole[100_000:] << 16
    for name in ("aac64", "aac128", "aac256"):
        rendition = _of(done, name)
        heard = signals.published(tool, store, done.asset, rendition, tmp_path)[AU:]
        start = signals.noise_ratio(heard[:4_410], original[:4_410])
        rest = signals.noise_ratio(heard[20_000:90_000], original[20_000:90_000])
        assert start > rest - 5


def test_only_what_is_new_is_encoded(tool: Ffmpeg, tmp_path: Path) -> None:
    _, tracks = _cut_up(tool, tmp_path, 44_100)
    store = local_store(tmp_path / "o")
    coder = Transcoder(store, tmp_path / "work", tool)
    first = coder.album(tracks)
    (same,) = coder.each([Joined(track=tracks[1], previous=tracks[0], next=tracks[2])])
    (single,) = coder.album([tracks[1]])
    assert same == first[1]
    assert single.asset != same.asset
    assert single.digest == same.digest
