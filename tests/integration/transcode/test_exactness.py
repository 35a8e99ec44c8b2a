"""What we publish is the master, to the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode.ladder import AU, segment_of
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("rate", "bits", "channels", "samples"),
    [
        (44_100, 16, 2, 600_001),
        (48_000, 24, 2, 400_000),
        (96_000, 24, 2, 700_002),
        (44_100, 24, 1, 300_123),
    ],
)
def test_cut_by_delay_and_length_it_is_the_master(
    tool: Ffmpeg, tmp_path: Path, rate: int, bits: int, channels: int, samples: int
) -> None:
    pcm = signals.integers(signals.music(samples, rate=rate, channels=channels), bits)
    track = signals.source(tool, signals.write_wav(tmp_path / "m.wav", pcm, rate=rate, bits=bits))
    store = local_store(tmp_path / "objects")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([track])
    assert done.manifest["samples"] == samples
    for rendition in done.manifest["renditions"]:
        decoded = signals.published(tool, store, done.asset, rendition, tmp_path)
        start, length = rendition["delay"], rendition["samples"]
        assert len(decoded) == start + length + rendition["padding"]
        cut = decoded[start : start + length]
        factor = rate // rendition["rate"]
        original = (pcm << (32 - bits))[::factor]
        assert len(cut) == len(original)
        if rendition["rate"] == rate and rendition["codec"] == "flac":
            assert (cut == original).all()
        else:
            assert signals.lag(cut, original) == 0
            assert signals.noise_ratio(cut, original) > 8


SEGMENT = segment_of(44_100)


@pytest.mark.parametrize(
    "samples",
    [1, AU - 1, AU, AU + 1, SEGMENT - AU - 1, SEGMENT - AU, SEGMENT - AU + 1, SEGMENT, SEGMENT + 1],
)
def test_every_length_is_kept(tool: Ffmpeg, tmp_path: Path, samples: int) -> None:
    pcm = signals.integers(signals.music(samples), 16)
    track = signals.source(tool, signals.write_wav(tmp_path / "m.wav", pcm, rate=44_100, bits=16))
    store = local_store(tmp_path / "objects")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([track])
    for rendition in done.manifest["renditions"]:
        decoded = signals.published(tool, store, done.asset, rendition, tmp_path)
        assert rendition["samples"] == samples
        assert len(decoded) == sum(held for held, _ in rendition["segments"])
        if rendition["codec"] == "flac":
            assert (decoded[AU:] == pcm << 16).all()
