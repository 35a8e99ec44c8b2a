"""Encodings for operators: how far they are, and trying again at once what is not ready."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Release
from ingest import spares

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from ingest.encodings import Encodings, Kitchen

Shape = dict[str, Any]


class EncodingsDesk:
    """Reads what the background work has done, and hurries it."""

    def __init__(self, kitchen: Kitchen, encodings: Encodings) -> None:
        self._kitchen = kitchen
        self._encodings = encodings

    def show(self, most: int) -> Shape:
        """`ingest.spares.Progress` with `left`, and of at most `most` each: `failures` with title
        and artist, and `waiting`, the releases that are not ready, as `{id, title, artist}`.

        `doing` is the release that is being encoded, or None; `queued` how many wait to be looked
        at.
        """
        doing, queued = self._encodings.standing()
        with self._kitchen.database.read() as session:
            found = spares.progress(session, self._kitchen)
            failed, waiting = found.failures[:most], found.releases[:most]
            known = _named(session, {*waiting, doing, *(one.release for one in failed)})

        def named(release: str) -> Shape:
            return known.get(release) or {"id": release, "title": "", "artist": ""}

        return {
            **asdict(found),
            "left": found.left,
            "failures": [
                *({**named(one.release), **asdict(one)} for one in failed),
                *(asdict(one) for one in found.failures[most:]),
            ],
            "waiting": [named(release) for release in waiting],
            "doing": named(doing) if doing else None,
            "queued": queued,
        }

    def start(self) -> int:
        """Look at all that is not ready as soon as the background work can, what failed too;
        returns how many releases that are."""
        with self._kitchen.database.read() as session:
            found = spares.progress(session, self._kitchen)
        every = {*found.releases, *(one.release for one in found.failures)}
        self._encodings.hurry(sorted(every))
        return len(every)


def _named(session: Session, releases: Collection[str]) -> dict[str, Shape]:
    query = select(Release.id, Release.title, Release.artist).where(Release.id.in_(releases))
    return {one.id: one._asdict() for one in session.execute(query)}
