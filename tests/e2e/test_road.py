"""The main job: an album over SFTP, played in a real browser, stands in a DSR. No fakes."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import browser, variable
from tests.fixtures.service import SEGUE

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

SCREENSHOTS = variable("SEGUE_TEST_SCREENSHOTS")
"""Where to keep the pictures; `docs/images` renews those of the README."""


def test_the_whole_road(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    browser()  # in CI the part in the browser must not be skipped
    pictures = Path(SCREENSHOTS) if SCREENSHOTS else tmp_path / "pictures"
    env = {"SEGUE_DDEX_SCHEMAS": str(schema_folder.root), "HOME": str(tmp_path)}

    done = spawn.run(
        [SEGUE, "demo", "--once", "--json", "--screenshots", str(pictures)], timeout=280, env=env
    )

    assert done.out, done.err
    report = json.loads(done.out)
    assert report["ok"], report["steps"]
    assert done.code == 0
    assert [step["name"] for step in report["steps"]] == [
        *("serve", "feed", "accounts", "make", "deliver", "search", "stream", "play"),
        *("count", "revenue", "dsr"),
    ]
    _delivered(report["delivery"])
    _released(report["release"])
    assert report["player"]["skipped"] is None
    assert report["player"]["played_seconds"] >= 35
    assert report["search"]["hits"][0]["title"] == report["release"]["title"]
    assert report["dsr"] == {"file": report["dsr"]["file"], "rows": 1, "valid": True}
    assert report["dsr"]["file"].startswith("DSR_")
    assert (pictures / "player.png").stat().st_size > 20_000


def _delivered(delivery: dict[str, object]) -> None:
    assert delivery["protocol"] == "sftp"
    assert delivery["state"] == "live"
    assert delivery["findings"] == []
    assert delivery["files"] == 6, "three tracks, a cover, the message and the completion"
    assert str(delivery["acknowledgement"]).startswith("acknowledgements/ACK_")


def _released(release: dict[str, object]) -> None:
    tracks = release["tracks"]
    assert isinstance(tracks, list)
    assert len(tracks) == 3
    assert all(40 <= track["seconds"] <= 60 for track in tracks)
    assert all("/m/" in track["hls"] for track in tracks)


def test_the_demo_stays_up_until_it_is_told_to_stop(schema_folder: SchemaFolder) -> None:
    """`make run`: it invites, stays, ends on SIGTERM and leaves nothing behind."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "demo.log"
        env = {
            "SEGUE_DDEX_SCHEMAS": str(schema_folder.root),
            "HOME": folder,
            "TMPDIR": folder,
            "SEGUE_WEB_PORT": "0",
        }
        with log.open("wb") as told:
            child = spawn.start([SEGUE, "demo"], stderr=told, stdout=told, env=env)
        try:
            _wait_for(log, "Ctrl-C stops the demo")
            text = log.read_text()
            assert "http://127.0.0.1:" in text
            assert "sftp://127.0.0.1:" in text
            assert child.poll() is None
        finally:
            child.terminate()
            assert child.wait(timeout=160) == 0
        assert not list(Path(folder).glob("segue-demo-*"))


def _wait_for(log: Path, text: str) -> None:
    for _ in range(900):
        if text in log.read_text():
            return
        time.sleep(0.1)
    pytest.fail(f"no {text!r} in:\n{log.read_text()}")
