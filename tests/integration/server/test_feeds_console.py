"""Feeds on the console: what an operator reads, types and is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.auth import Role
from ingest.feed_accounts import FeedAccounts
from tests.integration.server.feeds import DPID, KEY

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"
FORM = {"name": "Northpier", "dpids": DPID, "protocols": "sftp", "choreography": "batch-1.8"}


@pytest.fixture
def operator(world: World) -> TestClient:
    return world.signed_in("olga", Role.OPERATOR)


def _secret(text: str) -> str:
    [found] = re.findall(r'data-copy="([^"]+)"', text)
    return str(found)


def _made(operator: TestClient, **fields: str) -> tuple[str, str]:
    """The address of a new feed's page, and its secret."""
    shown = operator.post("/console/feeds", data={**FORM, **fields})
    assert shown.status_code == 200, shown.text
    [feed_id] = set(re.findall(r"/console/feeds/(feed_\w+)/edit", shown.text))
    return f"/console/feeds/{feed_id}", _secret(shown.text)


def test_only_operators_see_it(world: World) -> None:
    stranger, listener = world.client(), world.signed_in()
    for path in ("/console/feeds", "/console/feeds/new", "/console/feeds/feed_1"):
        assert stranger.get(path, follow_redirects=False).status_code == 303
        assert listener.get(path).status_code == 403
    assert listener.post("/console/feeds", data=FORM).status_code == 403
    operator = world.signed_in("olga", Role.OPERATOR)
    cross = {"sec-fetch-site": "cross-site"}
    assert operator.post("/console/feeds", data=FORM, headers=cross).status_code == 403


def test_a_feed_is_made_and_its_secret_shown_once(world: World, operator: TestClient) -> None:
    page, password = _made(operator, quota_bytes="50GB")
    assert password not in operator.get(page).text
    assert "50GB" in operator.get(page).text
    accounts = FeedAccounts(world.database, "sftp", clock=world.clock)
    assert accounts.authenticate_password("northpier", password, "peer")
    assert "Northpier" in operator.get("/console/feeds").text


def test_what_was_typed_stays_when_it_is_wrong(operator: TestClient) -> None:
    wrong = operator.post("/console/feeds", data={**FORM, "networks": EVIL, "name": "Harbour"})
    assert wrong.status_code == 400
    assert "is no network" in wrong.text
    assert 'value="Harbour"' in wrong.text
    assert EVIL not in wrong.text
    assert "Harbour" not in operator.get("/console/feeds").text
    no_door = {key: value for key, value in FORM.items() if key != "protocols"}
    assert "No door for" in operator.post("/console/feeds", data=no_door).text


def test_the_edit_form_changes_what_was_changed_alone(operator: TestClient) -> None:
    page, _ = _made(operator, schedule="mon-fri 08:00-18:00 Europe/Berlin", types="wav")
    form = operator.get(f"{page}/edit").text
    shown = dict(re.findall(r'<input id="[^"]+" name="([^"]+)" value="([^"]*)"', form))
    assert shown["schedule"] == "mon-fri 08:00-18:00 Europe/Berlin"
    sent = {**FORM, **shown, "acknowledgement": "none", "types": "wav, flac", "process": "auto"}
    operator.post(f"{page}/edit", data=sent)
    said = operator.get(page).text
    for part in ("wav, flac", "mon-fri 08:00-18:00", "gets no acknowledgements"):
        assert part in said


def test_secrets_turn_and_end(world: World, operator: TestClient) -> None:
    page, old = _made(operator)
    accounts = FeedAccounts(world.database, "sftp", clock=world.clock)
    turned = operator.post(f"{page}/rotate", data={"kind": "password", "overlap_hours": "1"})
    new = _secret(turned.text)
    assert all(accounts.authenticate_password("northpier", each, "peer") for each in (old, new))
    world.clock.advance(timedelta(hours=2))
    assert not accounts.authenticate_password("northpier", old, "peer")
    operator.post(f"{page}/credentials", data={"kind": "public_key", "value": KEY, "label": EVIL})
    shown = operator.get(page).text
    assert EVIL not in shown
    assert "SHA256:" in shown
    for end in re.findall(r'action="([^"]+/end)"', shown):
        operator.post(end)
    assert not accounts.authenticate_password("northpier", new, "peer")
    for wrong in ({"kind": "nothing"}, {"kind": "password", "overlap_hours": "-1"}):
        assert operator.post(f"{page}/rotate", data=wrong).status_code == 409


def test_a_feed_is_shut_out_and_deleted_by_its_name(operator: TestClient) -> None:
    page, _ = _made(operator)
    operator.post(f"{page}/switch", data={"to": "disabled", "reason": "unpaid"})
    assert "Enable the feed" in operator.get(page).text
    refused = operator.post(f"{page}/delete", data={"confirm": "Southpier"})
    assert (refused.status_code, "does not match" in refused.text) == (409, True)
    operator.post(f"{page}/delete", data={"confirm": "Northpier"})
    assert operator.get(page).status_code == 404
    assert "Northpier" not in operator.get("/console/feeds").text


def test_the_figures_are_drawn(world: World, operator: TestClient) -> None:
    assert "No delivery in the last 30 days" in operator.get("/console/feeds/feed_1").text
    world.delivery("d1", "refused")
    world.delivery("d2", "live")
    shown = operator.get("/console/feeds/feed_1").text
    assert "2 deliveries, 1 failed" in shown
    assert '/console/deliveries/d2"' in shown


def test_without_feeds_the_page_teaches(operator: TestClient) -> None:
    operator.post("/console/feeds/feed_1/delete", data={"confirm": "Test Distribution"})
    shown = operator.get("/console/feeds").text
    assert "Nobody may deliver yet" in shown
    assert "segue feeds create" in shown
