"""What every answer has: headers, one error shape, health, and a document that is true."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import BaseModel
from starlette.routing import Mount, Route

from catalog.models import Answer, BanRow, Release
from core.auth import Role
from core.errors import Conflict
from server.api import models
from server.api.openapi import statuses
from server.api.table import OPERATIONS
from server.app import create_app, serve_web
from tests.fixtures.ern_messages import base
from tests.integration.server.feeds import kept_feeds
from tests.integration.server.test_plays import OPEN, opened
from tests.integration.server.test_scrobbles import scrobble
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


def test_every_answer_carries_the_security_headers(world: World) -> None:
    client = world.client()
    for path in ("/", "/healthz", "/api/v1/session", "/nothing", "/m/x", "/art/x", "/api/v1/no"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16


def test_programs_get_json_and_people_get_pages(world: World) -> None:
    client = world.client()
    for path in ("/api/v1/nothing", "/m/x/y", "/art/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert set(answer.json()["error"]) >= {"code", "message", "remedy"}
    page = client.get("/releases/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert client.post("/api/v1/releases").json()["error"]["code"] == "method_wrong"


def test_pages_of_other_sites_can_change_nothing(world: World) -> None:
    client = world.signed_in()
    foreign: list[dict[str, str]] = [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://[broken"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://segue.test"},
    ]
    for headers in foreign:
        answer = client.delete("/api/v1/session", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site")
    own = {"origin": "http://segue.test", "sec-fetch-site": "same-origin"}
    assert client.delete("/api/v1/session", headers=own).status_code == 204


def test_large_bodies_are_refused_declared_or_not(world: World) -> None:
    client = world.client()
    assert client.post("/api/v1/session", content=b"x" * 70_000).status_code == 413
    streamed = client.post("/api/v1/session", content=iter([b"x" * 40_000] * 3))
    assert streamed.status_code == 413
    assert streamed.json()["error"]["code"] == "body_too_large"
    odd = client.post("/api/v1/session", content=b"{}", headers={"content-length": "many"})
    assert odd.status_code == 413


def test_what_nobody_foresaw_is_told_without_its_inside(tmp_path: Path) -> None:
    def broken(_id: str) -> None:
        raise RuntimeError("the secret inside")

    world = make_world(tmp_path, retry=broken)
    world.delivery("d1", "refused")
    client = world.signed_in("olga", Role.OPERATOR)
    answer = client.post("/api/v1/deliveries/d1/retry")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"]


def test_health_and_readiness(tmp_path: Path) -> None:
    waiting = ["search"]
    client = make_world(tmp_path, ready=lambda: list(waiting)).client()
    assert client.get("/healthz").json() == {"ok": True}
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json() == {"ok": False, "waiting_for": ["search"]}
    waiting.clear()
    assert client.get("/readyz").status_code == 200


def test_without_its_database_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.database.engine.dispose()
    (tmp_path / "segue.db").unlink()
    (tmp_path / "segue.db").mkdir()
    assert world.client().get("/healthz").status_code == 200
    assert world.client().get("/readyz").json() == {"ok": False, "waiting_for": ["database"]}


# ---- the OpenAPI document is true


def test_the_document_names_every_route_and_no_other(world: World) -> None:
    document = world.client().get("/api/v1/openapi.json").json()
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item
    }
    served = {
        (route.path, method)
        for route in world.app.routes
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in (route.methods or set()) - {"HEAD"}
    } - {("/api/v1/openapi.json", "GET")}
    assert described == served
    assert not [r for r in world.app.routes if isinstance(r, Mount) and r.path.startswith("/api")]


def test_every_reference_of_the_document_leads_somewhere(world: World) -> None:
    document = world.client().get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for value in node.values() for found in references(value)]
        return (
            [found for item in node for found in references(item)] if isinstance(node, list) else []
        )

    found = references(document)
    assert found
    assert {one.removeprefix("#/components/schemas/") for one in found} <= set(schemas)


def _answer(world: World, delivery: str) -> Answer:
    """As the acknowledgement was told."""
    return Answer(
        delivery_id=delivery,
        feed_id="feed_1",
        outcome="refused",
        status="ProcessingErrorAtReleaseCreator",
        path="acknowledgements/ACK_1_20261121120000000.xml",
        at=world.clock(),
    )


def _ban(world: World) -> BanRow:
    """Of an address that guessed."""
    return BanRow(
        kind="address",
        subject="192.0.2.7",
        since=world.clock(),
        until=world.clock() + timedelta(hours=1),
        failures=10,
        strikes=1,
        door="sftp",
    )


WHY = {"reason": "It was cleared by telephone."}


ELSEWHERE = {
    "openPreview",
    *("listQuarantine", "decideOnPlays"),
    *("listReportRecipients", "setReportRecipient", "listClosings", "readClosing", "planReports"),
    *("approveReports", "buildReports", "checkReports", "deliverReports", "acknowledgeReports"),
    "reissueReports",
    *("listRoyaltyMonths", "readRoyaltyMonth", "readRoyaltyStatement", "listRoyaltyRows"),
    *("simulateRoyalties", "readRoyaltyEntries", "setRevenue", "approveRevenue"),
    *("closeRoyaltyMonth", "addAgreements", "approveAgreement"),
}
"""Operations that tests of their own ask; `documented` holds each answer to the document."""


def _decided(operator: TestClient, feed: str, other: str) -> dict[str, Any]:
    """What an operator reads and decides."""
    return {
        "listDeliveries": operator.get("/api/v1/deliveries"),
        "readDelivery": operator.get("/api/v1/deliveries/d1"),
        "retryDelivery": operator.post("/api/v1/deliveries/d1/retry"),
        "tellDelivery": operator.post("/api/v1/deliveries/d1/tell", json={}),
        "releaseDelivery": operator.post("/api/v1/deliveries/d2/release", json=WHY),
        "rejectDelivery": operator.post("/api/v1/deliveries/d3/reject", json=WHY),
        "resendDelivery": operator.post("/api/v1/deliveries/d4/resend", json=WHY),
        "readChanges": operator.get("/api/v1/deliveries/d5/changes"),
        "readPast": operator.get("/api/v1/releases/r1/past?at=2026-03-01"),
        "transferRelease": operator.post(
            "/api/v1/releases/r2/transfer", json={**WHY, "feed": other}
        ),
        "takeDownRelease": operator.post("/api/v1/releases/r3/take-down", json=WHY),
        "restoreRelease": operator.post("/api/v1/releases/r4/restore", json=WHY),
        "purgeRelease": operator.post("/api/v1/releases/r5/purge", json=WHY),
        "listFeeds": operator.get("/api/v1/feeds"),
        **kept_feeds(operator),
        "readAudit": operator.get("/api/v1/audit"),
        "listBans": operator.get("/api/v1/bans"),
        "liftBan": operator.post("/api/v1/bans/lift", json={"subject": "192.0.2.7"}),
        "setPolicy": operator.put(f"/api/v1/feeds/{feed}/policy", json={"name": "strict"}),
    }


def test_answers_are_as_the_document_says(world: World) -> None:
    world.release()
    world.delivery("d1", "refused")
    world.delivery("d5", xml=base("43"))
    for name in ("d2", "d3", "d4"):
        world.delivery(name, "held")
    for name in ("r2", "r3", "r4", "r5"):
        world.release(name)
    other = world.other_feed()
    with world.database.write() as session:
        session.get_one(Release, "r4").locked = "take_down"
        session.add_all([_answer(world, "d1"), _ban(world)])
    listener, operator = world.signed_in(), world.signed_in("olga", Role.OPERATOR)
    play = opened(listener)
    feed = operator.get("/api/v1/feeds").json()["feeds"][0]["id"]
    seen: dict[str, Any] = {
        "readSession": listener.get("/api/v1/session"),
        "signIn": listener.post(
            "/api/v1/session", json={"name": "ada", "password": "correct horse"}
        ),
        "listReleases": listener.get("/api/v1/releases"),
        "readRelease": listener.get("/api/v1/releases/r1"),
        "readRights": operator.get("/api/v1/releases/r1/rights"),
        "search": listener.get("/api/v1/search?q=album"),
        "openPlay": listener.post("/api/v1/plays", json=OPEN),
        "renewToken": listener.post(play["renew"]),
        "reportProgress": listener.post(
            f"/api/v1/plays/{play['play_id']}/progress", json={"heard_ms": 1, "seq": 1}
        ),
        "scrobble": listener.post("/api/v1/scrobbles", json={"plays": [scrobble(world)]}),
        "readUsage": operator.get("/api/v1/usage"),
        **_decided(operator, feed, other),
        "signOut": listener.delete("/api/v1/session"),
    }
    assert set(seen) | ELSEWHERE == {operation.name for operation in OPERATIONS}
    for operation in OPERATIONS:
        if operation.name in ELSEWHERE:
            continue
        answer = seen[operation.name]
        assert answer.status_code == operation.status, operation.name
        if operation.answer is not None:
            assert issubclass(operation.answer, BaseModel)
            operation.answer.model_validate(answer.json())
        else:
            assert answer.content == b""


def test_the_operator_decides_on_the_page(world: World) -> None:
    world.delivery("d2", "held")
    operator = world.signed_in("olga", Role.OPERATOR)
    assert "Your decision" in operator.get("/console/deliveries/d2").text
    form = {"decision": "release", "reason": ""}
    assert "needs a reason" in operator.post("/console/deliveries/d2/decide", data=form).text
    assert operator.post("/console/deliveries/d2/decide", data={"decision": "burn"}).is_error
    form["reason"] = "cleared"
    shown = operator.post("/console/deliveries/d2/decide", data=form).text
    assert "Released" in shown
    assert "operator: olga" in shown
    assert world.signed_in().post("/console/deliveries/d2/decide", data=form).status_code == 403


def test_the_history_of_a_release_on_its_page(world: World) -> None:
    world.release()
    operator = world.signed_in("olga", Role.OPERATOR)
    assert operator.get("/console/releases/r1").status_code == 200
    assert operator.get("/console/releases/r1?at=2026-03-01").status_code == 200
    assert operator.get("/console/releases/r1?at=soon").status_code == 400
    assert operator.get("/console/releases/none").status_code == 404


def test_errors_are_among_those_the_document_names(world: World) -> None:
    world.release()
    for operation in OPERATIONS:
        path = "/api/v1" + operation.path
        for given in ("none", "r1"):
            filled = path.replace("{release_id}", given).replace("{delivery_id}", given)
            filled = filled.replace("{play_id}", given)
            query = {"limit": "no"} if operation.query else None
            answer = world.client().request(
                operation.method,
                filled,
                params=query,
                content=b"{" if operation.body else None,
            )
            if answer.status_code >= 400:
                assert answer.status_code in statuses(operation), operation.name
                models.ErrorAnswer.model_validate(answer.json())


# ---- the server itself


@pytest.mark.enable_socket
async def test_the_server_takes_a_free_port_and_stops(world: World) -> None:
    served = serve_web(world.app, "127.0.0.1", 0)
    assert served.port > 0
    with pytest.raises(Conflict):
        serve_web(create_app(world.parts), "127.0.0.1", served.port)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(served.serve())
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{served.port}", timeout=240
        ) as client:
            answer = await client.get("/healthz")
        assert answer.json() == {"ok": True}
        assert "server" not in answer.headers
        served.stop()
        await running
