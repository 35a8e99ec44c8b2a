from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode import scratch
from transcode.delay import measured
from transcode.errors import MediaFault
from transcode.ladder import ladder
from transcode.manifest import Neighbours
from transcode.pipeline import Transcoder, asset_id

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("rate", [44_100, 96_000, 8_000])
def test_the_delay_of_every_rendition_is_what_the_plan_says(tool: Ffmpeg, rate: int) -> None:
    plans = ladder(rate=rate, bits=24, lossless=True)
    assert measured(tool, plans, rate) == {plan.name: plan.delay for plan in plans}


def test_an_album_is_encoded_in_order_once_and_reused(tool: Ffmpeg, tmp_path: Path) -> None:
    tracks = []
    for index in range(2):
        pcm = signals.integers(signals.music(60_000, seed=index), 16)
        path = signals.write_wav(tmp_path / f"t{index}.wav", pcm, rate=44_100, bits=16)
        tracks.append(signals.source(tool, path))
    store = local_store(tmp_path / "objects")
    coder = Transcoder(store, tmp_path / "work", tool)
    first = coder.album(tracks)
    assert [one.asset for one in first] == [
        asset_id("t0", Neighbours(next="t1")),
        asset_id("t1", Neighbours(previous="t0")),
    ]
    assert first[1].manifest["context"] == {"previous": "t0", "next": ""}
    written = {stat.key: stat.modified for stat in store.list("hls")}
    again = coder.album(tracks)
    assert again == first
    assert {stat.key: stat.modified for stat in store.list("hls")} == written
    assert list((tmp_path / "work").iterdir()) == []


def test_an_interrupted_encoding_is_done_again(tool: Ffmpeg, tmp_path: Path) -> None:
    pcm = signals.integers(signals.music(30_000), 16)
    track = signals.source(tool, signals.write_wav(tmp_path / "t.wav", pcm, rate=44_100, bits=16))
    store = local_store(tmp_path / "objects")
    coder = Transcoder(store, tmp_path / "work", tool)
    (first,) = coder.album([track])
    store.delete(f"hls/{first.asset}/manifest.json")  # as if killed before the last object
    store.delete(f"hls/{first.asset}/flac/0.m4s")
    assert coder.album([track]) == [first]
    assert store.stat(f"hls/{first.asset}/flac/0.m4s") is not None


def test_stored_manifest_is_the_returned_one(tool: Ffmpeg, tmp_path: Path) -> None:
    pcm = signals.integers(signals.music(30_000), 16)
    track = signals.source(tool, signals.write_wav(tmp_path / "t.wav", pcm, rate=44_100, bits=16))
    store = local_store(tmp_path / "objects")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([track])
    assert json.loads(store.get(f"hls/{done.asset}/manifest.json")) == done.manifest
    assert len(done.manifest["peaks"]) == 208
    for rendition in done.manifest["renditions"]:
        sizes = [
            len(store.get(f"hls/{done.asset}/{rendition['name']}/{index}.m4s"))
            for index in range(len(rendition["segments"]))
        ]
        assert sizes == [size for _, size in rendition["segments"]]


@pytest.mark.parametrize(("channels", "expected"), [(1, -23.0), (2, -23.0)])
def test_loudness_of_the_reference_tone(
    tool: Ffmpeg, tmp_path: Path, channels: int, expected: float
) -> None:
    """EBU Tech 3341, case 1: 1 kHz at -23 dBFS in both channels reads -23 LUFS.

    A mono file plays from both loudspeakers, and so must read the same.
    """
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1_000 * np.arange(5 * 48_000) / 48_000)
    pcm = signals.integers(np.repeat(tone[:, None], channels, axis=1), 24)
    track = signals.source(tool, signals.write_wav(tmp_path / "t.wav", pcm, rate=48_000, bits=24))
    store = local_store(tmp_path / "objects")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([track])
    assert done.manifest["loudness"]["integrated"] == pytest.approx(expected, abs=0.1)
    assert done.manifest["loudness"]["true_peak"] == pytest.approx(-23.0, abs=0.3)


def test_silence_has_numbers_too(tool: Ffmpeg, tmp_path: Path) -> None:
    pcm = np.zeros((48_000, 2), dtype=np.int64)
    track = signals.source(tool, signals.write_wav(tmp_path / "t.wav", pcm, rate=48_000, bits=16))
    (done,) = Transcoder(local_store(tmp_path / "o"), tmp_path / "work", tool).album([track])
    assert done.manifest["loudness"] == {"integrated": -70.0, "range": 0.0, "true_peak": -144.0}
    assert set(done.manifest["peaks"]) == {0}


def test_a_lossy_source_gets_the_aac_ladder_only(tool: Ffmpeg, tmp_path: Path) -> None:
    pcm = signals.integers(signals.music(90_000), 16)
    wav = signals.write_wav(tmp_path / "t.wav", pcm, rate=44_100, bits=16)
    track = signals.source(tool, signals.convert(tool, wav, "t.mp3", audio_bitrate=192_000))
    store = local_store(tmp_path / "objects")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([track])
    assert not done.manifest["lossless"]
    assert [one["codec"] for one in done.manifest["renditions"]] == ["aac"] * 3
    assert store.stat(f"hls/{done.asset}/lossless.m3u8") is None


def test_facts_of_another_file_are_noticed(tool: Ffmpeg, tmp_path: Path) -> None:
    pcm = signals.integers(signals.music(30_000), 16)
    track = signals.source(tool, signals.write_wav(tmp_path / "t.wav", pcm, rate=44_100, bits=16))
    wrong = replace(track, facts=replace(track.facts, samples=29_999))
    store = local_store(tmp_path / "objects")
    with pytest.raises(MediaFault, match="30000 samples, the probe found 29999"):
        Transcoder(store, tmp_path / "work", tool).album([wrong])
    assert store.stat(f"hls/{asset_id(track.digest)}/manifest.json") is None


def test_what_a_killed_process_left_is_swept(tool: Ffmpeg, tmp_path: Path) -> None:
    for name in ("encode-999999999-abc", f"encode-{os.getpid()}-old", "encode-1-init", "other"):
        (tmp_path / name).mkdir()
    Transcoder(local_store(tmp_path / "o"), tmp_path, tool)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encode-1-init", "o", "other"]


def test_a_folder_in_use_is_not_swept(tmp_path: Path) -> None:
    with scratch.folder(tmp_path) as mine:
        scratch.sweep(tmp_path)
        assert mine.is_dir()
    assert not mine.exists()
