"""Acknowledgements and reports of a feed, written back to where it delivers."""

from __future__ import annotations

import stat as modes
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import WatchedObject
from ingest.doors.common.paths import ANSWERS, shown
from ingest.watchers import keys
from ingest.watchers.rows import State

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ingest.doors.common.paths import Parts
    from ingest.doors.common.tree import Tree
    from ingest.watchers.visit import Visit


def answer(visit: Visit) -> int:
    """Put each answer that the store lacks there; how many were put.

    The row is written before the object, so that no listing takes our object for the sender's;
    writing it twice is the same.
    """
    feed_id, prefix = visit.watched.feed_id, visit.watched.place.prefix
    tree = visit.files.inbox_tree
    with visit.database.read() as session:
        known = _known(session, feed_id)
    put = 0
    for parts, facts in answers_in(tree):
        key = prefix + shown(parts)
        mark = f"{facts.st_size}|{facts.st_mtime_ns}"
        if known.get(key) == mark:
            continue
        with visit.database.write() as session:
            _claim(session, feed_id, key, visit.clock())
        visit.source.put(key, tree.root.joinpath(*parts).read_bytes())
        with visit.database.write() as session:
            _claim(session, feed_id, key, visit.clock()).mark = mark
        put += 1
    return put


def answers_in(tree: Tree) -> Iterator[tuple[Parts, os.stat_result]]:
    """Our files in a feed's view: in the folders of its root, and in those of its batches."""
    for name in ANSWERS:
        yield from tree.files((name,))
    for name, facts in sorted(tree.entries(()).items()):
        if name not in ANSWERS and modes.S_ISDIR(facts.st_mode):
            yield from tree.files((name, ANSWERS[0]))


def _known(session: Session, feed_id: str) -> dict[str, str]:
    wanted = select(WatchedObject.key, WatchedObject.mark).where(
        WatchedObject.feed_id == feed_id, WatchedObject.state == State.OURS
    )
    return {row.key: row.mark for row in session.execute(wanted)}


def _claim(session: Session, feed_id: str, key: str, now: datetime) -> WatchedObject:
    row_id = keys.identity(feed_id, key)
    row = session.get(WatchedObject, row_id)
    if row is None:
        row = WatchedObject(id=row_id, feed_id=feed_id, key=key, path="", mark="")
        session.add(row)
    row.state, row.seen_at, row.modified = State.OURS, now, now
    return row
