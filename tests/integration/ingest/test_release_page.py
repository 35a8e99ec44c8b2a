"""What operators decide about a release, by its page and by the API, over a real log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from core.auth import Role
from server.accounts.store import NewAccount, create_account
from tests.fixtures.packages import SIDES
from tests.integration.ingest.batches import SHORT, batch, retitled, without_media
from tests.integration.ingest.test_lifecycle import OTHER
from tests.integration.ingest.test_scenario import PASSWORD, application

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def client(world: World, folder: Path, role: Role = Role.OPERATOR) -> TestClient:
    new = NewAccount(name=role.value, role=role, territory="GB", tier="premium", password=PASSWORD)
    with world.database.write() as session:
        create_account(session, new, world.clock())
    found = TestClient(application(world, folder), base_url="http://segue.test")
    said = {"name": role.value, "password": PASSWORD}
    assert found.post("/api/v1/session", json=said).is_success
    return found


def decide(operator: TestClient, page: str, **fields: str) -> httpx2.Response:
    return operator.post(f"{page}/decide", data=fields, follow_redirects=False)


def test_the_page_of_a_release_decides(world: World, tmp_path: Path) -> None:
    world.send_one(batch(tmp_path / "1").folder)
    release = world.release()
    operator = client(world, tmp_path)
    page = f"/console/releases/{release.id}"
    shown = operator.get(f"{page}?territory=GB").text
    for part in ("What its deals say", "allowed", "DealList/ReleaseDeal", "SubscriptionModel"):
        assert part in shown
    assert decide(operator, page, decision="take_down", reason=" ").status_code == 409
    assert decide(operator, page, decision="burn", reason="why").status_code == 409
    assert world.release().locked == ""

    assert decide(operator, page, decision="take_down", reason="a <court>").status_code == 303
    assert (world.release().state, world.events()[-1]) == ("taken_down", "taken_down")
    shown = operator.get(page).text
    assert "a &lt;court&gt;" in shown
    assert "operator: operator" in shown
    assert "It has been taken down." in shown
    assert 'value="restore"' in shown
    again = decide(operator, page, decision="take_down", reason="twice")
    assert (again.status_code, "kept down already" in again.text) == (409, True)
    assert decide(operator, page, decision="restore", reason="settled").status_code == 303
    assert world.release().state == "available"
    assert decide(operator, page, decision="purge", reason="wish").status_code == 303
    assert world.events()[-1] == "purged"
    gone = operator.get(page)
    assert gone.status_code == 200
    assert "wish" in gone.text
    assert 'value="purge"' not in gone.text


def test_only_operators_of_our_own_pages(world: World, tmp_path: Path) -> None:
    world.send_one(batch(tmp_path / "1").folder)
    page = f"/console/releases/{world.release().id}"
    listener = client(world, tmp_path, Role.LISTENER)
    assert decide(listener, page, decision="purge", reason="mine").status_code == 403
    api = f"/api/v1/releases/{world.release().id}"
    why = {"reason": "mine"}
    for path in ("take-down", "restore", "purge"):
        assert listener.post(f"{api}/{path}", json=why).status_code == 403
    operator = client(world, tmp_path)
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
    for address in (f"{page}/decide", f"{api}/purge"):
        assert operator.post(address, json=why, headers=foreign).status_code == 403
    assert world.events() == ["made_available"]


def test_a_release_changes_hands_by_the_api(world: World, tmp_path: Path) -> None:
    world.send_one(batch(tmp_path / "1").folder)
    before = world.release()
    mine, world.feed = world.feed, world.make_feed("other")
    world.change_feed(dpid=OTHER)
    operator = client(world, tmp_path)
    api = f"/api/v1/releases/{before.id}"
    assert operator.post(f"{api}/transfer", json={"reason": "sold"}).status_code == 422
    unknown = operator.post(f"{api}/transfer", json={"reason": "sold", "feed": "nobody"})
    assert unknown.status_code == 404
    told = operator.post(f"{api}/transfer", json={"reason": "sold", "feed": world.feed})
    assert told.status_code == 200, told.text
    [decision] = told.json()["decisions"]
    assert (decision["kind"], decision["reason"]) == ("transfer", "sold")
    assert decision["by"] == "operator: operator"
    assert decision["details"]["from"] == mine
    twice = operator.post(f"{api}/transfer", json={"reason": "sold", "feed": world.feed})
    assert twice.status_code == 409
    other = replace(SHORT, sides=replace(SIDES, sender_dpid=OTHER))
    update = batch(tmp_path / "2", without_media, retitled("Moved"), minute=5, shapes=(other,))
    assert world.send_one(update.folder).state == "live"
    assert (world.release().id, world.release().title) == (before.id, "Moved")
