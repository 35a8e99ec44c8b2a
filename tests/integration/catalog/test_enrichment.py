"""Enrichments fold to the same in any order of arrival, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, select

from catalog import enrichment, fold
from catalog.models import Delivery, Enrichment, LoggedMessage, Release
from catalog.queries.enrichment import about_release, words
from core.database import Base, Database
from ddex.others import read
from ingest import reports
from migrations import upgrade
from tests.fixtures.mead import mead_message
from tests.integration.catalog.world import FEEDS, NOW, Said, feeds_of, tell
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
DPID = "PADPIDA2013042401U"
ICPN = "4006381333930"
Told = tuple[int, int, str, str, str]
"""Stamp, feed, mood, its territory and ICPN."""
SETS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 1),
        st.sampled_from(["Calm", "Angry"]),
        st.sampled_from(["", "FR"]),
        st.sampled_from([ICPN, "5000000000012"]),
    ),
    min_size=2,
    max_size=5,
    unique_by=lambda said: said[:2],
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    postgresql = request.param == "postgresql"
    made = Database(str(request.getfixturevalue("postgres")) if postgresql else "sqlite://")
    if postgresql:
        upgrade(made.engine)
    else:
        Base.metadata.create_all(made.engine)
    feeds_of(made)
    with made.write() as session:
        tell(session, Said(tracks=((0, 0), (1, 0))))
    yield made
    if postgresql:
        Base.metadata.drop_all(made.engine)
    made.close()


def _bytes(told: Told) -> bytes:
    stamp, feed, mood, territory, icpn = told
    return mead_message(
        sender=DPID,
        recipient=DPID,
        message_id=f"{stamp}-{feed}",
        icpn=icpn,
        isrc="GBAYE2600000",
        artist="the lanterns",
        mood=mood,
        mood_territory=territory,
    )


def _log(session: Session, told: Told) -> LoggedMessage:
    data = _bytes(told)
    name = f"mead-{told[0]}-{told[1]}"
    session.add(
        Delivery(
            id=name,
            feed_id=FEEDS[told[1]],
            batch="b",
            release_folder="f",
            protocol="sftp",
            state="recorded",
            receipt=1,
            received_at=NOW,
            updated_at=NOW,
        )
    )
    session.flush()
    logged = LoggedMessage(
        id=f"{name}:1",
        delivery_id=name,
        feed_id=FEEDS[told[1]],
        digest=blake3(data).hexdigest(),
        message_id=name,
        claimed_id=name,
        owner=DPID,
        sender=DPID,
        type=enrichment.MEAD,
        batch="b",
        order_stamp=f"{20260101000000000 + told[0]}",
        created_at=NOW,
        arrived_at=NOW,
        outcome="accept",
    )
    logged.order_key = fold.order_key(logged)
    session.add(logged)
    session.flush()
    return logged


def _clear(session: Session) -> None:
    session.execute(delete(Enrichment))
    session.execute(delete(LoggedMessage).where(LoggedMessage.type == enrichment.MEAD))
    session.execute(delete(Delivery).where(Delivery.state == "recorded"))


def _rows(session: Session) -> list[dict[str, Any]]:
    found = session.scalars(select(Enrichment).order_by(Enrichment.id))
    return [
        {column.key: getattr(row, column.key) for column in Enrichment.__table__.columns}
        for row in found
    ]


def _stale() -> Enrichment:
    return Enrichment(
        id="stale", feed_id=FEEDS[0], kind="Release", key=ICPN, territory="", about={},
        order_key="0", digest="0" * 64,
    )  # fmt: skip


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data(), told=SETS)
def test_any_order_folds_to_the_same(
    database: Database, data: st.DataObject, told: list[Told]
) -> None:
    books = {blake3(_bytes(one)).hexdigest(): _bytes(one) for one in told}
    found = []
    for order in (told, data.draw(st.permutations(told))):
        with database.write() as session:
            _clear(session)
            for one in order:
                logged = _log(session, one)
                enrichment.apply(session, logged, books[logged.digest])
                enrichment.apply(session, logged, books[logged.digest])  # a step may run twice
            found.append(_rows(session))
    assert found[0] == found[1]
    with database.write() as session:
        session.add(_stale())
        session.flush()
        assert enrichment.rebuild(session, books.__getitem__) == len(told)
        assert _rows(session) == found[0], "what no message tells is gone"


def test_it_is_found_on_both_databases(database: Database) -> None:
    told = (0, 0, "Wistful", "", ICPN)
    with database.write() as session:
        _clear(session)
        enrichment.apply(session, _log(session, told), _bytes(told))
        release = session.scalars(select(Release)).one()
        about = about_release(session, release.id, "GB")
        assert about is not None
        assert about["tags"][0]["values"][0]["text"] == "Wistful"
        assert about["artist"]["notes"][0]["label"] == "About the artist"
        assert len(about["tracks"]) == len(about["focus"]) == 1
        assert "Wistful" in words(session, [release.id])[release.id, ""]
        report = reports.of_enrichment(session, FEEDS[0], read(_bytes(told)))
        assert report["counts"] == {"applied": 3, "waiting": 0, "foreign": 0}
        foreign = reports.of_enrichment(session, FEEDS[1], read(_bytes(told)))
        assert foreign["counts"] == {"applied": 0, "waiting": 0, "foreign": 3}
