"""`segue validate` and `segue explain` on real folders."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from server.cli.context import Options
from server.cli.explain import explain
from server.cli.feeds import feeds_app
from server.cli.repair import repair
from server.cli.validate import validate
from tests.fixtures.environment import REPOSITORY, lacking
from tests.fixtures.ern_messages import MESSAGE_ID, RECIPIENT as US, SENDER, base, files

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
app = typer.Typer()
app.command("validate")(validate)
app.command("explain")(explain)
app.command("repair")(repair)
ALBUM = base("43").decode()
BAD_ISRC = {"<ISRC>QZNWL2600001": "<ISRC>NONSENSE"}


@pytest.fixture(autouse=True)
def _schemas(monkeypatch: pytest.MonkeyPatch, schema_folder: SchemaFolder, tmp_path: Path) -> None:
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(schema_folder.root))
    monkeypatch.chdir(tmp_path)


def run(*words: str, folder: Path) -> Result:
    return CliRunner().invoke(app, list(words), obj=Options(data=folder / "data"))


def release(folder: Path, **changes: str) -> Path:
    """A release folder with a message and its media, faultless unless changed."""
    text = ALBUM
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong)
    for name, data in files("43").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
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
                "message_id": MESSAGE_ID,
                "outcome": "accept",
                "schema": "used",
                "skipped": [3, 4, 5],
                "findings": [],
            }
        ],
    }


def test_a_message_alone_says_what_was_not_judged(tmp_path: Path) -> None:
    message = tmp_path / "alone.xml"
    message.write_text(ALBUM, encoding="utf-8")
    found = run("validate", str(message), "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    assert report(found)["files"][0]["skipped"] == [3, 4, 5, 17, 18, 20, 21]


@pytest.mark.parametrize("version", ["431", "432"])
def test_a_version_without_schema_is_read_with_a_warning(tmp_path: Path, version: str) -> None:
    message = tmp_path / "alone.xml"
    message.write_text(ALBUM.replace("/ern/43", f"/ern/{version}"), encoding="utf-8")
    found = run("validate", str(message), "--json", folder=tmp_path)
    assert (found.exit_code, codes(found)) == (0, ["ERN-0003"])
    file = report(found)["files"][0]
    assert (file["version"], file["schema"], 2 in file["skipped"]) == (version, "absent", True)


def test_a_batch_is_judged_message_by_message(tmp_path: Path) -> None:
    batch = tmp_path / "20260105100500123"
    release(batch / "A")
    release(batch / "B", **BAD_ISRC)
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
    assert sorted(codes(found)) == ["ERN-1902", "ERN-1904", "ERN-2001", "ERN-2102"]


def test_links_are_not_files(tmp_path: Path) -> None:
    release(tmp_path / "A")
    cover = tmp_path / "A" / "resources" / "cover.jpg"
    cover.unlink()
    cover.symlink_to("/etc/hostname")
    found = run("validate", str(tmp_path / "A"), "--json", folder=tmp_path)
    assert codes(found) == ["ERN-1902"]


def test_people_see_the_place_with_a_caret(tmp_path: Path) -> None:
    message = release(tmp_path / "A", **BAD_ISRC)
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


@pytest.mark.parametrize(
    ("path", "beside", "alone"),
    [
        ("all/43/first message.xml", None, True),
        ("all/43/first message.xml", "all/43/cover.jpg", False),
        ("all/4006381333931/4006381333931.xml", None, False),
        ("all/N_4006381333931_20260105100500123/4006381333931.xml", None, False),
        ("all/43/first message.xml", "all/BatchComplete_20260105100500123.xml", False),
        ("all/first message.xml", None, False),
        ("all/number 43/m.xml", None, True),
    ],
)
def test_a_bare_message_below_a_folder_came_alone_unless_it_is_a_release_of_a_batch(
    tmp_path: Path, path: str, beside: str | None, *, alone: bool
) -> None:
    for name in filter(None, (path, beside)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(ALBUM, encoding="utf-8")
    found = run("validate", str(tmp_path / "all"), "--json", folder=tmp_path)
    (file,) = json.loads(found.stdout)["files"]
    assert (20 in file["skipped"]) is alone
    assert any(one["code"] == "ERN-1902" for one in file["findings"]) is not alone


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


def test_a_release_folder_without_its_media_lacks_them(tmp_path: Path) -> None:
    for name in ("A/A.xml", "B/other.xml", "C/other.xml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(ALBUM, encoding="utf-8")
        if name.startswith("C"):
            (tmp_path / "C" / "resources").mkdir()
        found = run("validate", str((tmp_path / name).parent), "--json", folder=tmp_path)
        assert found.exit_code == 3, name
        assert codes(found) == ["ERN-1902"] * 3


def test_a_message_comes_from_stdin(tmp_path: Path) -> None:
    words = ["validate", "-", "--json"]
    found = CliRunner().invoke(app, words, input=ALBUM.encode(), obj=Options(data=tmp_path))
    assert (found.exit_code, report(found)["files"][0]["path"]) == (0, "-")


def test_links_pipes_and_hostile_names(tmp_path: Path) -> None:
    message = tmp_path / "A" / "ev\udcff\x1b[31mil.xml"
    message.parent.mkdir()
    message.write_text(ALBUM.replace("<ISRC>QZNWL2600001", "<ISRC>NONSENSE"), encoding="utf-8")
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
    assert (found.exit_code, file["schema"], file["skipped"]) == (0, "absent", [2, 3, 4, 5])
    assert "the schema check was skipped" in run("validate", str(message), folder=tmp_path).stdout


def test_a_policy_changes_severities(tmp_path: Path) -> None:
    message = release(tmp_path / "A", **{"<ISRC>QZNWL2600001</ISRC>": "<ISRC>QZNWL2600002</ISRC>"})
    outcomes = []
    for policy in ("lenient", "strict"):
        found = run("validate", str(message), "--policy", policy, "--json", folder=tmp_path)
        outcomes.append(report(found)["files"][0]["outcome"])
    assert outcomes[0] != outcomes[1]
    assert run("validate", str(message), "--policy", "soft", folder=tmp_path).exit_code == 1


def test_official_rules_only_advise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = release(tmp_path / "A")
    rules = REPOSITORY.parent / "shared" / "ddex" / "schematron"
    if not rules.is_dir():
        lacking("no official Schematron rules", "put them into ../shared/ddex/schematron")
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(rules.parent))
    file = report(run("validate", str(message), "--advice", "--json", folder=tmp_path))["files"][0]
    assert file["outcome"] == "accept"
    assert {"level", "rule", "text", "line", "column", "xpath"} == set(file["advice"][0])
    assert all(each["line"] for each in file["advice"])
    people = run("validate", str(message), "--advice", folder=tmp_path).stdout
    assert "official advice, which changes no outcome" in people
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(tmp_path))
    none = run("validate", str(message), "--advice", folder=tmp_path)
    assert "no official rules" in str(none.exception)


def test_repair_writes_beside_and_never_over(tmp_path: Path) -> None:
    message = release(tmp_path / "A", **{"<Duration>PT4S": "<Duration>PT9M"})
    before = message.read_bytes()
    out = tmp_path / "mended"
    found = run("repair", str(tmp_path / "A"), "--out", str(out), "--json", folder=tmp_path)
    assert found.exit_code == 0, found.output
    file = report(found)["files"][0]
    assert [each["code"] for each in file["before"]["findings"]] == ["ERN-1702"]
    assert file["after"] == {"outcome": "accept", "findings": []}
    assert file["mends"][0]["codes"] == ["ERN-1702"]
    assert message.read_bytes() == before
    assert (out / "A.xml").read_text("utf-8") == ALBUM
    assert "-      <Duration>PT9M</Duration>" in (out / "A.xml.diff").read_text("utf-8")
    again = run("repair", str(tmp_path / "A"), "--out", str(out), folder=tmp_path)
    assert "there already" in str(again.exception)
    good = run("repair", str(out), "--out", str(tmp_path / "more"), folder=tmp_path)
    assert "nothing that can be mended" in good.stdout
    assert not (tmp_path / "more").exists()


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
