"""What a feed's message may touch of what is here already."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from catalog import fold
from catalog.models import Feed, Recording, Release, Track
from core.database import Base, Database
from core.ids import public_id
from ddex.ern.reader import read
from ddex.xml import parse
from ingest.phase_03_check import History
from tests.unit.ddex.ern.messages import OTHER_LABEL, SENDER, planted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ddex.ern.model import Message

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, tzinfo=UTC)
FIRST = "PADPIDA2014120301L"


def message(icpn: str = "4006381333931") -> Message:
    """An album that SENDER sends on behalf of OTHER_LABEL."""
    part = f"</MessageSender><SentOnBehalfOf><PartyId>{OTHER_LABEL}</PartyId></SentOnBehalfOf>"
    text = planted("</MessageSender>", part).replace(b"4006381333931", icpn.encode())
    return read(parse(text))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The album is here, by FIRST's feed on behalf of OTHER_LABEL."""
    made = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(made.engine)
    sent = message()
    release_id = fold.release_id_of(sent)
    resource = fold.placed(sent)[1].resource
    recording = public_id("recording", OTHER_LABEL, fold.recording_key(sent, resource))
    with made.write() as session:
        for name, dpid in (("first", FIRST), ("twin", FIRST), ("second", SENDER)):
            feed = Feed(id=name, name=name, dpid=dpid, protocol="sftp", username=name)
            feed.created_at = NOW
            session.add(feed)
        session.flush()
        session.add(
            Release(
                id=release_id, feed_id="first", owner=OTHER_LABEL, identity="", title="",
                state="available", message_digest="", order_key="", published_at=NOW,
            )
        )  # fmt: skip
        session.add(Recording(id=recording, owner=OTHER_LABEL, isrc="", title=""))
        session.flush()
        session.add(Track(release_id=release_id, position=1, recording_id=recording, title=""))
    yield made
    made.close()


def test_a_release_belongs_to_the_sender_that_delivered_it(database: Database) -> None:
    assert History(database, "second", message()).other_sender(message()) == FIRST
    assert History(database, "first", message()).other_sender(message()) is None
    assert History(database, "twin", message()).other_sender(message()) is None


def test_another_release_with_the_same_recordings_does_not_take_them(database: Database) -> None:
    other = message("4006381333948")
    assert History(database, "second", other).other_sender(other) == FIRST


def test_nobody_delivered_this_yet(database: Database) -> None:
    with database.write() as session:
        for row in (Track, Release):
            session.query(row).delete()
    assert History(database, "second", message()).other_sender(message()) is None
