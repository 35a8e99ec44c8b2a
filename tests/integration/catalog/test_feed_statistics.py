"""Figures of feeds are the same on both databases, and come from one index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects import sqlite

from catalog.models import Delivery, Feed
from catalog.queries import feed_statistics
from core.database import Base, Database
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    on_server = request.param == "postgresql"
    opened = Database(str(request.getfixturevalue("postgres")) if on_server else "sqlite://")
    Base.metadata.create_all(opened.engine)
    yield opened
    Base.metadata.drop_all(opened.engine)
    opened.close()


def _delivery(number: int, feed: str, **more: object) -> Delivery:
    given: dict[str, object] = {
        "id": f"{feed}_{number}",
        "feed_id": feed,
        "protocol": "sftp",
        "batch": "b",
        "release_folder": "r",
        "receipt": number,
        "state": "live",
        "answer_ms": (number + 1) * 1000,
        "received_at": NOW - timedelta(hours=number),
        "updated_at": NOW,
    }
    return Delivery(**{**given, **more})


def _fill(database: Database) -> None:
    with database.write() as session:
        for name in ("a", "b", "idle"):
            session.add(
                Feed(id=name, name=name, dpid="P", protocols=["sftp"], username=name,
                     created_at=NOW)
            )  # fmt: skip
        session.flush()
        session.add_all(_delivery(number, "a") for number in range(40))
        session.add(_delivery(40, "a", state="refused"))
        session.add(_delivery(41, "a", state="failed", received_at=NOW - timedelta(days=31)))
        session.add(_delivery(42, "a", is_test=True, answer_ms=10**9))
        session.add(_delivery(43, "a", state="checking", answer_ms=None))
        session.add(_delivery(0, "b", answer_ms=None, acknowledgement="told before the clock"))


def test_figures_are_of_the_feed_and_of_the_days(database: Database) -> None:
    _fill(database)
    with database.read() as session:
        found = feed_statistics.figures(session, {"a": 1, "b": None, "idle": 5}, NOW)
        days = feed_statistics.daily(session, "a", NOW)
    a = found["a"].to_json()
    assert (a["deliveries"], a["failures"], a["in_work"]) == (42, 1, 1)
    assert (a["mean_s"], a["p95_s"]) == (21.0, 39.0)
    assert a["sla"] == {"minutes": 1, "met": 41, "breached": 0, "running": 1, "overdue": 1}
    assert a["last_activity"] == NOW.isoformat()
    b = found["b"].to_json()
    assert (b["deliveries"], b["p95_s"], b["sla"]["running"]) == (1, None, 0)
    assert found["idle"].to_json()["last_activity"] is None
    assert sum(day.deliveries for day in days) == 42
    assert days[-1].day == NOW.date()
    assert days[-1].deliveries == 13


def test_they_are_counted_from_the_index_alone() -> None:
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    counted = feed_statistics._counted(["a", "b"], NOW)
    query = select(Delivery.feed_id, Delivery.state, func.sum(Delivery.answer_ms)).where(counted)
    said = query.group_by(Delivery.feed_id, Delivery.state).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with database.engine.connect() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {said}")).all()
    assert any("COVERING INDEX ix_deliveries_feed_clock" in str(row) for row in plan), plan
    database.close()
