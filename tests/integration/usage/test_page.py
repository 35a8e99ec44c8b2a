"""The page of usage and its commands, over plays that the API took."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from catalog.models import Account, ListenerKey, Play
from core.auth import Role
from core.database import Database
from core.sealed import Sealer
from migrations import upgrade
from server.cli import app
from server.usage.ledger import Ledger
from server.usage.listeners import Listeners
from server.usage.signing import Signer
from server.usage.store import UsageStore
from tests.integration.server.test_scrobbles import scrobble, told
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.database.close()


def test_what_was_heard_stands_on_the_page(world: World) -> None:
    world.release()
    client = world.signed_in()
    operator = world.signed_in("olga", Role.OPERATOR)
    assert "Nothing was heard" in operator.get("/console/usage").text
    told(client, scrobble(world), scrobble(world, timedelta(hours=1), id="two", heard_ms=5_000))
    world.loader.run_once()
    shown = operator.get("/console/usage").text
    assert 'class="plot' in shown
    assert "21 November 2026: 1 play, 1 listener" in shown
    assert "Not heard long enough" in shown
    assert "1 not closed yet" in shown
    assert "Nothing was heard" in operator.get("/console/usage?territory=JP").text
    assert "Nothing was heard" in operator.get("/console/usage?feed=%3Cb%3E").text
    assert "first=2026-10-01&amp;last=2026-10-31" in shown  # last month
    assert "first=2026-11-01&amp;last=2026-11-21" in shown
    wrong = operator.get("/console/usage?first=soon")
    assert wrong.status_code == 400
    assert "no day" in wrong.text
    assert operator.get("/console/usage?first=2026-11-21&last=2026-01-01").status_code == 400
    assert client.get("/console/usage").status_code == 403


def test_quarantined_plays_are_shown_with_reasons_and_lifted(world: World) -> None:
    world.release()
    robot, operator = world.signed_in(), world.signed_in("olga", Role.OPERATOR)
    robot.headers["user-agent"] = "Examplebot/1.0 (+https://example.com)"
    (taken,) = told(robot, scrobble(world, timedelta(days=2), ended=True))
    world.loader.run_once()
    here = "/console/usage/quarantine"
    lifted = {"play": taken["play_id"], "reason": "our own reader of pages"}
    shown = operator.get(here).text
    assert "judged anew" in shown
    assert "No closed day has a play" in operator.post(here, data=lifted).text
    folder = world.parts.spool_folder.parent
    listeners = Listeners(world.database, Sealer(folder / "keys"), world.clock)
    store = UsageStore(world.database, folder / "usage", keys=listeners)
    ledger = Ledger(world.database, store, Signer(folder / "keys"), listeners, world.clock)
    ledger.close_due()
    shown = operator.get(here).text
    assert taken["play_id"] in shown
    assert "says that it is a program" in shown
    assert "1 in quarantine" in operator.get("/console/usage").text
    assert operator.post(here, data={"reason": "none chosen"}).status_code == 400
    assert operator.post(here, data={**lifted, "reason": " "}).status_code == 400
    with world.database.write() as session:
        session.get_one(Play, taken["play_id"]).rendition = "flac"
    (listed,) = operator.get("/api/v1/usage/quarantine").json()["plays"]
    assert (listed["reason"], listed["open"], listed["rendition"]) == ("bot", False, "flac")
    assert "Nothing is in quarantine" in operator.post(here, data=lifted).text
    again = {"plays": [taken["play_id"]], "verdict": "excluded", "reason": "no"}
    assert operator.post("/api/v1/usage/verdicts", json=again).status_code == 409
    assert operator.get("/api/v1/usage").json()["totals"]["plays"] == 1
    for path in (here, "/api/v1/usage/quarantine"):
        assert robot.get(path).status_code == 403
    assert robot.post("/api/v1/usage/verdicts", json=again).status_code == 403


def test_the_commands_close_prove_verify_correct_and_erase(tmp_path: Path) -> None:
    data = tmp_path / "data"
    runner, settings = CliRunner(), {"SEGUE_DATA": str(data)}

    def segue(*words: str, code: int = 0) -> str:
        done = runner.invoke(app, ["usage", *words], env=settings)
        assert getattr(done.exception, "exit_code", done.exit_code) == code, done.output
        return done.stdout

    data.mkdir()
    database = Database(f"sqlite:///{data / 'segue.db'}")
    upgrade(database.engine)
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with database.write() as session:
        session.add(
            Account(id="acc_1", name="ada", password_hash="", role="listener", territory="GB",
                    tier="premium", created_at=at)
        )  # fmt: skip
        session.add(
            Play(id="p1", account_id="acc_1", release_id="r", recording_id="x", feed_id="f",
                 territory="GB", tier="premium", model="m", use="u", duration_ms=60_000,
                 heard_ms=60_000, ended=True, opened_at=at, updated_at=at)
        )  # fmt: skip
    (closed,) = json.loads(segue("close", "2026-11-01", "--json"))
    assert (closed["rows"], closed["counts"]) == (1, {"counted": 1})
    found = json.loads(segue("show", "--first", "2026-11-01", "--last", "2026-11-02", "--json"))
    assert (found["totals"]["plays"], found["closed"]) == (1, "2026-11-01")
    proof, key = tmp_path / "proof.json", tmp_path / "key.pem"
    proof.write_text(segue("prove", "p1"))
    key.write_text(segue("key"))
    assert json.loads(segue("verify", str(proof), "--key", str(key), "--json"))["ok"]
    assert json.loads(segue("verify", "2026-11-01", "--json"))["kind"] == "day"
    proof.write_text(proof.read_text().replace('"GB"', '"DE"'))
    segue("verify", str(proof), code=3)
    segue("verify", "nothing", code=2)
    segue("prove", "p2", code=4)
    assert json.loads(segue("quarantine", "--json"))["plays"] == []
    segue("correct", "p1", "--verdict", "excluded", "--reason", "ours")
    done = runner.invoke(app, ["listeners", "erase", "ADA", "--yes", "--json"], env=settings)
    assert done.exit_code == 0, done.output
    with database.read() as session:
        assert session.get(Account, "acc_1") is None
        assert session.get(ListenerKey, "acc_1") is None
        assert session.get_one(Play, "p1").account_id != "acc_1"
    database.close()
    assert json.loads(segue("days", "--json"))[0]["day"] == "2026-11-01"
