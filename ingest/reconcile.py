"""At the start: files that a door finished just before a crash, and never told, are told now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed, InboxFile
from ingest import inbox as rules
from ingest.doors.common.files import FeedFiles
from ingest.doors.common.paths import clean
from ingest.doors.common.ports import ReceivedFile
from ingest.doors.common.upload import Intake, digest_of
from ingest.steps import closing

if TYPE_CHECKING:
    from ingest.parts import Parts
    from ingest.receiving import DatabaseInbox


def reconcile(parts: Parts, inbox: DatabaseInbox) -> int:
    """Tell the inbox of every finished file that it has no row of; returns how many.

    Completions come last, as a sender sends them. Files whose row has gone are forgotten.
    """
    with parts.database.read() as session:
        feeds = list(session.scalars(select(Feed.id)))
    return sum(_feed(parts, inbox, feed_id) for feed_id in feeds)


def _feed(parts: Parts, inbox: DatabaseInbox, feed_id: str) -> int:
    files = FeedFiles(
        parts.data.root.resolve(), feed_id, inbox=inbox, clock=parts.clock, intake=Intake()
    )
    if not (parts.data.inbox / feed_id).is_dir():
        return 0
    with parts.database.read() as session:
        rows = session.scalars(select(InboxFile).where(InboxFile.feed_id == feed_id)).all()
    known = {row.path: row.size for row in rows}
    there = dict(files.finished())
    for path in known.keys() - there.keys():
        inbox.removed(feed_id, path)
    lost = [path for path, size in there.items() if known.get(path) != size]
    for path in sorted(lost, key=lambda path: (rules.completion(path), path)):
        with closing(files.open_read(clean(path))) as descriptor:
            digest = digest_of(descriptor)
        received = ReceivedFile(feed_id, path, there[path], digest, parts.clock(), sure=False)
        inbox.received(received)  # nobody knows any more by which door it came
    return len(lost)
