"""What the catalogue calls releases and recordings, as cells, for the rows that need it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Recording, Release
from ddex.dsr.text import escape, escape_many
from server.royalties.tables import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

_BATCH = 500
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_ICPN = re.compile(r"\d{12,14}", re.ASCII)
_ISWC = re.compile(r"T\d{10}", re.ASCII)
_AUTHORS = ("Composer", "Lyricist", "ComposerLyricist", "Author", "SongWriter")
RELEASE_TYPES = frozenset(
    {
        "Album", "Bundle", "ClassicalAlbum", "ClassicalDigitalBoxedSet", "DigitalBoxSetRelease",
        "DjMix", "EP", "MultimediaAlbum", "MultimediaSingle", "PlayList", "Single",
        "SingleResourceRelease", "TrackRelease", "VideoAlbum", "VideoSingle",
    }
)  # fmt: skip
RELEASES = {
    "release_id": "VARCHAR", "grid": "VARCHAR", "icpn": "VARCHAR", "own_ids": "VARCHAR",
    "release_type": "VARCHAR", "release_title": "VARCHAR", "release_artist": "VARCHAR",
    "label": "VARCHAR", "p_line": "VARCHAR",
}  # fmt: skip
RECORDINGS = {
    "recording_id": "VARCHAR", "isrc": "VARCHAR", "own_id": "VARCHAR", "title": "VARCHAR",
    "artist": "VARCHAR", "duration": "VARCHAR", "iswc": "VARCHAR", "authors": "VARCHAR",
}  # fmt: skip


def bring(connection: DuckDBPyConnection, session: Session) -> None:
    """The tables `release_names` and `recording_names` for what stands in `report_rows`.

    Texts are cells already: escaped by Part 1. What is in the catalogue no more has its id alone.
    """
    for name in ("release_names", "recording_names"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    fill(
        connection, "release_names", RELEASES, list(_releases(session, _ids(connection, "release")))
    )
    fill(
        connection,
        "recording_names",
        RECORDINGS,
        list(_recordings(session, _ids(connection, "recording"))),
    )


def _ids(connection: DuckDBPyConnection, what: str) -> list[str]:
    query = f"SELECT DISTINCT {what}_id FROM report_rows ORDER BY 1"  # noqa: S608 - two words
    return [name for (name,) in connection.execute(query).fetchall()]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _releases(session: Session, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    columns = (Release.id, Release.grid, Release.icpn, Release.proprietary_ids, Release.type,
               Release.title, Release.artist, Release.label, Release.p_line)  # fmt: skip
    for some in _batches(ids):
        for row in session.execute(select(*columns).where(Release.id.in_(some))):
            own = [name for name in row.proprietary_ids if "::" in name]
            yield (
                row.id, row.grid or "", _barcode(row.icpn), escape_many(own),
                row.type if row.type in RELEASE_TYPES else "", escape(row.title),
                escape(row.artist), escape(row.label), escape(row.p_line),
            )  # fmt: skip


def _recordings(session: Session, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    columns = (Recording.id, Recording.isrc, Recording.title, Recording.artist,
               Recording.duration_ms, Recording.works, Recording.credits)  # fmt: skip
    for some in _batches(ids):
        for row in session.execute(select(*columns).where(Recording.id.in_(some))):
            right = _ISRC.fullmatch(row.isrc) is not None
            own = escape_many([row.isrc]) if "::" in row.isrc else ""
            works = [work for work in map(_bare, row.works) if _ISWC.fullmatch(work)]
            yield (
                row.id, row.isrc if right else "", own, escape(row.title), escape(row.artist),
                duration(row.duration_ms), works[0] if works else "",
                escape_many(_authors(row.credits)),
            )  # fmt: skip


def _barcode(icpn: str | None) -> str:
    """As it stands in reports; what a sender wrote in its place is none."""
    return icpn if icpn and _ICPN.fullmatch(icpn) else ""


def _bare(work: str) -> str:
    return re.sub(r"[-. ]", "", work)


def _authors(credits_: Sequence[dict[str, Any]]) -> list[str]:
    found = [name for c in credits_ if c.get("role") in _AUTHORS for name in c.get("names", ())]
    return list(dict.fromkeys(str(name) for name in found if name))


def duration(milliseconds: int) -> str:
    """ISO 8601, whole seconds: `PT3M45S`; empty when it is not known."""
    seconds = round(milliseconds / 1000)
    if seconds <= 0:
        return ""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + f"{rest}S"
