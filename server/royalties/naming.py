"""What the catalogue calls the rows of a month: labels, titles, artists, as DuckDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Recording, Release
from server.royalties.tables import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

_BATCH = 500
_RELEASE = ("release_id", "label", "release_title", "release_artist", "icpn")
_RECORDING = ("recording_id", "title", "artist")


def name_rows(connection: DuckDBPyConnection, session: Session) -> None:
    """Make `named`: `allocated` with label, titles, artists and ICPN; empty for what is purged."""
    _bring(
        connection, "release_names", _RELEASE, _releases(session, _ids(connection, "release_id"))
    )
    recordings = _recordings(session, _ids(connection, "recording_id"))
    _bring(connection, "recording_names", _RECORDING, recordings)
    names = ", ".join(
        f"coalesce({name}, '') AS {name}" for name in (*_RELEASE[1:], *_RECORDING[1:])
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE named AS
        SELECT allocated.*, {names} FROM allocated
        LEFT JOIN release_names USING (release_id) LEFT JOIN recording_names USING (recording_id)
        ORDER BY isrc, recording_id, release_id, feed_id, recipient, agreement, territory, tier,
                 model, use
        """  # noqa: S608 - names of our own
    )


def _bring(
    connection: DuckDBPyConnection, table: str, names: Sequence[str], found: Iterator[Any]
) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {table}")
    fill(connection, table, dict.fromkeys(names, "VARCHAR"), list(found))


def _ids(connection: DuckDBPyConnection, column: str) -> list[str]:
    rows = connection.execute(f"SELECT DISTINCT {column} FROM allocated ORDER BY 1").fetchall()  # noqa: S608
    return [row[0] for row in rows]


def _releases(session: Session, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    columns = Release.id, Release.label, Release.title, Release.artist, Release.icpn
    for start in range(0, len(ids), _BATCH):
        query = select(*columns).where(Release.id.in_(ids[start : start + _BATCH]))
        yield from (tuple(value or "" for value in row) for row in session.execute(query))


def _recordings(session: Session, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(ids), _BATCH):
        query = select(Recording.id, Recording.title, Recording.artist).where(
            Recording.id.in_(ids[start : start + _BATCH])
        )
        yield from (tuple(value or "" for value in row) for row in session.execute(query))
