"""Plays that are told afterwards stand under what had arrived and was decided until then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.lifecycle import DecisionKind
from catalog.models import Decision, LoggedMessage, Track
from catalog.queries.audience import Audience
from catalog.queries.heard import find_heard
from tests.integration.catalog.world import (
    FEEDS,
    NOW,
    Said,
    catalogue,
    decide,
    no_books,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from catalog.queries.heard import HeardTrack

pytestmark = pytest.mark.integration
ALBUM = Said(tracks=((0, 0), (1, 0)))
LISTENER = Audience(
    territory="GB", tier="premium", wanted=(("SubscriptionModel", "OnDemandStream"),)
)
LATER = NOW + timedelta(hours=2)
BEFORE, AFTER = LATER - timedelta(minutes=1), LATER + timedelta(minutes=1)


@pytest.fixture
def session() -> Iterator[Session]:
    database = catalogue()
    with database.write() as opened:
        tell(opened, ALBUM)
        track = opened.scalars(select(Track).order_by(Track.position)).first()
        assert track is not None
        opened.info["track"] = track.release_id, track.recording_id
        yield opened
    database.close()


def tell_later(session: Session, said: Said) -> None:
    """A message that arrives two hours after the first."""
    tell(session, said)
    newest = select(LoggedMessage).order_by(LoggedMessage.order_key.desc())
    row = session.scalars(newest).first()
    assert row is not None
    row.arrived_at = LATER
    session.flush()


def rule_later(session: Session, kind: DecisionKind, feed: int | None = None) -> None:
    decide(session, kind, ALBUM, stamp=1, feed=feed)
    row = session.scalars(select(Decision)).one()
    row.decided_at = LATER
    session.flush()


def heard(session: Session, at: object) -> HeardTrack | None:
    release, recording = session.info["track"]
    return find_heard(session, no_books, release, recording, LISTENER, at)  # type: ignore[arg-type]


def allowed(session: Session) -> list[bool]:
    return [found.verdict.allowed if (found := heard(session, at)) else False
            for at in (BEFORE, AFTER)]  # fmt: skip


def test_what_nobody_spoke_of_since_stands_as_it_is(session: Session) -> None:
    found = heard(session, BEFORE)
    assert found is not None
    assert (found.verdict.allowed, found.feed) == (True, FEEDS[0])
    assert found.duration_ms == 105_000
    assert heard(session, NOW - timedelta(days=1)) is None  # nobody had sent it yet


def test_a_take_down_by_its_sender_ends_no_play_from_before(session: Session) -> None:
    tell_later(session, Said(tracks=ALBUM.tracks, stamp=1, created=1, deals=()))
    assert allowed(session) == [True, False]
    found = heard(session, BEFORE)
    assert found is not None
    assert found.verdict.reference


@pytest.mark.parametrize("kind", [DecisionKind.TAKE_DOWN, DecisionKind.PURGE])
def test_an_operators_decision_ends_no_play_from_before(
    session: Session, kind: DecisionKind
) -> None:
    rule_later(session, kind)
    assert allowed(session) == [True, False]


def test_a_purge_by_its_sender_leaves_what_was_heard(session: Session) -> None:
    tell_later(session, Said(stamp=1, created=1, purge=True))
    assert allowed(session) == [True, False]
    assert (found := heard(session, BEFORE)) is not None
    assert found.isrc


def test_deals_that_came_later_allow_nothing_from_before(session: Session) -> None:
    tell(session, Said(tracks=ALBUM.tracks, stamp=1, created=1, deals=()))
    tell_later(session, Said(tracks=ALBUM.tracks, stamp=2, created=2))
    assert allowed(session) == [False, True]


def test_a_play_belongs_to_the_feed_that_had_the_release_then(session: Session) -> None:
    rule_later(session, DecisionKind.TRANSFER, feed=1)
    feeds = [found.feed for at in (BEFORE, AFTER) if (found := heard(session, at))]
    assert feeds == list(FEEDS)
