"""What operators ask of the log, a release at another time and what a message changes, and what
they add to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from sqlalchemy import or_, select

from catalog import decisions, history
from catalog.lifecycle import DecisionKind
from catalog.models import Delivery, Feed, LoggedMessage
from core.errors import Misuse, NotFound
from ddex.ern import reader
from ddex.errors import MessageUnreadable
from ddex.identifiers import compact
from ddex.xml import parse
from ingest.kept import StoredBooks
from ingest.parts import LIMITS
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from ddex.ern.model import Message
    from storage.store import ObjectStore

Shape = dict[str, Any]


class Chronicle:
    """Reads, and decides; who may is judged before."""

    def __init__(self, database: Database, objects: ObjectStore, clock: Clock) -> None:
        self._database = database
        self._books = StoredBooks(objects)
        self._clock = clock

    def at(self, name: str, instant: datetime) -> list[Shape]:
        """Each release of this id or number, as it was. Raises NotFound."""
        with self._database.read() as session:
            return history.at(session, self._books, name, instant)

    def at_text(self, name: str, instant: str) -> list[Shape]:
        """The same for an instant in words, empty for now. Raises NotFound or Misuse."""
        return self.at(name, parse_instant(instant) if instant else self._clock())

    def decide(
        self, kind: DecisionKind, name: str, *, by: str, reason: str, feed: str = ""
    ) -> Shape:
        """A decision on a release, for a transfer with the `feed` that gets it; answers
        `{"release": id, "event": kind or None, "decisions": [all of the release]}`.

        Raises:
            NotFound: no such release or feed.
            Conflict: it is so already.
            Misuse: there is no reason.
        """
        with self._database.write() as session:
            release_id = decisions.find_release(session, name).id
            how: Shape = {
                "by": by, "reason": reason, "at": self._clock(), "books": self._books
            }  # fmt: skip
            if kind is DecisionKind.TRANSFER:
                event = decisions.transfer(session, release_id, feed, **how)
            else:
                event = decisions.rule(session, kind, release_id, **how)
            told = [decisions.to_json(one) for one in decisions.of_release(session, release_id)]
            return {
                "release": release_id,
                "event": event.kind if event else None,
                "decisions": told,
            }

    def diff_delivery(self, delivery_id: str) -> Shape:
        """What a delivery changes; never reads a file. Raises NotFound."""
        with self._database.read() as session:
            known = session.get(Delivery, delivery_id) is not None
        found = self.changes(delivery_id) if known else None
        if found is None:
            raise NotFound(f"delivery {delivery_id} has no message that can be read")
        return found

    def diff(self, named: str) -> Shape:
        """What a delivery, a message (by its MessageId) or a file on the disk changes.

        Raises:
            NotFound: there is no such thing.
            MessageUnreadable: it is no message that can be read.
        """
        with self._database.read() as session:
            row = _logged(session, named)
            if row is not None:
                asked = history.of_logged(session, self._books, row)
            else:
                asked = self._waiting(session, named) or self._file(session, Path(named))
            return history.diff(session, self._books, asked, self._clock())

    def changes(self, delivery_id: str) -> Shape | None:
        """The same for a delivery's page; None when there is nothing to say."""
        try:
            return self.diff(delivery_id)
        except (NotFound, KeyError, MessageUnreadable, ObjectAbsent):
            return None

    def _waiting(self, session: Session, named: str) -> history.Asked | None:
        """A delivery whose message is kept and not in the log yet."""
        delivery = session.get(Delivery, named)
        if delivery is None or not delivery.digest:
            return None
        message = self._books(delivery.digest)
        return history.of_file(session, message, delivery.digest, delivery.feed_id, self._clock())

    def _file(self, session: Session, path: Path) -> history.Asked:
        try:
            data = path.read_bytes()
        except OSError:
            raise NotFound(
                f"no delivery, message or file {path}",
                remedy="list deliveries: segue deliveries list",
            ) from None
        message = reader.read(parse(data, LIMITS))
        feed_id = _feed(session, message)
        digest = blake3(data).hexdigest()
        return history.of_file(session, message, digest, feed_id, self._clock())


def parse_instant(text: str) -> datetime:
    """An instant in UTC; a date alone means the end of that day, without offset UTC.

    Raises:
        Misuse: it is none, or none that UTC has.
    """
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= len("2026-03-01"):
            found = found.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Misuse(f"{text!r} is no instant", remedy="such as 2026-03-01T12:00:00Z") from None


def _feed(session: Session, message: Message) -> str:
    """The feed that the message would come by: its sender's first one."""
    sender = compact(message.header.sender_dpid)
    alive = select(Feed).where(Feed.deleted_at.is_(None)).order_by(Feed.created_at, Feed.id)
    feeds = session.scalars(alive)
    return next((feed.id for feed in feeds if sender in map(compact, feed.dpids)), "")


def _logged(session: Session, named: str) -> LoggedMessage | None:
    """The newest entry of the log by delivery, MessageId or its own id."""
    query = select(LoggedMessage).where(
        or_(
            LoggedMessage.delivery_id == named,
            LoggedMessage.message_id == named,
            LoggedMessage.id == named,
        )
    )
    newest = (LoggedMessage.arrived_at.desc(), LoggedMessage.id.desc())
    return session.scalars(query.order_by(*newest)).first()
