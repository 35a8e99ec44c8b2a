"""Whether a file came to its end, by the real probe."""

from __future__ import annotations

import hashlib
import wave
import zlib
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from ingest import proof
from ingest.inbox import Need
from server.adapters import Probe
from tests.integration.ingest.batches import batch
from transcode import ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def probe() -> Probe:
    return Probe(ffmpeg.locate())


def _wav(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(4 * 44_100))
    return path


def _media(tmp_path: Path) -> list[Path]:
    home = batch(tmp_path / "out").releases[0].folder
    return [_wav(tmp_path / "a.wav"), *sorted(home.glob("resources/*"))]


def test_whole_and_cut_media(probe: Probe, tmp_path: Path) -> None:
    media = _media(tmp_path)
    assert {path.suffix for path in media} == {".wav", ".flac", ".jpg"}
    for path in media:
        assert proof.doubt(path, None, probe) == ""
        data = path.read_bytes()
        for end in (0, 10, len(data) // 2, len(data) - 500):
            path.write_bytes(data[:end])
            assert proof.doubt(path, None, probe), (path.suffix, end)


def test_a_hash_decides(probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"whole")
    digests = {
        "md5": hashlib.md5(b"whole", usedforsecurity=False).digest(),
        "crc32": zlib.crc32(b"whole").to_bytes(4, "big"),
        "blake3": blake3(b"whole").digest(),
    }
    for name, digest in digests.items():
        need = Need("words.txt", None, (("md4-or-what", b""), (name, digest)))
        assert proof.doubt(path, need, probe) == ""
        path.write_bytes(b"who")
        assert name in proof.doubt(path, need, probe)
        path.write_bytes(b"whole")
    assert proof.doubt(path, None, probe) == "nothing proves that it is whole"
    assert proof.doubt(tmp_path / "gone", None, probe) == "it is gone"
