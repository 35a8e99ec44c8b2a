"""The inbox's rows: finished files, what was made of them, and what a top folder waits for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from catalog.lifecycle import ACCEPTED, SETTLED, DeliveryState, move
from catalog.models import Delivery, InboxFile, Telling
from catalog.models.deliveries import RECEIPTS
from ddex.choreography import rows
from ingest.inbox import Arrived, Kind, Place, Sent, Top, place

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from catalog.models import Feed
    from ddex.choreography.rows import Choreography
    from ingest.inbox import Folder

INCOMPLETE = Delivery.state == DeliveryState.INCOMPLETE
_FEW = 100
"""Names that a query lists."""

# asked for each of thousands of small files: built once, because that takes longer than they do,
# and of tables, because a session's bookkeeping takes as long again
_TABLES = InboxFile.metadata.tables
_FILES, _DELIVERIES = _TABLES["inbox_files"], _TABLES["deliveries"]
_ADD = insert(_FILES)
_FORGET = delete(_FILES).where(
    _FILES.c.feed_id == bindparam("feed"), _FILES.c.path == bindparam("file")
)
_LAST = select(
    select(func.max(_FILES.c.receipt)).scalar_subquery(),
    select(func.max(_DELIVERIES.c.receipt)).scalar_subquery(),
)
_WAITING = (
    select(Delivery)
    .where(
        Delivery.feed_id == bindparam("feed"),
        Delivery.batch == bindparam("top"),
        Delivery.release_folder == "",
        INCOMPLETE,
    )
    .limit(1)
)


def row_of(feed: Feed) -> Choreography:
    """The feed's choreography; one that was stored and is none any more is the default."""
    return rows.ROWS.get(feed.choreography) or rows.ROWS[rows.DEFAULT]


def in_turn(session: Session, feed_id: str) -> None:
    """One file of a feed after the other, so that receipts tell their order."""
    if session.get_bind().dialect.name == "postgresql":
        key = {"key": f"inbox {feed_id}"}
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def add(session: Session, file: InboxFile) -> InboxFile:
    """Keep a file under a new receipt, greater than all before it, in place of what had its
    path. What is returned is a copy of the row: changes of it are not kept."""
    forget(session, file.feed_id, file.path)
    file.receipt = _receipt(session)
    parts = file.path.split("/")
    file.top = parts[0][:255] if len(parts) > 1 else ""
    file.folder = parts[1][:255] if len(parts) > 2 else ""
    connection = session.connection()
    connection.execute(_ADD, {name: getattr(file, name) for name in _FILES.c.keys()})  # noqa: SIM118 - columns, by name
    return file


def forget(session: Session, feed_id: str, path: str) -> None:
    """Of this one file."""
    session.connection().execute(_FORGET, {"feed": feed_id, "file": path})


def _receipt(session: Session) -> int:
    """From a sequence where writers do not wait for each other; those of SQLite do."""
    if session.get_bind().dialect.name == "postgresql":
        return session.execute(select(RECEIPTS.next_value())).scalar_one()
    last, used = session.connection().execute(_LAST).one()
    return max(last or 0, used or 0) + 1


def under(feed_id: str, path: str) -> ColumnElement[bool]:
    """A file of the feed, or all files in the folder of this path."""
    top = path.split("/", 1)[0]
    inside = InboxFile.path == path
    return (InboxFile.feed_id == feed_id) & (
        inside
        | ((InboxFile.top == top[:255]) & InboxFile.path.startswith(f"{path}/", autoescape=True))
    )


def of_top(feed_id: str, top: str) -> ColumnElement[bool]:
    """All files in a top folder."""
    return (InboxFile.feed_id == feed_id) & (InboxFile.top == top)


def of_folders(feed_id: str, top: str, folders: Collection[str]) -> ColumnElement[bool]:
    """The deliveries of these release folders; of very many, those of the whole top folder."""
    batch = (Delivery.feed_id == feed_id) & (Delivery.batch == top)
    return batch & Delivery.release_folder.in_(folders) if len(folders) <= _FEW else batch


def arrived(row: InboxFile) -> Arrived:
    """The row as the state machine takes it."""
    return Arrived(
        path=row.path,
        size=row.size,
        blake3=row.blake3,
        receipt=row.receipt,
        sure=row.sure,
        doubt=row.doubt,
    )


def load(session: Session, feed: Feed, top: str, folder: str | None = None) -> Top:
    """A top folder as it lies there; of a batch one release folder only, when it is named."""
    row = row_of(feed)
    query = select(InboxFile).where(of_top(feed.id, top))
    before = select(
        Delivery.release_folder, Delivery.receipt, Delivery.files, Delivery.state
    ).where(Delivery.feed_id == feed.id, Delivery.batch == top, ~INCOMPLETE)
    if folder is not None:
        query = query.where(InboxFile.folder.in_(("", folder, "resources")))
        before = before.where(Delivery.release_folder == folder)
    files = tuple(arrived(each) for each in session.scalars(query.order_by(InboxFile.path)))
    sent = {
        name: Sent(
            receipt=receipt,
            files={each["path"]: each["blake3"] for each in told},
            settled=state in SETTLED,
            accepted=state in ACCEPTED,
        )
        for name, receipt, told, state in session.execute(before.order_by(Delivery.receipt))
    }
    return Top(name=top, row=row, files=files, sent=sent)


def called(session: Session, feed: Feed, top: str) -> bool:
    """Whether a file stands in the top folder that completes it."""
    query = select(InboxFile.path).where(of_top(feed.id, top), InboxFile.folder == "")
    row = row_of(feed)
    return any(place(path, row).kind is Kind.COMPLETION for path in session.scalars(query))


def delivery_of(
    feed: Feed, top: str, folder: Folder, completion: InboxFile, now: datetime
) -> Delivery:
    """A delivery that waits for a worker. `completion` is the file that completed it."""
    files = entries(folder)
    return Delivery(
        id=_id(feed.id, top, folder.name, str(folder.receipt)),
        feed_id=feed.id,
        protocol=completion.protocol or feed.protocol,
        batch=top,
        release_folder=folder.name,
        xml_path=folder.xml.removeprefix(f"{folder.root}/") if folder.xml else None,
        receipt=folder.receipt,
        state=DeliveryState.RECEIVED,
        files=files,
        bytes=sum(each["size"] for each in files),
        waiting_for="Segue: a free worker",
        received_at=completion.received_at,
        updated_at=now,
    )


def entries(folder: Folder) -> list[dict[str, Any]]:
    """`Delivery.files` of a folder."""
    found = [_entry(each, each.path.removeprefix(f"{folder.root}/")) for each in folder.files]
    for each in folder.shared:
        path = "resources/" + each.path.split("/resources/", 1)[1]
        if all(path != other["path"] for other in found):
            found.append({**_entry(each, path), "shared": True})
    return found


def _entry(file: Arrived, path: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": path, "size": file.size, "blake3": file.blake3}
    return {**entry, "doubt": file.doubt} if file.doubt else entry


def become(waiting: Delivery, made: Delivery) -> None:
    """What waited is this delivery now, under its own id."""
    move(waiting, DeliveryState.RECEIVED)
    for name in _CARRIED:
        setattr(waiting, name, getattr(made, name))
    waiting.phase, waiting.media, waiting.attention_at = "", {}, None


_CARRIED = (
    *("protocol", "release_folder", "xml_path", "receipt", "files", "bytes", "waiting_for"),
    *("received_at", "updated_at"),
)


def waiting_of(session: Session, feed_id: str, top: str) -> Delivery | None:
    """The row of what a top folder waits for; that of stray files has no top folder."""
    return session.scalars(_WAITING, {"feed": feed_id, "top": top}).first()


def begin_waiting(
    session: Session, feed: Feed, top: str, row: InboxFile, now: datetime
) -> Delivery:
    """A new row of what waits, since its first file."""
    waiting = Delivery(
        id=_id(feed.id, top, "", f"open {row.receipt}"),
        feed_id=feed.id,
        protocol=row.protocol or feed.protocol,
        batch=top,
        release_folder="",
        receipt=0,
        state=DeliveryState.INCOMPLETE,
        received_at=row.received_at,
        updated_at=now,
        media={"files": 0},
    )
    session.add(waiting)
    return waiting


def end_waiting(session: Session, waiting: Delivery) -> None:
    """Nothing is waited for any more; what was told of it stays."""
    session.execute(
        update(Telling).where(Telling.delivery_id == waiting.id).values(delivery_id=None)
    )
    session.delete(waiting)
    session.flush()


def totals(session: Session, feed_id: str, top: str) -> tuple[int, int]:
    """How many files a top folder has, and their bytes."""
    query = select(func.count(), func.coalesce(func.sum(InboxFile.size), 0))
    count, size = session.execute(query.where(of_top(feed_id, top))).one()
    return int(count), int(size)


def strays(session: Session, feed: Feed) -> tuple[int, int]:
    """How many files lie outside any batch, and their bytes."""
    query = select(InboxFile.top, func.count(), func.coalesce(func.sum(InboxFile.size), 0))
    found = session.execute(query.where(InboxFile.feed_id == feed.id).group_by(InboxFile.top))
    row = row_of(feed)
    outside = Place(Kind.STRAY)
    loose = [each for each in found if place(f"{each[0]}/_", row) == outside]
    return sum(count for _, count, _ in loose), sum(int(size) for _, _, size in loose)


def newest(session: Session, feed_id: str, top: str) -> InboxFile | None:
    """The file of a top folder that came last."""
    query = select(InboxFile).where(of_top(feed_id, top))
    return session.scalars(query.order_by(InboxFile.receipt.desc()).limit(1)).first()


def made(
    session: Session, feed_id: str, top: str, folders: Collection[str]
) -> set[tuple[str, int]]:
    """Which deliveries there are of these release folders: folder and receipt."""
    query = select(Delivery.release_folder, Delivery.receipt).where(
        of_folders(feed_id, top, folders), ~INCOMPLETE
    )
    return {(folder, receipt) for folder, receipt in session.execute(query)}


def stray(count: int) -> str:
    """What to do about files that lie outside any batch."""
    what = "file lies" if count == 1 else "files lie"
    return (
        f"Sender: {count} {what} outside any batch folder; move them into one such as "
        "N_20260105100500123/<ReleaseId>/, or remove them"
    )


def _id(*parts: str) -> str:
    return "dlv_" + hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
