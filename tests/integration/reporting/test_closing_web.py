"""Closing a period in the API and on the console, and who may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.auth import Role
from server.app import create_app
from tests.integration.reporting.offices import A, make_office
from tests.integration.server.world import World, make_world

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path, schema_folder: SchemaFolder) -> World:
    (tmp_path / "office").mkdir()
    made = make_world(tmp_path)
    made.app = create_app(
        replace(made.parts, reports=make_office(tmp_path / "office", schema_folder))
    )
    return made


def operators(world: World) -> tuple[TestClient, TestClient]:
    return world.signed_in("ann", Role.OPERATOR), world.signed_in("bob", Role.OPERATOR)


def test_a_month_is_closed_in_the_api(world: World) -> None:
    ann, bob = operators(world)
    planned = ann.post("/api/v1/dsr/2026-11/plan", json={})
    assert planned.status_code == 200, planned.text
    refused = ann.post("/api/v1/dsr/2026-11/approve", json={})
    assert (refused.status_code, "somebody else" in refused.text) == (403, True)
    seen = {"fingerprint": planned.json()["fingerprint"]}
    assert bob.post("/api/v1/dsr/2026-11/approve", json=seen).json()["state"] == "approved"
    again = bob.post("/api/v1/dsr/2026-11/approve", json=seen)
    assert again.status_code == 409
    for step, state in (("build", "built"), ("check", "checked"), ("deliver", "delivered")):
        assert ann.post(f"/api/v1/dsr/2026-11/{step}").json()["state"] == state
    assert ann.get("/api/v1/dsr/2026-11").json()["files"][0]["state"] == "delivered"
    told = ann.post("/api/v1/dsr/2026-11/acknowledge", json={"recipient": A}).json()
    assert told["state"] == "delivered"
    reissued = ann.post("/api/v1/dsr/2026-11/reissue", json={"reason": "wrong revenue"}).json()
    assert (reissued["issue"], reissued["state"]) == (2, "planned")
    assert len(ann.get("/api/v1/dsr").json()["closings"]) == 2
    assert ann.post("/api/v1/dsr/2026-12/plan", json={}).status_code == 409
    assert ann.get("/api/v1/dsr/2026-10").status_code == 404


def test_terms_of_a_recipient_in_the_api(world: World) -> None:
    ann, _ = operators(world)
    terms = {"dpid": A, "name": "A", "target": "sftp://a@127.0.0.1:2222/in", "gzip": True}
    answer = ann.put(f"/api/v1/dsr/recipients/{A}", json={"terms": terms, "secret": "s3cret"})
    assert answer.status_code == 200, answer.text
    listed = ann.get("/api/v1/dsr/recipients")
    assert "s3cret" not in listed.text
    assert {one["id"]: one["gzip"] for one in listed.json()["recipients"]}[A]
    wrong = ann.put("/api/v1/dsr/recipients/x", json={"terms": {"dpid": "x", "name": "x"}})
    assert wrong.status_code == 400


def test_only_operators(world: World) -> None:
    listener = world.signed_in("lis")
    assert listener.get("/api/v1/dsr").status_code == 403
    assert world.client().get("/api/v1/dsr/2026-11").status_code == 401
    assert listener.get("/console/reports").status_code == 403
    assert listener.post("/console/reports/2026-11/plan").status_code == 403


def test_a_month_is_closed_on_the_console(world: World) -> None:
    ann, bob = operators(world)
    assert "No period is planned" in ann.get("/console/reports").text
    assert "still open" in ann.post("/console/reports/new/plan", data={"period": "2026-12"}).text
    shown = ann.post("/console/reports/new/plan", data={"period": "2026-11"})
    assert shown.status_code == 200
    assert "Close November 2026" in shown.text
    assert "another operator approves" in shown.text
    assert "somebody else has to approve" in ann.post("/console/reports/2026-11/approve").text
    assert "Build the files" in bob.post("/console/reports/2026-11/approve").text
    page = shown
    for step in ("build", "check", "deliver"):
        page = ann.post(f"/console/reports/2026-11/{step}")
        assert page.status_code == 200, page.text
    assert "Issue again" in page.text
    name = ann.get("/api/v1/dsr/2026-11").json()["files"][0]["file"]
    file = ann.get(f"/console/reports/files/{name}")
    assert file.content.startswith(b"HEAD\t")
    assert ann.get("/console/reports/files/nothing.tsv").status_code == 404
    assert ann.get("/console/reports/2026-09").status_code == 404
    assert ann.post("/console/reports/2026-11/no-step").status_code == 409
