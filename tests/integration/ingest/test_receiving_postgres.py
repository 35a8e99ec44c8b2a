"""Receipts on PostgreSQL, where several doors write at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Delivery, InboxFile
from core.clock import ManualClock
from core.database import Base, Database
from ingest import feeds
from ingest.changes import changed
from ingest.doors.common.ports import ReceivedFile
from ingest.receiving import DatabaseInbox
from ingest.steps import add_findings, findings_of
from tests.fixtures.packages import SENDER
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.ingest.world import START

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BATCH = "N_20261121120000000"


def test_receipts_tell_the_order_of_a_feed(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    database, clock = Database(str(request.getfixturevalue("postgres"))), ManualClock(START)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        names = [feeds.create(session, clock, name=n, dpid=SENDER)[0].id for n in ("a", "b")]
    made: list[str] = []
    inbox = DatabaseInbox(database, tmp_path, clock, made.extend)

    def send(feed: str, path: str) -> None:
        inbox.received(ReceivedFile(feed, path, 1, "0" * 64, clock()))

    files = [f"{BATCH}/r/{number}.flac" for number in range(25)]
    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(send, feed, path) for path in files for feed in names]
    assert [one.exception() for one in told] == [None] * len(told)
    for feed in names:
        send(feed, f"{BATCH}/BatchComplete_{BATCH}.xml")
    with database.read() as session:
        receipts = list(session.scalars(select(InboxFile.receipt)))
        rows = session.scalars(select(Delivery).where(Delivery.feed_id.in_(names)))
        counts = [len(row.files) for row in rows]
    database.close()
    assert len(set(receipts)) == len(receipts) == 2 * (len(files) + 1)
    assert counts == [len(files)] * 2
    assert len(made) == 2


def test_two_at_once_add_their_findings(request: pytest.FixtureRequest) -> None:
    """A door that notes a changed file, and a phase that began before and ends after."""
    database, clock = Database(str(request.getfixturevalue("postgres"))), ManualClock(START)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        feed, _ = feeds.create(session, clock, name="c", dpid=SENDER)
        session.add(
            Delivery(
                id="dlv_1",
                feed_id=feed.id,
                protocol="sftp",
                batch=BATCH,
                release_folder="r",
                receipt=1,
                state="checking",
                received_at=START,
                updated_at=START,
            )
        )
    found = [changed("a.flac"), changed("b.flac")]
    with database.write() as phase:
        row = phase.get_one(Delivery, "dlv_1")
        with database.write() as door:
            add_findings(door.get_one(Delivery, "dlv_1"), found[:1])
        add_findings(row, found[1:])
    with database.read() as session:
        told = findings_of(session.get_one(Delivery, "dlv_1"))
    database.close()
    assert told == found
