"""Good output has no finding; each fault, planted into good output, is found by its code."""

from __future__ import annotations

import json
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from core import spawn
from core.errors import Misuse, NotFound, Unavailable
from server.cli.hls import hls_app
from tests.integration.transcode.faults import (
    PLANTED,
    RANGES,
    add,
    bytes_of,
    edit_list,
    one_bit,
    remove,
    short_last,
    spoil_mdat,
    text,
)
from transcode import ffmpeg
from transcode.check import check
from transcode.findings import FAULTS
from transcode.sources import Absent, Bounds, FolderSource, HttpSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.transcode.outputs import Outputs
    from transcode.check import Report

pytestmark = pytest.mark.integration

ELSEWHERE = {"HLS-118", "HLS-119", "HLS-120", "HLS-312", "HLS-313", "HLS-318", "HLS-320"}
"""Planted by tests of their own, here and in the unit tests."""


@pytest.fixture(scope="session")
def good(ladder_outputs: Outputs) -> Path:
    """The folder of one published track of three segments."""
    return ladder_outputs["wav"]


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "asset"))


def examined(folder: Path, *, decode: bool = False) -> Report:
    return check(FolderSource(folder), ffmpeg.locate() if decode else None)


def named(faults: list[tuple[str, Callable[[Path], None]]]) -> list[str]:
    return [f"{code}-{index}" for index, (code, _) in enumerate(faults)]


@pytest.mark.parametrize(("code", "plant"), PLANTED, ids=named(PLANTED))
def test_a_planted_fault_is_found(folder: Path, code: str, plant: Callable[[Path], None]) -> None:
    plant(folder)
    found_with(examined(folder), code)


@pytest.mark.parametrize(("code", "plant"), RANGES, ids=named(RANGES))
def test_a_fault_of_byte_ranges_is_found(
    ladder_outputs: Outputs, tmp_path: Path, code: str, plant: Callable[[Path], None]
) -> None:
    folder = Path(shutil.copytree(ladder_outputs["wav-ranges"], tmp_path / "asset"))
    plant(folder)
    found_with(examined(folder), code)


def found_with(report: Report, code: str) -> None:
    found = [one for one in report.findings if one.code == code]
    assert found, [one.to_json() for one in report.findings]
    assert all(one.message.startswith(FAULTS[code].meaning) and one.place for one in found)
    assert report.ok == all(one.level == "note" for one in report.findings)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [("aac128/1.m4s", spoil_mdat), ("flac/1.m4s", spoil_mdat), ("flac/2.m4s", one_bit)],
)
def test_a_segment_that_does_not_decode_is_named(
    folder: Path, name: str, spoil: Callable[[bytearray], None]
) -> None:
    bytes_of(name, spoil)(folder)
    found = examined(folder, decode=True).findings
    assert [(one.code, one.place) for one in found if one.code == "HLS-312"] == [("HLS-312", name)]


def test_decoding_that_gives_other_samples_is_found(folder: Path) -> None:
    """A FLAC block whose header claims more samples than trun says."""
    bytes_of("flac/1.m4s", add(b"tfhd", 8, 1))(folder)
    assert "HLS-313" in {one.code for one in examined(folder, decode=True).findings}


def test_every_code_of_the_table_is_planted() -> None:
    assert {code for code, _ in PLANTED + RANGES} | ELSEWHERE == set(FAULTS)


@pytest.mark.parametrize("start", ["", "adaptive.m3u8", "lossless.m3u8", "aac64.m3u8"])
def test_good_output_has_no_finding(good: Path, start: str) -> None:
    report = examined(good / start, decode=True)
    assert report.findings == []
    assert report.ok
    assert len(report.renditions) == {"": 4, "adaptive.m3u8": 3}.get(start, 1)


def test_the_output_of_others_may_be_other_than_ours(folder: Path) -> None:
    bytes_of("aac128/init.mp4", edit_list)(folder)
    assert not examined(folder).ok
    remove("manifest.json")(folder)
    report = examined(folder)
    assert [(one.code, one.level) for one in report.findings] == [("HLS-309", "warning")] * 2
    assert report.ok
    remove("manifest.mpd")(folder)
    for name in ("aac64", "aac128", "aac256"):  # the last unit is 688 samples shorter
        bytes_of(f"{name}/2.m4s", short_last)(folder)
        playlist = folder / f"{name}.m3u8"
        *_, before = re.findall(r"EXTINF:([\d.]+)", playlist.read_text())
        text(before, f"{float(before) - 688 / 44_100:.9f}", playlist.name)(folder)
    for playlist in folder.glob("*.m3u8"):
        milliseconds = re.sub(r"(EXTINF:\d+\.\d{3})\d*", r"\1", playlist.read_text())
        playlist.write_text(milliseconds)
    report = examined(folder)
    assert report.ok, [one.to_json() for one in report.findings]
    assert {one.code for one in report.findings} == {"HLS-309", "HLS-322"}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.m3u8", ["-f", "hls", "-hls_segment_type", "fmp4"]),
        ("a.m3u8", ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_flags", "single_file"]),
        ("master.m3u8", ["-f", "dash", "-hls_playlist", "1", "-seg_duration", "2"]),
    ],
)
def test_what_other_packagers_write_has_no_error(
    tmp_path: Path, name: str, options: list[str]
) -> None:
    """The muxers of ffmpeg: edit lists, a short last unit, times that begin behind the delay."""
    sound = ["-f", "lavfi", "-i", "anoisesrc=d=5:r=44100:a=0.3", "-ac", "2", "-c:a", "aac"]
    made = tmp_path / ("manifest.mpd" if "dash" in options else name)
    command = [ffmpeg.locate().path, "-v", "error", *sound, *options, str(made)]
    assert spawn.run(command, timeout=60).code == 0
    report = check(FolderSource(tmp_path / name), ffmpeg.locate())
    assert report.ok, [one.to_json() for one in report.findings]
    assert {one.code for one in report.findings} >= {"HLS-109", "HLS-322"}


def test_nothing_outside_the_folder_is_read(folder: Path) -> None:
    (folder.parent / "secret.m3u8").write_text("#EXTM3U\n")
    source = FolderSource(folder)
    for address in ("../secret.m3u8", "%2e%2e/secret.m3u8", "/etc/passwd", "a\0b", "x" * 9_000):
        with pytest.raises(Absent):
            source.read(address)


def test_what_is_no_address_is_misuse() -> None:
    with pytest.raises(Misuse, match="no address"):
        HttpSource("http://[::1")


def test_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FolderSource(tmp_path / "none")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.enable_socket
def test_over_http_the_findings_are_the_same(folder: Path, served: str) -> None:
    with HttpSource(f"{served}/master.m3u8") as source:
        assert check(source, None).findings == []
    text("#EXT-X-INDEPENDENT-SEGMENTS\n", "")(folder)
    for found in (FolderSource(folder), HttpSource(f"{served}/master.m3u8")):
        levels = [(one.code, one.level) for one in check(found, None).findings]
        assert levels == [("HLS-109", "error")]
    remove("aac128/1.m4s")(folder)
    with HttpSource(f"{served}/master.m3u8") as source:
        codes = [(one.code, one.place) for one in check(source, None).findings]
        assert ("HLS-301", f"{served}/aac128/1.m4s") in codes
        with pytest.raises(Absent, match="no public address"):
            source.read("http://127.0.0.2:8080/other")


@pytest.mark.enable_socket
def test_a_start_that_is_not_there_is_no_finding(served: str) -> None:
    with HttpSource(f"{served}/none.m3u8") as source, pytest.raises(Unavailable, match="404"):
        check(source, None)


def test_a_check_ends_at_its_bounds(good: Path) -> None:
    report = check(FolderSource(good, Bounds(files=5)), None)
    assert [one.code for one in report.findings] == ["HLS-320"]
    assert not report.ok


def test_the_command_prints_json_and_exits_0_or_3(folder: Path) -> None:
    run = CliRunner().invoke
    done = run(hls_app, ["check", str(folder), "--json"])
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["ok"] is True
    assert [one["codecs"] for one in answer["renditions"]] == ["mp4a.40.2"] * 3 + ["fLaC"]
    remove("flac/0.m4s")(folder)
    done = run(hls_app, ["check", str(folder), "--json"])
    assert done.exit_code == 3
    finding = json.loads(done.stdout)["findings"][0]
    assert set(finding) == {"code", "level", "place", "message", "remedy"}
    assert "HLS-301" in run(hls_app, ["check", str(folder)]).stdout
