"""Feeds over the API, as an operator's client would keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.testclient import TestClient

DPID = "PADPIDA2026000002O"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1bp0Y3cX0m8n0oFh1Yb0gE4j5Ck0e0o3m8Lq3x0b7h"
NEW = {"name": "Northpier", "dpids": [DPID], "terms": {"quota_bytes": "50GB"}}


def made(operator: TestClient, **more: object) -> dict[str, Any]:
    """A new feed, with its secrets."""
    answer = operator.post("/api/v1/feeds", json={**NEW, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def kept_feeds(operator: TestClient) -> dict[str, Any]:
    """The answer of each operation on feeds, by its name, about one feed from first to last."""
    created = operator.post("/api/v1/feeds", json=NEW)
    one = f"/api/v1/feeds/{created.json()['id']}"
    added = operator.post(f"{one}/credentials", json={"kind": "public_key", "public": KEY})
    credential = added.json()["credential"]["id"]
    return {
        "createFeed": created,
        "readFeed": operator.get(one),
        "addCredential": added,
        "revokeCredential": operator.delete(f"{one}/credentials/{credential}"),
        "rotateSecret": operator.post(f"{one}/rotate", json={"overlap_hours": 1}),
        "changeFeed": operator.patch(one, json={"terms": {"process": "hold"}}),
        "disableFeed": operator.post(f"{one}/disable", json={}),
        "enableFeed": operator.post(f"{one}/enable", json={"reason": "paid"}),
        "deleteFeed": operator.delete(one),
    }
