"""Phase 3: the message against its schema, the business rules and what came before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from catalog import fold
from catalog.lifecycle import DeliveryState, ReleaseState, move
from catalog.models import Feed, LoggedMessage, Release, Track
from core.ids import public_id
from ddex.ern.examine import examine
from ddex.ern.rules import Context, apply
from ingest import faults, feeds, purges
from ingest.inbox import order_stamp
from ingest.parts import LIMITS
from ingest.steps import ANSWER, NEXT, add_findings, editing, located, reading

if TYPE_CHECKING:
    from core.database import Database
    from ddex.ern.model import Message, Release as ErnRelease
    from ddex.ern.rules import Feed as FeedFacts, Policy
    from ingest.parts import Parts


_LATER = {17, 18, 19, 20, 21}
"""Rules whose parts about media are judged in phases 4 and 5."""


class History:
    """What this feed sent before; implements `ddex.ern.rules.History`."""

    def __init__(self, database: Database, feed_id: str, message: Message) -> None:
        self._database = database
        self._feed_id = feed_id
        self._owner = fold.owner_of(message)

    def message_digest(self, message_id: str) -> str | None:
        """Digest of the accepted message of this id, None when the id is free."""
        query = select(LoggedMessage.digest).where(
            LoggedMessage.feed_id == self._feed_id, LoggedMessage.claimed_id == message_id[:255]
        )
        with self._database.read() as session:
            return session.scalar(query)

    def is_live(self, release: ErnRelease) -> bool:
        """Whether the catalogue has this release of this owner, not taken down."""
        identity = public_id("release", self._owner, fold.identity_of(release))
        with self._database.read() as session:
            row = session.get(Release, identity)
            return row is not None and row.state == ReleaseState.AVAILABLE

    def applied_stamp(self, release: ErnRelease) -> str | None:
        """Order stamp of the newest message that was accepted for this release of this owner."""
        identity = public_id("release", self._owner, fold.identity_of(release))
        query = select(func.max(LoggedMessage.order_stamp)).where(
            LoggedMessage.release_id == identity, LoggedMessage.outcome == "accept"
        )
        with self._database.read() as session:
            return session.scalar(query)

    def other_sender(self, message: Message) -> str | None:
        """DPID of another sender's feed that this owner's release, or recordings, came by."""
        release = fold.release_id_of(message)
        recordings = [
            public_id("recording", self._owner, fold.recording_key(message, each.resource))
            for each in fold.placed(message)
        ]
        ours = select(Feed.dpid).where(Feed.id == self._feed_id).scalar_subquery()
        query = (
            select(Feed.dpid)
            .join(Release, Release.feed_id == Feed.id)
            .outerjoin(Track, Track.release_id == Release.id)
            .where(Feed.dpid != ours)
            .limit(1)
        )
        with self._database.read() as session:
            for chunk in (recordings[i : i + 500] for i in range(0, len(recordings) or 1, 500)):
                same = or_(Release.id == release, Track.recording_id.in_(chunk))
                if (found := session.scalar(query.where(same))) is not None:
                    return found
        return None


def check(parts: Parts, delivery_id: str) -> str:
    """Judge the message; a repeat of an accepted one needs no more work."""
    delivery = reading(parts, delivery_id)
    message = parts.message(delivery)
    history = History(parts.database, delivery.feed_id, message)
    if history.message_digest(message.header.message_id) == delivery.digest:
        return _repeated(parts, delivery_id)
    xml = parts.workspace(delivery_id) / (delivery.xml_path or "")
    about, policy = _feed(parts, delivery.feed_id)
    examined = examine(
        xml.read_bytes(),
        resource=parts.schema,
        limits=LIMITS,
        context=Context(
            feed=about,
            history=history,
            order_stamp=order_stamp(delivery.batch, delivery.received_at),
            arrived=delivery.received_at,
            policy=policy,
            digest=delivery.digest or "",
            today=parts.clock().date(),
        ),
    )
    findings = (
        *purges.findings(parts.database, delivery.feed_id, message),
        *faults.unvalidated(examined),
    )
    with editing(parts, delivery_id, "check") as (_, row):
        judged = (*examined.findings, *apply(findings, policy))
        add_findings(row, [located(each, row.xml_path) for each in judged])
        row.policy = policy.to_json()
        row.schema, row.skipped = examined.schema, sorted(set(examined.skipped) - _LATER)
    return NEXT


def _feed(parts: Parts, feed_id: str) -> tuple[FeedFacts, Policy]:
    with parts.database.read() as session:
        feed = session.get_one(Feed, feed_id)
    return feeds.facts_of(feed, parts.party_dpid, parts.clock()), feeds.policy_of(feed)


def _repeated(parts: Parts, delivery_id: str) -> str:
    with editing(parts, delivery_id, "check") as (_, row):
        move(row, DeliveryState.REPEATED)
        row.waiting_for = ""
    return ANSWER
