"""`segue validate` and `segue explain` on real folders."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from server.cli.context import Options
from server.cli.explain import explain
from server.cli.feeds import feeds_app
from server.cli.validate import validate
from tests.unit.ddex.ern.messages import ALBUM, SENDER, US

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
app = typer.Typer()
app.command("validate")(validate)
app.command("explain")(explain)
AUDIO = b"not quite audio"


@pytest.fixture(autouse=True)
def _schemas(monkeypatch: pytest.MonkeyPatch, schema_folder: SchemaFolder, tmp_path: Path) -> None:
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(schema_folder.root))
    monkeypatch.chdir(tmp_path)


def run(*words: str, folder: Path) -> Result:
    return CliRunner().invoke(app, list(words), obj=Options(data=folder / "data"))


def release(folder: Path, **changes: str) -> Path:
    """A release folder with a message and its media, hashes right unless changed."""
    text = ALBUM.replace(
        "d41d8cd98f00b204e9800998ecf8427e", hashlib.md5(AUDIO, usedforsecurity=False).hexdigest()
    )
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong)
    media = folder / "resources"
    media.mkdir(parents=True)
    for name in ("01.flac", "02.flac", "cover.jpg"):
        (media / name).write_bytes(AUDIO)
    message = folder / f"{folder.name}.xml"
    message.write_text(text, encoding="utf-8")
    return message


def report(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def codes(result: Result) -> list[str]:
    return [f["code"] for file in report(result)["files"] for f in file["findings"]]


def test_a_good_release_folder_is_accepted(tmp_path: Path) -> None:
    release(tmp_path / "4006381333931")
    found = run("validate", str(tmp_path / "4006381333931"), "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    assert report(found) == {
        "ok": True,
        "files": [
            {
                "path": str(tmp_path / "4006381333931" / "4006381333931.xml"),
                "message_type": "NewReleaseMessage",
                "version": "43",
                "message_id": "M1",
                "outcome": "accept",
                "schema": "used",
                "skipped": [3, 4],
                "findings": [],
            }
        ],
    }


def test_a_message_alone_says_what_was_not_judged(tmp_path: Path) -> None:
    message = tmp_path / "alone.xml"
    message.write_text(ALBUM, encoding="utf-8")
    found = run("validate", str(message), "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    assert report(found)["files"][0]["skipped"] == [3, 4, 20]


def test_a_batch_is_judged_message_by_message(tmp_path: Path) -> None:
    batch = tmp_path / "20260105100500123"
    release(batch / "A")
    release(batch / "B", GBAYE0601498="NONSENSE")
    (batch / "BatchComplete_20260105100500123.xml").touch()
    found = run("validate", str(batch), "--json", folder=tmp_path)
    assert found.exit_code == 3
    assert not report(found)["ok"]
    assert [file["outcome"] for file in report(found)["files"]] == ["accept", "hold"]
    assert codes(found) == ["ERN-1101"]
    finding = report(found)["files"][1]["findings"][0]
    assert list(finding) == [
        "code", "rule", "severity", "count", "file", "line", "column", "xpath", "value",
        "expected", "message", "remedy", "clause",
    ]  # fmt: skip
    assert finding["file"] == "B.xml"
    assert finding["line"] > 0
    assert finding["column"] > 0
    assert finding["rule"] == 11


def test_missing_changed_and_stray_files_are_told(tmp_path: Path) -> None:
    release(tmp_path / "A")
    media = tmp_path / "A" / "resources"
    (media / "01.flac").write_bytes(b"other")
    (media / "02.flac").unlink()
    (media / "notes.txt").write_bytes(b"x")
    found = run("validate", str(tmp_path / "A"), "--json", folder=tmp_path)
    assert sorted(codes(found)) == ["ERN-1902", "ERN-1904", "ERN-2001"]


def test_links_are_not_files(tmp_path: Path) -> None:
    release(tmp_path / "A")
    cover = tmp_path / "A" / "resources" / "cover.jpg"
    cover.unlink()
    cover.symlink_to("/etc/hostname")
    found = run("validate", str(tmp_path / "A"), "--json", folder=tmp_path)
    assert codes(found) == ["ERN-1902"]


def test_people_see_the_place_with_a_caret(tmp_path: Path) -> None:
    message = release(tmp_path / "A", GBAYE0601498="NONSENSE")
    found = run("validate", str(message), folder=tmp_path)
    assert found.exit_code == 3
    lines = found.stdout.splitlines()
    assert lines[0] == f"{message}: HOLD"
    source = next(n for n, line in enumerate(lines) if "<ISRC>NONSENSE</ISRC>" in line)
    assert lines[source].index("NONSENSE") == lines[source + 1].index("^")
    assert lines[source + 1].count("^") == len("NONSENSE")
    assert "\x1b" not in found.stdout
    assert "remedy: " in found.stdout


def test_broken_bytes_are_shown_too(tmp_path: Path) -> None:
    message = tmp_path / "broken.xml"
    message.write_bytes(b"<a>\n <b></c></a>")
    found = run("validate", str(message), folder=tmp_path)
    assert found.exit_code == 3
    assert "2 |  <b></c></a>" in found.stdout


def test_loose_messages_in_one_folder_came_alone(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml", "ACK_1.xml"):
        (tmp_path / "loose").mkdir(exist_ok=True)
        (tmp_path / "loose" / name).write_text(ALBUM, encoding="utf-8")
    (tmp_path / "loose" / "ACK_1.xml").unlink()
    found = run("validate", str(tmp_path / "loose"), "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    assert [len(file["findings"]) for file in report(found)["files"]] == [0, 0]
    people = run("validate", str(tmp_path / "loose"), folder=tmp_path).stdout
    assert "2 messages: 2 accepted, 0 held, 0 rejected" in people


def test_a_message_comes_from_stdin(tmp_path: Path) -> None:
    words = ["validate", "-", "--json"]
    found = CliRunner().invoke(app, words, input=ALBUM.encode(), obj=Options(data=tmp_path))
    assert (found.exit_code, report(found)["files"][0]["path"]) == (0, "-")


def test_links_pipes_and_hostile_names(tmp_path: Path) -> None:
    message = tmp_path / "A" / "ev\udcff\x1b[31mil.xml"
    message.parent.mkdir()
    message.write_text(ALBUM.replace("GBAYE0601498", "NONSENSE"), encoding="utf-8")
    (tmp_path / "link.xml").symlink_to(message)
    os.mkfifo(tmp_path / "pipe.xml")
    for name in ("link.xml", "pipe.xml"):
        found = run("validate", str(tmp_path / name), folder=tmp_path)
        assert name in str(found.exception)
    assert "\x1b" not in run("validate", str(message), folder=tmp_path).stdout
    assert report(run("validate", str(message.parent), "--json", folder=tmp_path))["files"]


def test_without_schemas_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(tmp_path / "none"))
    message = release(tmp_path / "A")
    found = run("validate", str(message), "--json", folder=tmp_path)
    file = report(found)["files"][0]
    assert (found.exit_code, file["schema"], file["skipped"]) == (0, "absent", [2, 3, 4])
    assert "the schema check was skipped" in run("validate", str(message), folder=tmp_path).stdout


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in ("gone", "empty"):
        found = run("validate", str(tmp_path / path), folder=tmp_path)
        assert found.exit_code != 0
        assert path in str(found.exception)


def test_codes_are_explained(tmp_path: Path) -> None:
    found = run("explain", "ern-1101", "--json", folder=tmp_path)
    assert report(found)["rule"] == 11
    text = run("explain", "ERN-1101", folder=tmp_path).stdout
    assert "<ISRC>NOT AN ISRC</ISRC>" in text
    every = run("explain", folder=tmp_path).stdout
    assert "ERN-0602" in every
    assert run("explain", "ERN-9999", folder=tmp_path).exit_code != 0


def test_a_feed_brings_sender_recipient_and_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_PARTY_DPID", US)
    made = CliRunner().invoke(
        feeds_app,
        ["create", "--name", "Night Owl", "--dpid", SENDER, "--protocol", "sftp", "--json"],
        obj=Options(data=tmp_path / "data"),
    )
    assert made.exit_code == 0, made.output
    feed = json.loads(made.stdout)["id"]
    good, foreign = release(tmp_path / "A"), release(tmp_path / "B", **{SENDER: US})
    found = run("validate", str(good), "--feed", feed, "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    assert report(found)["files"][0]["skipped"] == []
    found = run("validate", str(foreign), "--feed", feed, "--json", folder=tmp_path)
    assert codes(found) == ["ERN-0301"]
    assert run("validate", str(good), "--feed", "none", folder=tmp_path).exit_code != 0
