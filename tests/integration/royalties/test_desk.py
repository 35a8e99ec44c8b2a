"""Money entered, approved and closed by operators in the console and by the API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from core.auth import Role
from server.usage import duck
from tests.integration.server.world import make_world
from tests.unit.server.royalties.made import play, usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
MONTH = "/console/royalties/2026-10"
AT = datetime(2026, 10, 15, 12)  # noqa: DTZ001 - the view's times are UTC without a zone
FIGURE = {"territory": "DE", "tier": "premium", "amount": "100", "currency": "EUR"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Forty plays in October; two pairs of eyes."""
    made = make_world(tmp_path, four_eyes=True)
    made.release()
    days = made.parts.spool_folder.parent / "usage/days"
    days.mkdir(parents=True)
    rows = [play("feed_1", "r1-1", used_at=AT, release_id="r1") for _ in range(40)]
    with usage(rows) as connection:
        for day in range(1, 32):
            where = "TRUE" if day == 15 else "FALSE"
            duck.copy(connection, f"FROM usage WHERE {where}", days / f"2026-10-{day:02}.parquet")
    yield made
    made.database.close()


def agreement(client: TestClient, **changes: Any) -> Any:  # noqa: ANN401 - an answer
    dpid = client.get("/api/v1/feeds").json()["feeds"][0]["dpid"]
    terms = {"name": "marlow", "recipient": dpid, "from": "2026-01-01", "share": "52.5%",
             "currency": "EUR", **changes}  # fmt: skip
    return client.post("/api/v1/agreements", json={"agreements": [terms]})


def test_two_operators_enter_approve_and_close_a_month_on_its_page(world: World) -> None:
    ann, ben = world.signed_in("ann", Role.OPERATOR), world.signed_in("ben", Role.OPERATOR)
    assert agreement(ann).status_code == 200
    shown = ann.get(MONTH).text
    assert "No revenue is entered" in shown
    assert "Agreements that wait" in shown
    assert "100" in ann.post(f"{MONTH}/revenue", data=FIGURE).text
    refused = ann.post(f"{MONTH}/close")
    assert refused.status_code == 409
    assert "errors" in refused.text
    for step, given in (("approve", {}), ("agreement", {"name": "marlow"})):
        mine = ann.post(f"{MONTH}/{step}", data=given)
        assert mine.status_code == 409
        assert "another operator must approve" in mine.text
        assert ben.post(f"{MONTH}/{step}", data=given).status_code == 200
    closed = ben.post(f"{MONTH}/close")
    assert closed.status_code == 200, closed.text
    assert "Issue 1, closed" in closed.text
    assert "52.5" in closed.text
    assert ben.post(f"{MONTH}/close").status_code == 409
    again = ben.post(f"{MONTH}/close", data={"reason": "one more look"})
    assert "Issue 2" in again.text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "-5"}, "-5"),
        ({"amount": ""}, ""),
        ({"amount": "1e9"}, "1e9"),
        ({"currency": "EURO"}, "EURO"),
        ({"territory": "Mars"}, "Mars"),
        ({"tier": ""}, "neither tier nor model"),
        ({"amount": "<script>alert(1)</script>"}, "&lt;script&gt;"),
        ({"withdraw": "1"}, "no such figure"),
    ],
)
def test_a_figure_that_is_none_is_told_on_the_page(
    world: World, changes: dict[str, str], told: str
) -> None:
    client = world.signed_in("ann", Role.OPERATOR)
    answer = client.post(f"{MONTH}/revenue", data=FIGURE | changes)
    assert answer.status_code == 409
    assert told.lower() in answer.text.lower()
    assert "<script>alert" not in answer.text
    assert client.get("/api/v1/royalties/2026-10/entered").json()["revenue"] == []


def test_the_api_enters_approves_and_closes(world: World) -> None:
    ann, ben = world.signed_in("ann", Role.OPERATOR), world.signed_in("ben", Role.OPERATOR)
    month = "/api/v1/royalties/2026-10"
    wrong = agreement(ann, share="2", currency="EURO")
    assert wrong.status_code == 400
    assert "share" in wrong.text
    assert "EURO" in wrong.text
    assert agreement(ann).status_code == 200
    assert ben.post("/api/v1/agreements/marlow/approve").status_code == 200
    (row,) = ann.post(f"{month}/revenue", json=FIGURE).json()["revenue"]
    assert (row["amount"], row["set_by"], row["approved_by"]) == ("100", "ann", None)
    assert ann.post(f"{month}/revenue", json=FIGURE | {"currency": "USD"}).status_code == 409
    assert ann.post(f"{month}/revenue", json=FIGURE | {"amount": 100}).status_code == 422
    assert ann.post(f"{month}/close", json={}).status_code == 400
    assert ann.post(f"{month}/revenue/approve").status_code == 403
    assert ben.post(f"{month}/revenue/approve").status_code == 200
    closed = ann.post(f"{month}/close", json={}).json()
    assert (closed["issue"], closed["statements"][0]["payable"]) == (1, "52.5")
    assert ann.post("/api/v1/royalties/2026-13/close", json={}).status_code == 400
    listener = world.signed_in()
    for path in ("revenue", "close", "revenue/approve"):
        assert listener.post(f"{month}/{path}", json=FIGURE).status_code in {403, 422}
    assert listener.post(f"{month}/close", json={}).status_code == 403
    assert listener.get(f"{month}/entered").status_code == 403


def test_every_page_of_money_opens(world: World) -> None:
    client = world.signed_in("ann", Role.OPERATOR)
    client.post(f"{MONTH}/revenue", data=FIGURE)
    for path in ("", "/2026-10", "/2026-10/statement", "/2026-10/rows", "/2026-10/rows.csv",
                 "/2026-10/simulation"):  # fmt: skip
        assert client.get(f"/console/royalties{path}").status_code == 200, path
        assert world.client().get(f"/console/royalties{path}").url.path == "/sign-in"
        if not path.endswith(".csv"):
            assert client.get(f"/api/v1/royalties{path}").status_code == 200, path
    assert client.get("/console/royalties/2026-13").status_code == 404
    assert client.post(f"{MONTH}/nonsense").status_code == 409
