"""Where a rebuild puts its catalogue: a SQLite file of its own, thrown away by the next one."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from catalog.census import body, canonical
from catalog.walk import recording
from core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.census import Line
    from catalog.walk import Rows

Shape = dict[str, Any]
_TABLES = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
PRAGMA cache_size=-32000;
CREATE TABLE releases (id TEXT PRIMARY KEY, entries INTEGER, body TEXT) WITHOUT ROWID;
CREATE TABLE sources (recording TEXT, release TEXT, body TEXT, PRIMARY KEY (recording, release))
  WITHOUT ROWID;
CREATE INDEX by_release ON sources (release);
"""


class Scratch:
    """Lines of a catalogue in the making; a release without a row has an empty line."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, release_id: str, found: Rows, entries: int) -> None:
        """Replace what is known of a release; `entries` is how many the log had of it."""
        line = body(found.release, found.tracks, found.sources) if found.release else ""
        self._db.execute("DELETE FROM sources WHERE release = ?", (release_id,))
        self._db.execute(
            "INSERT OR REPLACE INTO releases VALUES (?, ?, ?)", (release_id, entries, line)
        )
        self._db.executemany(
            "INSERT INTO sources VALUES (?, ?, ?)",
            ((one["recording_id"], release_id, canonical(one)) for one in found.sources),
        )

    def entries(self) -> Iterator[tuple[str, int]]:
        """Release id and number of its entries."""
        yield from self._db.execute("SELECT id, entries FROM releases ORDER BY id")

    def releases(self) -> Iterator[Line]:
        """A line for each release that has a row, in the order of ids."""
        yield from self._db.execute("SELECT id, body FROM releases WHERE body <> '' ORDER BY id")

    def release(self, release_id: str) -> str | None:
        """The line of one release."""
        query = "SELECT body FROM releases WHERE id = ? AND body <> ''"
        row = self._db.execute(query, (release_id,)).fetchone()
        return str(row[0]) if row else None

    def spoken_of(self, release_id: str) -> list[str]:
        """Recordings that a release speaks of."""
        query = "SELECT recording FROM sources WHERE release = ?"
        return [str(row[0]) for row in self._db.execute(query, (release_id,))]

    def recording(self, recording_id: str) -> str | None:
        """The line of one recording."""
        query = "SELECT body FROM sources WHERE recording = ? ORDER BY release"
        found = [json.loads(row[0]) for row in self._db.execute(query, (recording_id,))]
        return canonical(recording(found)) if found else None

    def recordings(self) -> Iterator[Line]:
        """A line for each recording, in the order of ids."""
        rows = self._db.execute("SELECT recording, body FROM sources ORDER BY recording, release")
        for key, group in groupby(rows, key=itemgetter(0)):
            yield key, canonical(recording([json.loads(one) for _, one in group]))


@contextmanager
def scratch(path: Path) -> Iterator[Scratch]:
    """A new one at this path; what an interrupted rebuild left there goes first.

    Raises:
        Conflict: another rebuild is at work.
    """
    lock = path.with_suffix(".lock")
    with lock.open("w", encoding="ascii") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "the catalogue is being rebuilt already", remedy="wait until it is done"
            ) from None
        _remove(path)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-32000;"
                + _TABLES
            )
            connection.execute("BEGIN")
            yield Scratch(connection)
        finally:
            connection.close()
            _remove(path)
            lock.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-journal")):
        name.unlink(missing_ok=True)
