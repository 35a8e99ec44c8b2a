"""What search reads from the catalogue's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from catalog.models import Event, Feed, Play, Recording, Release, Track
from core.database import Base, Database
from core.ids import public_id
from search.backends.memory import MemoryIndex
from search.catalogue import CatalogueSource
from search.index import Kind
from search.indexer import Indexer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, tzinfo=UTC)
OWNER = "PADPIDA2026000001A"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(found.engine)
    with found.write() as session:
        session.add(
            Feed(id="f", name="Feed", dpid=OWNER, protocol="sftp", username="f", created_at=NOW)
        )
        session.flush()
        for name, state in (("r1", "available"), ("r2", "taken_down")):
            session.add(
                Release(
                    id=name, feed_id="f", owner=OWNER, identity=name, icpn="00850012345678",
                    title=f"Paper Tides {name}", artist="Marlow", artist_id="p1", state=state,
                    message_digest="", order_key="", published_at=NOW,
                )
            )  # fmt: skip
        session.add(Recording(id="a", owner=OWNER, isrc="QZSEG2600001", title="Slow Harbour"))
        session.flush()
        for name in ("r1", "r2"):
            session.add(
                Track(
                    release_id=name,
                    position=1,
                    recording_id="a",
                    title="Slow Harbour",
                    artist="Vega",
                )
            )
        for number in range(3):
            session.add(
                Play(
                    id=f"play{number}", release_id="r1", recording_id="a", feed_id="f",
                    territory="DE", tier="premium", model="SubscriptionModel", use="OnDemandStream",
                    opened_at=NOW, updated_at=NOW, counted_at=NOW if number else None,
                )
            )  # fmt: skip
        session.add(Event(kind="made_available", release_id="r1", at=NOW))
        session.add(Event(kind="taken_down", release_id="r2", at=NOW))
    yield found
    found.close()


def test_documents_of_available_releases_with_their_plays(database: Database) -> None:
    documents = CatalogueSource(database).load(["r1", "r2", "nothing"])
    assert [(d.kind, d.key, d.popularity) for d in documents] == [
        (Kind.RELEASE, "r1", 2.0),
        (Kind.RECORDING, "a", 2.0),
        (Kind.PARTY, "p1", 0.0),
        (Kind.PARTY, public_id("party", OWNER, "Vega"), 2.0),
    ]


def test_the_outbox_feeds_the_index(database: Database) -> None:
    source, index = CatalogueSource(database), MemoryIndex()
    indexer = Indexer(index, source.load)
    indexer.rebuild([], position=0)
    assert indexer.catch_up(source.events) == 2
    assert index.position == source.last_event() == 2
    assert [hit.key for hit in index.search("tides", kinds=[Kind.RELEASE]).hits] == ["r1"]
    with database.write() as session:
        release = session.get(Release, "r1")
        assert release is not None
        release.state = "taken_down"
        session.add(Event(kind="taken_down", release_id="r1", at=NOW))
    assert indexer.catch_up(source.events) == 1
    assert index.search("tides").hits == ()


def test_a_rebuild_reads_all_available_releases(database: Database) -> None:
    source, index = CatalogueSource(database), MemoryIndex()
    Indexer(index, source.load).rebuild(source.release_ids(), position=source.last_event())
    assert [hit.key for hit in index.search("00850012345678").hits] == ["r1"]
    assert index.position == 2
