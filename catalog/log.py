"""The message log as the fold reads it: entries of a release in their order, each read once.

A release's entries are the accepted messages that speak of it by its id, and, after a transfer,
those that speak of it by the id that the other feed's own messages give it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import delete, insert, select

from catalog import reading as readings
from catalog.lifecycle import DecisionKind
from catalog.models import Decision, Feed, LoggedMessage, Reading as KeptReading
from catalog.reading import Reading
from catalog.rights_policy import RightsPolicy
from catalog.walk import Decided, Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from catalog.walk import Entry, Policies
    from ddex.ern.model import Message

FOLDED = ("NewReleaseMessage", "PurgeReleaseMessage")
"""Types of messages that say what releases are."""
ABOUT_RELEASES = (
    DecisionKind.TRANSFER,
    DecisionKind.TAKE_DOWN,
    DecisionKind.RESTORE,
    DecisionKind.PURGE,
)
PAGE = 50


class Books(Protocol):
    """Gives a message of the log, read from its bytes. Raises KeyError when they are gone."""

    def __call__(self, digest: str) -> Message: ...


@dataclass(frozen=True, slots=True)
class Transfer:
    """From `key` on, what feed `feed_id` says of `alias_id` is said of `release_id`."""

    key: str
    release_id: str
    alias_id: str
    feed_id: str
    owner: str


class Routes:
    """Which release a message speaks of, transfers considered."""

    def __init__(self, transfers: Collection[Transfer]) -> None:
        self._transfers = sorted(transfers, key=lambda one: one.key, reverse=True)
        self.touched = {t.alias_id for t in transfers} | {t.release_id for t in transfers}

    def of(self, feed_id: str, release_id: str, key: str) -> str:
        """The release."""
        for one in self._transfers:
            if one.alias_id == release_id and one.feed_id == feed_id and one.key < key:
                return one.release_id
        return release_id

    def names(self, release_id: str) -> set[str]:
        """All ids that messages may speak of this release by."""
        aliases = {t.alias_id for t in self._transfers if t.release_id == release_id}
        return {release_id, *aliases}

    def owner(self, release_id: str) -> str:
        """Whose the release's ids are, when a transfer says so."""
        return next((t.owner for t in self._transfers if t.release_id == release_id), "")


def routes(session: Session) -> Routes:
    """All transfers."""
    query = select(Decision).where(Decision.kind == DecisionKind.TRANSFER)
    return Routes(
        [
            Transfer(
                key=one.order_key,
                release_id=one.release_id or "",
                alias_id=one.alias_id or "",
                feed_id=one.feed_id or "",
                owner=str(one.details.get("owner") or ""),
            )
            for one in session.scalars(query)
        ]
    )


_COLUMNS = (
    LoggedMessage.id,
    LoggedMessage.release_id,
    LoggedMessage.order_key,
    LoggedMessage.feed_id,
    LoggedMessage.sender,
    LoggedMessage.digest,
    LoggedMessage.arrived_at,
    LoggedMessage.media,
)


def messages() -> Any:  # noqa: ANN401 - eight columns of a message and two of its reading
    """The messages that the fold goes over, each with its reading, in no order yet."""
    return (
        select(*_COLUMNS, KeptReading.version, KeptReading.facts)
        .outerjoin(KeptReading, KeptReading.digest == LoggedMessage.digest)
        .where(LoggedMessage.outcome == "accept", LoggedMessage.type.in_(FOLDED))
    )


def decisions() -> Select[Decision, str]:
    """The decisions that the fold goes over, each with the DPID of the feed it names."""
    return (
        select(Decision, Feed.dpid)
        .outerjoin(Feed, Feed.id == Decision.feed_id)
        .where(Decision.kind.in_(ABOUT_RELEASES))
    )


def policies(session: Session) -> Policies:
    """What was agreed on rights, by feed."""
    query = select(Feed.id, Feed.policy)
    return {feed_id: RightsPolicy.from_json(said) for feed_id, said in session.execute(query)}


class Log:
    """Entries of releases. `books` reads messages whose reading is not kept; without it such a
    message is an error. `until` leaves out what arrived later."""

    def __init__(
        self,
        session: Session,
        books: Books | None = None,
        *,
        until: datetime | None = None,
        keep: bool = True,
    ) -> None:
        self._session = session
        self._books = books
        self._until = until
        self._keep = keep
        self.routes = routes(session)
        self.policies = policies(session)

    def entries(self, release_id: str) -> Iterator[Entry]:
        """The release's entries in their order."""
        names = sorted(self.routes.names(release_id))
        said = messages().where(LoggedMessage.release_id.in_(names))
        ruled = decisions().where(Decision.release_id == release_id)
        if self._until is not None:
            said = said.where(LoggedMessage.arrived_at <= self._until)
            ruled = ruled.where(Decision.decided_at <= self._until)
        entries: list[Iterator[Entry]] = [self._said(said, release_id), self._decided(ruled)]
        yield from heapq.merge(*entries, key=lambda entry: entry.key)

    def _said(self, query: Any, release_id: str) -> Iterator[Entry]:  # noqa: ANN401 - see messages
        query = query.order_by(LoggedMessage.order_key, LoggedMessage.id)
        for row in self._session.execute(query.execution_options(yield_per=PAGE)):
            if self.routes.of(row.feed_id, row.release_id or "", row.order_key) == release_id:
                yield self.said(row)

    def _decided(self, query: Select[Decision, str]) -> Iterator[Entry]:
        for one, dpid in self._session.execute(query.order_by(Decision.order_key)).all():
            yield decided(one, dpid)

    def said(self, row: Any) -> Said:  # noqa: ANN401 - a row of `messages`
        """A message with its reading.

        Raises:
            KeyError: its reading is not kept, and its bytes are gone.
        """
        if row.version == readings.VERSION:
            return entry_of(row, Reading.from_json(row.facts))
        if self._books is None:
            raise KeyError(row.digest)
        made = readings.read(self._books(row.digest))
        if self._keep:
            keep(self._session, row.digest, made)
        return entry_of(row, made)


def entry_of(logged: Any, reading: Reading) -> Said:  # noqa: ANN401 - a logged message, or its row
    """The entry of a logged message."""
    return Said(
        key=logged.order_key,
        id=logged.id,
        feed_id=logged.feed_id,
        sender=logged.sender,
        digest=logged.digest,
        arrived_at=logged.arrived_at,
        reading=reading,
        media=logged.media,
    )


def keep(session: Session, digest: str, made: Reading) -> None:
    """Keep a reading beside the message's bytes."""
    keep_all(session, [(digest, made)])


def keep_all(session: Session, made: Sequence[tuple[str, Reading]]) -> None:
    """Keep readings, in the place of older ones."""
    digests = [digest for digest, _ in made]
    session.execute(delete(KeptReading).where(KeptReading.digest.in_(digests)))
    rows = [
        {"digest": digest, "version": readings.VERSION, "facts": reading.to_json()}
        for digest, reading in dict(made).items()
    ]
    session.execute(insert(KeptReading), rows)


def decided(one: Decision, dpid: str | None) -> Decided:
    """The entry of a decision; `dpid` is that of the feed it names."""
    return Decided(
        key=one.order_key,
        id=one.id,
        kind=DecisionKind(one.kind),
        feed_id=one.feed_id or "",
        sender=dpid or "",
    )
