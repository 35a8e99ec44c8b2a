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

from core.errors import NotFound
from server.cli.hls import hls_app
from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode import ffmpeg, mp4
from transcode.check import check
from transcode.findings import FAULTS
from transcode.pipeline import Transcoder
from transcode.sources import FolderSource, HttpSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from transcode.check import Report

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one published track of three segments."""
    root = tmp_path_factory.mktemp("good")
    tool = ffmpeg.locate()
    pcm = signals.integers(signals.music(560_000), 16)
    track = signals.source(tool, signals.write_wav(root / "m.wav", pcm, rate=44_100, bits=16))
    (done,) = Transcoder(local_store(root / "objects"), root / "work", tool).album([track])
    return root / "objects" / "hls" / done.asset


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "asset"))


def examined(folder: Path, *, decode: bool = False) -> Report:
    return check(FolderSource(folder), ffmpeg.locate() if decode else None)


def text(pattern: str, replacement: str, name: str = "aac128.m3u8") -> Callable[[Path], None]:
    """Rewrite a playlist; the pattern must be there."""

    def plant(folder: Path) -> None:
        path = folder / name
        before = path.read_text()
        after = re.sub(pattern, replacement, before, count=1, flags=re.MULTILINE | re.DOTALL)
        assert after != before
        path.write_text(after)

    return plant


def master(pattern: str, replacement: str) -> Callable[[Path], None]:
    return text(pattern, replacement, "master.m3u8")


def bytes_of(name: str, change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    """Rewrite a binary file."""

    def plant(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        change(data)
        (folder / name).write_bytes(data)

    return plant


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def add(target: bytes, offset: int, amount: int) -> Callable[[bytearray], None]:
    """Change the 32-bit number at `offset` behind the four letters of a box."""

    def change(data: bytearray) -> None:
        at = data.index(target) + 4 + offset
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + amount).to_bytes(4, "big")

    return change


def swap(old: bytes, new: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        at = data.index(old)
        data[at : at + len(old)] = new

    return change


def spoil_mdat(data: bytearray) -> None:
    at = data.index(b"mdat") + 100
    data[at : at + 3_000] = bytes(range(250)) * 12


def twice(data: bytearray) -> None:
    data.extend(bytes(data))


def shorter_cut(folder: Path) -> None:
    """Move one access unit from the first segment's count to nowhere: both cuts move."""
    for name, amount in (("aac128/1.m4s", -1_024), ("aac128/2.m4s", -1_024)):
        data = bytearray((folder / name).read_bytes())
        add(b"tfdt", 8, amount)(data)
        (folder / name).write_bytes(data)


def edit_list(data: bytearray) -> None:
    """Insert an edit list of one entry behind the track header; all sizes above it grow."""
    elst = b"elst" + bytes(4) + (1).to_bytes(4, "big") + bytes(4) + (1024).to_bytes(4, "big")
    elst = (len(elst) + 8).to_bytes(4, "big") + elst + (0x10000).to_bytes(4, "big")
    edts = (len(elst) + 8).to_bytes(4, "big") + b"edts" + elst
    tkhd = data.index(b"tkhd") - 4
    at = tkhd + int.from_bytes(data[tkhd : tkhd + 4], "big")
    for box in (b"moov", b"trak"):
        add(box, -8, len(edts))(data)
    data[at:at] = edts


def stated_delay(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["renditions"][1]["padding"] += 1
    path.write_text(json.dumps(manifest))


def score_once(folder: Path) -> None:
    master(r"STREAM-INF:", "STREAM-INF:SCORE=1.0,")(folder)


PLANTED: list[tuple[str, Callable[[Path], None]]] = [
    ("HLS-101", text(r"\A#EXTM3U\n", "")),
    ("HLS-102", text(r"\A", "\ufeff")),
    ("HLS-102", bytes_of("aac128.m3u8", swap(b"ENDLIST", b"END\xffIST"))),
    ("HLS-103", master("BANDWIDTH=", "BANDWIDTH ")),
    ("HLS-103", text(r'URI="', "URI=")),
    ("HLS-103", text(r"TARGETDURATION:6", "TARGETDURATION:six")),
    ("HLS-104", text(r"(#EXT-X-VERSION:7\n)", r"\1\1")),
    ("HLS-105", text("VERSION:7", "VERSION:3")),
    ("HLS-105", text("#EXT-X-VERSION:7\n", "")),
    ("HLS-106", text("#EXT-X-TARGETDURATION:6\n", "")),
    ("HLS-107", text(r"#EXTINF:[^\n]*\n", "")),
    ("HLS-107", text(r"EXTINF:[\d.]+,", "EXTINF:long,")),
    ("HLS-108", text("#EXT-X-ENDLIST\n", "")),
    ("HLS-109", text("#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    ("HLS-110", text("^aac128/0.m4s", "/aac128/0.m4s")),
    ("HLS-110", text("^aac128/0.m4s", "../asset/aac128/0.m4s")),
    ("HLS-110", master("^aac64.m3u8", "https://cdn.example/aac64.m3u8")),
    ("HLS-111", text(r"#EXT-X-MAP[^\n]*\n", "")),
    ("HLS-112", text(r"#EXTINF.*m4s\n", "")),
    ("HLS-113", master("#EXT-X-INDEPENDENT", "#EXT-X-TARGETDURATION:6\n#EXT-X-INDEPENDENT")),
    ("HLS-201", master(r":BANDWIDTH=\d+,", ":")),
    ("HLS-202", master(r',CODECS="[^"]+"', "")),
    ("HLS-203", master(r":BANDWIDTH=\d+", ":BANDWIDTH=40000")),
    ("HLS-204", master(r"AVERAGE-BANDWIDTH=\d+", "AVERAGE-BANDWIDTH=40000")),
    ("HLS-205", master("mp4a.40.2", "mp4a.40.5")),
    ("HLS-206", master(r"AVERAGE-BANDWIDTH=\d+,", "")),
    ("HLS-207", score_once),
    ("HLS-208", master(r":BANDWIDTH=\d+", ":BANDWIDTH=400000")),
    ("HLS-209", master("^aac64.m3u8", "aac128.m3u8")),
    ("HLS-301", remove("aac128/1.m4s")),
    ("HLS-301", remove("flac/init.mp4")),
    ("HLS-301", remove("aac64.m3u8")),
    ("HLS-302", text("TARGETDURATION:6", "TARGETDURATION:5")),
    ("HLS-303", text(r"EXTINF:5.944308390", "EXTINF:5.944400000")),
    ("HLS-304", bytes_of("aac128/1.m4s", add(b"tfdt", 8, 1_024))),
    ("HLS-305", bytes_of("aac128/1.m4s", swap(b"traf", b"tr4f"))),
    ("HLS-305", bytes_of("aac128/init.mp4", swap(b"esds", b"ezds"))),
    ("HLS-306", bytes_of("aac128/init.mp4", add(b"mdhd", 12, 1))),
    ("HLS-307", shorter_cut),
    ("HLS-308", bytes_of("aac128/2.m4s", lambda data: mp4.fill_last(data, 336))),
    ("HLS-309", bytes_of("aac128/init.mp4", edit_list)),
    ("HLS-310", bytes_of("aac128/1.m4s", add(b"trun", 16, 1))),
    ("HLS-311", text(r"#EXTINF:[^\n]*\naac128/2.m4s\n", "")),
    ("HLS-314", bytes_of("aac128/1.m4s", twice)),
    ("HLS-401", stated_delay),
]


IDS = [f"{code}-{index}" for index, (code, _) in enumerate(PLANTED)]


@pytest.mark.parametrize(("code", "plant"), PLANTED, ids=IDS)
def test_a_planted_fault_is_found(folder: Path, code: str, plant: Callable[[Path], None]) -> None:
    plant(folder)
    report = examined(folder)
    found = [one for one in report.findings if one.code == code]
    assert found, [one.to_json() for one in report.findings]
    assert all(one.message.startswith(FAULTS[code].meaning) and one.place for one in found)
    assert report.ok == all(one.level == "warning" for one in report.findings)


@pytest.mark.parametrize("name", ["aac128/1.m4s", "flac/1.m4s"])
def test_a_segment_that_does_not_decode_is_named(folder: Path, name: str) -> None:
    bytes_of(name, spoil_mdat)(folder)
    found = examined(folder, decode=True).findings
    assert [(one.code, one.place) for one in found if one.code == "HLS-312"] == [("HLS-312", name)]


def test_decoding_that_gives_other_samples_is_found(folder: Path) -> None:
    """A FLAC block whose header claims more samples than trun says."""
    bytes_of("flac/2.m4s", lambda data: mp4.fill_last(data, 100))(folder)
    assert "HLS-313" in {one.code for one in examined(folder, decode=True).findings}


def test_every_code_of_the_table_is_planted() -> None:
    assert {code for code, _ in PLANTED} | {"HLS-312", "HLS-313"} == set(FAULTS)


@pytest.mark.parametrize("start", ["", "adaptive.m3u8", "lossless.m3u8", "aac64.m3u8"])
def test_good_output_has_no_finding(good: Path, start: str) -> None:
    report = examined(good / start, decode=True)
    assert report.findings == []
    assert report.ok
    assert len(report.renditions) == {"": 4, "adaptive.m3u8": 3}.get(start, 1)


def test_nothing_outside_the_folder_is_read(folder: Path) -> None:
    (folder.parent / "secret.m3u8").write_text("#EXTM3U\n")
    source = FolderSource(folder)
    assert source.read("../secret.m3u8") is None
    assert source.read("%2e%2e/secret.m3u8") is None
    assert source.read("/etc/passwd") is None


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
        assert check(source, None).to_json()["ok"]
    remove("aac128/1.m4s")(folder)
    with HttpSource(f"{served}/master.m3u8") as source:
        codes = [(one.code, one.place) for one in check(source, None).findings]
        assert ("HLS-301", f"{served}/aac128/1.m4s") in codes
        assert source.read("http://127.0.0.2:1/other") is None


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
