"""`segue rights` on message files of every version, and on a catalogue."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from catalog.models import Feed, Recording, Release, Track
from catalog.rights_terms import ReleaseTerms, Subject
from core.settings import load
from server.cli.context import Options
from server.cli.rights import rights
from server.local import open_local
from tests.fixtures.ern_messages import base, replace_once
from tests.unit.catalog.rights_cases import terms as deal

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

pytestmark = pytest.mark.integration
app = typer.Typer()
app.command("rights")(rights)
KEYS = [
    "release_reference", "identifier", "title", "allowed", "reason", "deal",
    "since", "until", "next_change",
]  # fmt: skip
ASKED = ("--model", "SubscriptionModel", "--use", "OnDemandStream")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), obj=Options(data=folder / "data"))


def verdicts(folder: Path, *words: str) -> list[dict[str, Any]]:
    result = run(folder, *words, *ASKED, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert list(answer) == ["verdicts"]
    assert all(list(row) == KEYS for row in answer["verdicts"])
    found: list[dict[str, Any]] = answer["verdicts"]
    return found


@pytest.mark.parametrize("version", ["382", "383", "411", "42", "43"])
def test_a_message_file_of_each_version(tmp_path: Path, version: str) -> None:
    path = tmp_path / "message.xml"
    path.write_bytes(base(version))
    rows = verdicts(tmp_path, str(path), "--territory", "FR", "--at", "2026-12-01T00:00:00+01:00")
    assert [row["release_reference"] for row in rows] == ["R0", "R1", "R2"]
    assert [row["allowed"] for row in rows] == [True, True, True]
    assert rows[0]["identifier"] == "4006381333931"
    assert rows[1]["identifier"].startswith("QZ")
    assert rows[0]["deal"].startswith("/NewReleaseMessage/DealList/ReleaseDeal")
    assert (rows[0]["until"], rows[0]["next_change"]) == (None, None)
    early = verdicts(tmp_path, str(path), "--territory", "FR", "--at", "1999-01-01")
    assert not early[0]["allowed"]
    assert early[0]["reason"].startswith("not_yet: Not available in FR until ")
    assert early[0]["until"] == early[0]["next_change"] == rows[0]["since"]


def test_a_message_without_deals_and_one_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "message.xml"
    data = base("43")
    start, end = data.index(b"<DealList>"), data.index(b"</DealList>") + len(b"</DealList>")
    path.write_bytes(data[:start] + data[end:])
    assert verdicts(tmp_path, str(path))[0]["reason"].startswith("no_deals: ")
    path.write_bytes(b"<html/>")
    assert run(tmp_path, str(path), *ASKED).exit_code == 3
    path.write_bytes(replace_once(data, "<DealList>", "<DealList"))
    assert run(tmp_path, str(path), *ASKED).exit_code == 3
    folder = tmp_path / "release"
    folder.mkdir()
    assert getattr(run(tmp_path, str(folder), *ASKED).exception, "exit_code", 0) == 4
    (folder / "a.xml").write_bytes(data)
    assert len(verdicts(tmp_path, str(folder))) == 3


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--territory", "UK"), "did you mean GB?"),
        (("--territory", "Germany"), "did you mean DE?"),
        (("--territory", "💥"), "ISO 3166-1"),
        (("--model", "Subscription"), "did you mean SubscriptionModel?"),
        (("--use", "ondemand"), "did you mean OnDemandStream?"),
        (("--at", "tomorrow"), "2026-07-01"),
        (("--at", "2026-02-30"), "2026-07-01"),
        (("--feed", "feed_nobody"), "segue feeds list"),
    ],
)
def test_a_question_that_means_nothing(tmp_path: Path, words: tuple[str, ...], remedy: str) -> None:
    path = tmp_path / "message.xml"
    path.write_bytes(base("43"))
    result = run(tmp_path, str(path), *words)
    assert result.exception is not None
    assert getattr(result.exception, "exit_code", 0) == (4 if "--feed" in words else 2)
    assert remedy in getattr(result.exception, "remedy", "")


def test_nothing_found(tmp_path: Path) -> None:
    for name in (
        "nothing",
        "GBAYE9999999",
        "00000000000000",
        "missing.xml",
        "a/b",
        "\x00",
        "💥" * 99,
    ):
        result = run(tmp_path, name, *ASKED)
        assert getattr(result.exception, "exit_code", 0) == 4, name


def _fill(folder: Path, policy: dict[str, Any], locked: str = "") -> None:
    main = Subject(reference="R0", identifier="4006381333931", title="Album", deals=(0,))
    track = Subject(reference="R1", kind="TrackRelease", identifier="GBAYE2600001", title="One",
                    recording="rec1", resources=("A1",), deals=(1,))  # fmt: skip
    other = Subject(reference="R2", kind="TrackRelease", title="Two", recording="rec2")
    terms = ReleaseTerms(
        (main, track, other),
        (deal("DE : Sub / OD : 2026-01-01..", 1), deal("FR : Sub / OD : 2026-12-12..", 2)),
    )
    settings = load(None, flags={"data": folder / "data"})
    with open_local(settings) as local, local.database.write() as session:
        session.add(
            Feed(id="feed_1", name="Label", dpid="PADPIDA0000000001A", protocol="sftp",
                 username="label", policy=policy, created_at=NOW)
        )  # fmt: skip
        session.flush()
        session.add(
            Release(id="rel1", feed_id="feed_1", owner="PADPIDA0000000001A",
                    identity="04006381333931", icpn="4006381333931", title="Album",
                    grid="A1NWLX12026000001Z",
                    state="available", message_digest="0" * 64, order_key="",
                    rights=terms.to_json(), rights_digest=terms.digest, locked=locked,
                    published_at=NOW)
        )  # fmt: skip
        for n in (1, 2):
            session.add(Recording(id=f"rec{n}", owner="PADPIDA0000000001A",
                                  isrc=f"GBAYE260000{n}", title=f"Song {n}"))  # fmt: skip
        session.flush()
        for n in (1, 2):
            session.add(Track(release_id="rel1", position=n, recording_id=f"rec{n}", title=""))


def test_a_release_of_the_catalogue_by_all_its_names(tmp_path: Path) -> None:
    _fill(tmp_path, {})
    asked = ("--territory", "FR", "--at", "2026-12-12T00:00")
    everything = verdicts(tmp_path, "rel1", *asked)
    assert [(row["release_reference"], row["title"], row["allowed"]) for row in everything] == [
        ("R0", "Album", False), ("R1", "One", True), ("R2", "Two", False)
    ]  # fmt: skip
    assert everything[0]["reason"] == "no_deal_here: No deal for France (FR). (TerritoryCode)"
    for name in ("4006381333931", "04006381333931", "A1-NWLX1-2026000001-Z"):
        assert verdicts(tmp_path, name, *asked) == everything
    mistyped = run(tmp_path, "Q4006381333931", *asked)
    assert getattr(mistyped.exception, "exit_code", 0) == 4, "a number is no part of a name"
    by_isrc = verdicts(tmp_path, "GB-AYE-26-00001", *asked)
    assert [row["release_reference"] for row in by_isrc] == ["R0", "R1"]
    assert by_isrc[1]["since"] == "2026-12-11T23:00:00+00:00"
    plain = run(tmp_path, "rel1", *asked, *ASKED)
    assert "no_deal_here" in plain.output


def test_the_policy_of_its_feed_counts_and_so_does_an_operators_decision(tmp_path: Path) -> None:
    _fill(tmp_path, {"rights": {"album_covers_tracks": False}})
    asked = ("--territory", "DE", "--at", "2026-07-01")
    assert [row["allowed"] for row in verdicts(tmp_path, "rel1", *asked)] == [True, False, False]
    path = tmp_path / "message.xml"
    path.write_bytes(base("43"))
    assert verdicts(tmp_path, str(path), "--feed", "feed_1", *asked)
    kept = tmp_path / "kept"
    kept.mkdir()
    _fill(kept, {}, locked="take_down")
    rows = verdicts(kept, "rel1", *asked)
    assert {row["reason"] for row in rows} == {"taken_down: It has been taken down."}
    assert not any(row["allowed"] for row in rows)


def test_what_is_not_asked_is_the_visitors_tier_and_now(tmp_path: Path) -> None:
    path = tmp_path / "message.xml"
    path.write_bytes(base("43"))
    result = run(tmp_path, str(path), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["verdicts"][0]["release_reference"] == "R0"
