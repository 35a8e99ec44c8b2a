"""Operators who do the same at the same moment, on both databases: one does it, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from catalog.models import AuditEntry
from core.errors import Conflict
from ingest.feed_audit import Actor
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.reporting.offices import ANN, make_office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
OPERATORS = [Actor(name) for name in ("bob", "eve", "kim", "lou")]


def all_at_once(act: Callable[[Actor], object]) -> list[str]:
    """What became of it for each: `done`, or `told`."""
    start = threading.Barrier(len(OPERATORS))

    def one(by: Actor) -> str:
        start.wait(80)
        try:
            act(by)
        except Conflict:
            return "told"
        return "done"

    with ThreadPoolExecutor(len(OPERATORS)) as pool:
        return sorted(pool.map(one, OPERATORS))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_each_step_is_done_once(
    kind: str, tmp_path: Path, schema_folder: SchemaFolder, request: pytest.FixtureRequest
) -> None:
    url = str(request.getfixturevalue("postgres")) if kind == "postgres" else ""
    office = make_office(tmp_path, schema_folder, url)
    assert "done" in all_at_once(lambda _by: office.plan("2026-11", ANN))
    once = ["done", "told", "told", "told"]
    assert all_at_once(lambda by: office.approve("2026-11", by)) == once
    assert all_at_once(lambda by: office.build("2026-11", by)) == once
    assert len(list((tmp_path / "reports").glob("2026-11/*"))) == 2
    assert not list((tmp_path / "reports").glob(".draft*"))
    assert all_at_once(lambda by: office.check("2026-11", by)) == once
    assert "done" in all_at_once(lambda by: office.deliver("2026-11", by))
    assert office.show("2026-11")["state"] == "delivered"
    with office.database.read() as session:
        query = select(AuditEntry.what, func.count().label("times")).group_by(AuditEntry.what)
        acts = {row.what: row.times for row in session.execute(query)}
    office.database.close()
    assert acts.pop("reports planned") >= 1
    assert acts == {
        "reports approved": 1,
        "reports built": 1,
        "reports checked": 1,
        "reports delivered": 2,
    }
