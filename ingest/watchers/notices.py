"""Notices of new objects, handed over by others (Lambda, Pub/Sub, Event Grid, a sender's script):
taken durably, then fetched.

A notice is only a hint: objects are looked for by the feed's own credentials below its own prefix,
and what no notice told is found by the next poll. The same notices again are no new work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from blake3 import blake3

from core.errors import Conflict, Unavailable
from ingest.doors.common.paths import ANSWERS
from ingest.watchers.watched import watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.database import Database
    from core.work import Steps
    from ingest.pipeline import Works
    from ingest.watchers.place import Place
    from ingest.watchers.watch import Round

WORKFLOW = "notices"
LONGEST_KEY = 1024
"""Bytes: no store has longer ones."""
_log = structlog.get_logger("segue.notices")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One new object, as somebody told of it; only bucket and key are ever used to fetch. `account`
    is the storage account of an Azure blob, where it is told."""

    bucket: str
    key: str
    etag: str = ""
    version: str = ""
    sequencer: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Keys that are going to be fetched, and those passed over, with the reason."""

    taken: tuple[str, ...]
    passed_over: tuple[tuple[str, str], ...]


class Fetches(Protocol):
    """What notices need of the watcher."""

    def fetch(self, feed_id: str, keys: Sequence[str]) -> Round:
        """Fetch objects by their keys; naming one twice does nothing."""
        ...


class Notices:
    """Takes notices; `watcher` fetches what they name."""

    def __init__(self, database: Database, watcher: Fetches) -> None:
        self._database = database
        self._watcher = watcher

    def register(self, work: Works) -> None:
        """Make the workflow known."""

        def fetch(steps: Steps, argument: str) -> None:
            told = json.loads(argument)
            steps.run("fetch", self.fetch, told["feed"], told["keys"])

        work.register(WORKFLOW, fetch)

    def fetch(self, feed_id: str, keys: Sequence[str]) -> int:
        """Fetch now; how many objects came.

        Raises:
            Unavailable: not all could be fetched; another try may help.
        """
        done = self._watcher.fetch(feed_id, keys)
        if done.fault and not done.lasting:
            raise Unavailable(done.fault, remedy="the next look at the store tries again")
        if done.fault:
            _log.warning("notices_dropped", feed=feed_id, keys=len(keys), why=done.fault)
        return done.fetched

    def take(self, work: Works, feed_id: str, notices: Sequence[Notice]) -> Taken:
        """Ask durably for what is the feed's own; when this returns, no restart loses it.

        Raises:
            Conflict: the feed watches no store.
        """
        with self._database.read() as session:
            place = watched(session, feed_id)
        if place is None:
            raise Conflict(
                "this feed watches no store", remedy="let the operator set the feed's store"
            )
        ours = (*place.ours, *(place.place.below(name) for name in ANSWERS))
        taken: dict[str, Notice] = {}
        passed: dict[str, str] = {}
        for notice in notices:
            reason = _passed(notice, place.place, ours)
            if reason:
                passed[notice.key] = reason
            else:
                taken[notice.key] = notice
        if taken:
            argument = json.dumps({"feed": feed_id, "keys": list(taken)})
            work.enqueue(WORKFLOW, f"notices:{feed_id}:{_mark(list(taken.values()))}", argument)
        return Taken(tuple(taken), tuple(passed.items()))


def _passed(notice: Notice, place: Place, ours: tuple[str, ...]) -> str:
    """Why a notice is none of the feed's, empty when it is."""
    if notice.account not in {"", place.account}:
        return "another account than the feed's"
    if notice.bucket != place.bucket:
        return "another bucket than the feed's"
    if not notice.key.startswith(place.prefix) or notice.key == place.prefix:
        return "not below the feed's prefix"
    if len(notice.key.encode("utf-8", "replace")) > LONGEST_KEY:
        return "longer than keys can be"
    if notice.key.startswith(ours):
        return "written by Segue"
    return ""


def _mark(notices: list[Notice]) -> str:
    """The same for the same objects in the same versions, in whatever order they are told."""
    lines = sorted(json.dumps([one.key, one.etag, one.version, one.sequencer]) for one in notices)
    return blake3("\n".join(lines).encode()).hexdigest()[:32]
