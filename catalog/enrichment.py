"""The fold over MEAD messages: the only writer of enrichments. Order-free, like the catalogue's:
of each feed, the newest message about a key says all there is to say of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from catalog.models import Enrichment, LoggedMessage
from ddex.mead.keys import keys
from ddex.others import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from ddex.mead.model import Mead, Subject

MEAD = "MeadMessage"
"""Type of the log entries that this fold reads."""

EVERYWHERE = frozenset({"", "Worldwide"})
MOST_KEYS = 20
"""Keys of one subject; an identifier beyond them finds nothing."""

Place = tuple[str, str, str]
"""Kind, key and territory."""


def apply(session: Session, logged: LoggedMessage, data: bytes) -> list[str]:
    """Let one accepted MEAD message speak; returns the keys about which it says the newest.

    Raises:
        MessageUnreadable: these bytes are no MEAD message.
    """
    return write(session, logged, read(data))


def write(session: Session, logged: LoggedMessage, message: Mead) -> list[str]:
    """The same for a message that was read already."""
    changed = []
    for (kind, key, territory), about in statements(message).items():
        identity = _identity(kind, key, logged.feed_id, territory)
        row = session.get(Enrichment, identity)
        if row is not None and row.order_key > logged.order_key:
            continue
        row = row or Enrichment(
            id=identity, feed_id=logged.feed_id, kind=kind, key=key, territory=territory
        )
        row.about, row.order_key, row.digest = about, logged.order_key, logged.digest
        session.add(row)
        changed.append(key)
    session.flush()
    return changed


def rebuild(session: Session, books: Callable[[str], bytes]) -> int:
    """All enrichments anew from the log, in this transaction; returns from how many messages.
    `books` gives the bytes of a message by its digest.

    Raises:
        KeyError: the bytes of a message are gone.
    """
    query = select(LoggedMessage).where(
        LoggedMessage.type == MEAD, LoggedMessage.outcome == "accept"
    )
    session.execute(delete(Enrichment))
    count = 0
    for logged in session.scalars(query.order_by(LoggedMessage.order_key)).all():
        apply(session, logged, books(logged.digest))
        count += 1
    return count


def statements(message: Mead) -> dict[Place, dict[str, Any]]:
    """What the message says, by the place where it is kept. A subject that stands in the message
    twice says both."""
    found: dict[Place, dict[str, Any]] = {}
    sources = {source.reference: source.name for source in message.sources}
    for subject in message.subjects:
        for key in keys(subject)[:MOST_KEYS]:
            territory = "" if subject.territory in EVERYWHERE else subject.territory[:20]
            place = (subject.kind, key, territory)
            said = _about(subject, sources, message.message.language)
            before = found.get(place)
            if before is not None:
                said["facts"] = [*before["facts"], *said["facts"]]
                said["sources"] = {**before["sources"], **said["sources"]}
            found[place] = said
    return found


def _about(subject: Subject, sources: dict[str, str], language: str) -> dict[str, Any]:
    used = {reference for fact in subject.facts for reference in fact.sources}
    return {
        "title": subject.title,
        "facts": [fact.to_json() for fact in subject.facts],
        "sources": {reference: sources[reference] for reference in sorted(used & set(sources))},
        "language": language,
        "priority": list(subject.priority),
    }


def _identity(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
