"""Operators' decisions, written into the log with stamps of their own."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from catalog import fold
from catalog.events import alone
from catalog.lifecycle import DecisionKind
from catalog.log import Log, routes
from catalog.models import Decision, Feed, LoggedMessage, Release
from catalog.named import named
from core.errors import Conflict, Misuse, NotFound
from core.ids import public_id
from ddex.identifiers import compact

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.log import Books
    from catalog.models import Event

Shape = dict[str, Any]
REASON_LIMIT = 2_000


def write(
    session: Session,
    kind: DecisionKind,
    *,
    by: str,
    reason: str,
    at: datetime,
    delivery_id: str | None = None,
    release_id: str | None = None,
    feed_id: str | None = None,
    alias_id: str | None = None,
    details: Shape | None = None,
) -> Decision:
    """One entry. Its stamp places it after all messages of the same millisecond, and after all that
    the log has of the release by now: a sender whose clock is ahead does not undo it.

    Raises:
        Misuse: no reason is given.
    """
    if not reason.strip():
        raise Misuse("a decision needs a reason", remedy="say why; it stays in the log")
    what = delivery_id or release_id or ""
    number = public_id("decision", by, f"{kind}\x1f{what}\x1f{at.isoformat()}")
    row = Decision(
        id=number,
        kind=kind.value,
        delivery_id=delivery_id,
        release_id=release_id,
        feed_id=feed_id,
        alias_id=alias_id,
        reason=reason.strip()[:REASON_LIMIT],
        decided_by=by[:200],
        decided_at=at,
        order_key=_order_key(session, release_id, at, number),
        details=details or {},
    )
    session.add(row)
    session.flush()
    return row


def _order_key(session: Session, release_id: str | None, at: datetime, number: str) -> str:
    known = [stamp(at)]
    if release_id is not None:
        names = routes(session).names(release_id)
        said = select(func.max(LoggedMessage.order_key)).where(
            LoggedMessage.release_id.in_(names), LoggedMessage.outcome == "accept"
        )
        ruled = select(func.max(Decision.order_key)).where(Decision.release_id == release_id)
        found = (session.scalar(said), session.scalar(ruled))
        known += [key[:17] for key in found if key]
    return f"{max(known)}|{'9' * 20}|{at.astimezone(UTC):%Y%m%d%H%M%S%f}|{number}"


def stamp(at: datetime) -> str:
    """An instant as 17 digits, like the stamps of batches."""
    utc = at.astimezone(UTC)
    return f"{utc.year:04d}{utc:%m%d%H%M%S}{utc.microsecond // 1000:03d}"


def find_release(session: Session, name: str) -> Release:
    """A release by its id, ICPN or GRid.

    Raises:
        NotFound: there is none.
        Conflict: several senders have one of this number.
    """
    query = select(Release).where(named(name))
    found = list(session.scalars(query.order_by(Release.id).limit(10)))
    if not found:
        raise NotFound(f"no release {name} in the catalogue", remedy="give its id or its ICPN")
    if len(found) > 1:
        ids = ", ".join(f"{one.id} ({one.sender})" for one in found)
        raise Conflict(f"{name} is a release of several senders: {ids}", remedy="give the id")
    return found[0]


def transfer(
    session: Session, name: str, to: str, *, by: str, reason: str, at: datetime, books: Books
) -> Event | None:
    """From now on feed `to` (id or name) speaks for the release, and nobody else.

    Its ids, recordings and play counts stay: what the new feed's own messages say of the same
    number is said of this release.

    Raises:
        NotFound: no such release or feed.
        Conflict: the feed has it already, or has a release of the same number of its own.
    """
    alone(session)
    release = find_release(session, name)
    feed = session.scalars(select(Feed).where(or_(Feed.id == to, Feed.name == to))).first()
    if feed is None:
        raise NotFound(f"no feed {to}", remedy="list them: segue feeds list")
    if feed.id == release.feed_id:
        raise Conflict(f"feed {feed.name} delivers {release.title!r} already")
    alias = public_id("release", compact(feed.dpid), release.identity)
    if alias != release.id and session.get(Release, alias) is not None:
        raise Conflict(
            f"feed {feed.name} has a release {release.identity} of its own",
            remedy=f"purge one of them first: {alias}",
        )
    write(
        session,
        DecisionKind.TRANSFER,
        by=by,
        reason=reason,
        at=at,
        release_id=release.id,
        feed_id=feed.id,
        alias_id=alias,
        details={"owner": release.owner, "from": release.feed_id},
    )
    return _refold(session, release.id, at, reason, books)


def rule(
    session: Session,
    kind: DecisionKind,
    name: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    books: Books,
) -> Event | None:
    """Take a release down, let it return, or purge it.

    Raises:
        NotFound: no such release.
        Conflict: it is so already.
    """
    alone(session)
    release = find_release(session, name)
    if (kind is DecisionKind.TAKE_DOWN and release.locked) or (
        kind is DecisionKind.RESTORE and not release.locked
    ):
        state = "kept down already" if release.locked else "not kept down by a decision"
        raise Conflict(f"{release.title!r} is {state}")
    write(session, kind, by=by, reason=reason, at=at, release_id=release.id)
    return _refold(session, release.id, at, reason, books)


def _refold(
    session: Session, release_id: str, at: datetime, why: str, books: Books
) -> Event | None:
    """Walk the release anew, and what its alias was before a transfer that stands earlier in the
    order than messages which came in the meantime."""
    log = Log(session, books)
    for other in sorted(log.routes.names(release_id) - {release_id}):
        fold.refold(session, other, at, log, why)
    return fold.refold(session, release_id, at, log, why).event


def of_delivery(session: Session, delivery_id: str) -> list[Decision]:
    """Decisions about a delivery, oldest first."""
    query = select(Decision).where(Decision.delivery_id == delivery_id)
    return list(session.scalars(query.order_by(Decision.order_key)))


def of_release(session: Session, release_id: str) -> list[Decision]:
    """Decisions about a release, oldest first."""
    query = select(Decision).where(Decision.release_id == release_id)
    return list(session.scalars(query.order_by(Decision.order_key)))


def to_json(row: Decision) -> Shape:
    """`{id, kind, delivery, release, feed, reason, by, at, details}`."""
    return {
        "id": row.id,
        "kind": row.kind,
        "delivery": row.delivery_id,
        "release": row.release_id,
        "feed": row.feed_id,
        "reason": row.reason,
        "by": row.decided_by,
        "at": row.decided_at.isoformat(),
        "details": row.details,
    }
