"""Outside readers take our output of every kind of input: ffprobe, mpv, hls-parser, mp4box."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from core import spawn
from tests.fixtures import environment
from tests.integration.transcode import outputs
from transcode import ffmpeg
from transcode.check import check
from transcode.sources import FolderSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration


def parsed(folder: Path) -> dict[str, Any]:
    """What hls-parser in strict mode and mp4box find in an asset."""
    judges = environment.REPOSITORY / "tests/node"
    if not (judges / "node_modules/mp4box").is_dir():
        environment.lacking("mp4box and hls-parser are not installed", "scripts/test_servers.sh")
    node = environment.program("nodejs", str(environment.REPOSITORY / ".venv/bin/node"), "node")
    done = spawn.run([node, str(judges / "judge.mjs"), str(folder)], timeout=200)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)[str(folder)]
    return found


@pytest.mark.parametrize("name", outputs.INPUTS)
def test_hls_parser_and_mp4box_find_what_the_manifest_says(
    ladder_outputs: outputs.Outputs, name: str
) -> None:
    stated = outputs.manifest(ladder_outputs[name])
    found = parsed(ladder_outputs[name])
    assert "error" not in found, found
    assert found["playlists"]["master.m3u8"] == len(stated["renditions"])
    for one in stated["renditions"]:
        judged = found["renditions"][f"{one['name']}.m3u8"]
        assert (judged["tracks"], judged["gaps"], judged["first"]) == (1, 0, 0)
        assert judged["timescale"] == one["rate"]
        assert judged["codec"].lower() == one["codecs"].lower()
        assert judged["end"] == one["delay"] + one["samples"] + one["padding"]
        assert judged["seconds"] == pytest.approx(judged["end"] / one["rate"], abs=1e-6)


@pytest.mark.parametrize("name", outputs.INPUTS)
def test_ffprobe_reads_every_rendition_without_a_word(
    ladder_outputs: outputs.Outputs, name: str
) -> None:
    probe = environment.program("ffmpeg", "ffprobe")
    folder = ladder_outputs[name]
    stated = outputs.manifest(folder)["renditions"]
    asked = ["-v", "warning", "-show_streams", "-of", "json"]
    done = spawn.run([probe, *asked, str(folder / "master.m3u8")], timeout=120)
    assert (done.code, done.err) == (0, "")
    streams = json.loads(done.out)["streams"]
    assert [int(one["sample_rate"]) for one in streams] == [one["rate"] for one in stated]
    assert {float(one["start_time"]) for one in streams} == {0.0}


def _played(folder: Path) -> Iterator[str]:
    yield "master.m3u8"
    yield "flac.m3u8" if (folder / "flac.m3u8").exists() else "aac64.m3u8"
    if (folder / "aac64").is_dir():  # of byte ranges in a file, ffmpeg's demuxer reads all
        yield "manifest.mpd"


@pytest.mark.parametrize("name", ["wav-ranges", "flac-96", "mp3", "one-sample"])
def test_mpv_plays_it_to_the_end(ladder_outputs: outputs.Outputs, name: str) -> None:
    mpv = environment.program("mpv", "mpv")
    options = [
        "--no-config",
        "--ao=pcm",
        "--ao-pcm-file=/dev/null",
        "--vid=no",
        "--msg-level=all=warn",
    ]
    folder = ladder_outputs[name]
    for file in _played(folder):
        done = spawn.run([mpv, *options, str(folder / file)], timeout=120)
        assert (done.code, done.out.decode() + done.err) == (0, ""), file


@pytest.mark.parametrize("name", outputs.INPUTS)
def test_our_own_checker_finds_nothing(ladder_outputs: outputs.Outputs, name: str) -> None:
    report = check(FolderSource(ladder_outputs[name]), ffmpeg.locate())
    assert [one.to_json() for one in report.findings] == []
