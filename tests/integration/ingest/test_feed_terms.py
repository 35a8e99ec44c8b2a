"""Terms of a feed on the road: who must release, whose messages count, when the clock stops."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.lifecycle import DecisionKind
from catalog.models import Feed, Telling
from catalog.queries import feed_statistics
from ingest import decisions, feed_overdue, feed_usage, pipeline
from ingest.feed_terms import FeedTerms
from ingest.feed_usage import QuotaLeft
from tests.fixtures.packages import SENDER
from tests.integration.ingest.batches import batch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ingest.world import World

pytestmark = pytest.mark.integration


def _agree(world: World, *sets: str) -> None:
    with world.database.write() as session:
        feed = session.get_one(Feed, world.feed)
        feed.terms = FeedTerms.of(feed).changed(sets).to_json()


def test_a_feed_on_hold_waits_for_the_operator_each_time(world: World, tmp_path: Path) -> None:
    _agree(world, "process=hold")
    held = world.send_one(batch(tmp_path / "1").folder)
    assert (held.state, [one["code"] for one in held.findings if one["severity"] == "hold"]) == (
        "held",
        ["ERN-0008"],
    )
    assert held.acknowledgement, "the sender is told that it waits"
    with world.database.write() as session:
        decisions.decide(
            session, world.clock, DecisionKind.RELEASE, held.id, reason="heard it", by="ada"
        )
    pipeline.enqueue_received(world.work, world.database)
    assert world.delivery(held.id).state == "live"


def test_a_feed_may_send_for_several_parties(world: World, tmp_path: Path) -> None:
    with world.database.write() as session:
        session.get_one(Feed, world.feed).dpids = ["PADPIDA2026000009Z", "PADPIDA2026000008Y"]
    assert world.send_one(batch(tmp_path / "1").folder).state == "refused"
    with world.database.write() as session:
        feed = session.get_one(Feed, world.feed)
        feed.dpids = [*feed.dpids, SENDER]
    sent = world.send_one(batch(tmp_path / "2", minute=1).folder)
    assert sent.state == "live", sent.findings


def test_the_clock_runs_from_completion_to_the_first_answer(world: World, tmp_path: Path) -> None:
    _agree(world, "sla_minutes=5")
    sent = world.send_one(batch(tmp_path / "1").folder)
    assert sent.answer_ms is not None
    with world.database.write() as session:
        row = session.merge(sent)
        row.answer_ms, row.acknowledgement = None, None
    world.clock.advance(timedelta(minutes=6))
    with world.database.read() as session:
        found = feed_statistics.figures(session, {world.feed: 5}, world.clock())[world.feed]
    assert (found.running, found.overdue) == (1, 1)
    for _ in range(2):
        assert feed_overdue.tell(world.database, world.clock) == 1
    with world.database.read() as session:
        told = session.scalars(select(Telling.id).where(Telling.id.startswith("overdue_"))).all()
    assert told == [f"overdue_{sent.id}"], "once, however often it is looked at"


def test_a_quota_counts_what_lies_in_the_inbox(world: World) -> None:
    assert _left(world) == QuotaLeft(None, None)
    _agree(world, "quota_bytes=100", "quota_files=3")
    world.put("20260101000000000/A/a.wav", b"x" * 60)
    assert _left(world) == QuotaLeft(40, 2)
    world.put("20260101000000000/A/b.wav", b"x" * 60)
    assert _left(world) == QuotaLeft(0, 1)


def _left(world: World) -> QuotaLeft:
    with world.database.read() as session:
        feed = session.get_one(Feed, world.feed)
        return feed_usage.left(FeedTerms.of(feed), feed_usage.usage(session, world.feed))
