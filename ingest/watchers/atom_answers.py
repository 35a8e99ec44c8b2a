"""Answers to senders with an Atom feed, through the door that their messages came in by: POST
Release Status with the acknowledgement as its body, and DELETE ERN Message once it is accepted (ERN
part 4, clauses 6.3 and 6.5).

A channel of `ingest.messengers`, so what fails is tried again for about three days. A status that
is sent twice is the very same document under the same MessageId.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Telling, WatchedObject
from core.errors import SegueError
from ingest.messengers import Sent
from ingest.tellings import DELETE, DELETE_SUFFIX
from ingest.watchers.atom import AtomFeed
from ingest.watchers.atom_fetch import Web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from catalog.models import Feed
    from core.database import Database
    from core.outbound import Outbound

_GONE = frozenset({404, 410})


@dataclass(slots=True, kw_only=True)
class AtomAnswers:
    """A `messengers.Channel`. `inbox` is the folder of all feeds' views, `credential` as
    `atom.AtomPoller` has it."""

    database: Database
    inbox: Path
    outbound: Outbound
    credential: Callable[[str], tuple[str, bytes] | None]

    def send(self, telling: Telling, feed: Feed | None) -> Sent:
        """One try."""
        place = AtomFeed.of(feed)
        if place is None:
            return Sent(ok=False, said="the feed asks no web service any more", final=True)
        try:
            with Web(self.outbound, place.access(self.credential(place.feed_id))) as web:
                if telling.type == DELETE:
                    return self._delete(web, telling)
                return self._post(web, telling, place)
        except SegueError as fault:
            return Sent(ok=False, said=fault.message)

    def _post(self, web: Web, telling: Telling, place: AtomFeed) -> Sent:
        if not place.status_url:
            return Sent(ok=False, said="the feed has no watch.status_url any more", final=True)
        try:
            data = (
                self.inbox / place.feed_id / telling.body["data"]["acknowledgement"]
            ).read_bytes()
        except OSError as fault:
            return Sent(ok=False, said=f"the acknowledgement is not written: {fault.strerror}")
        status = web.order("POST", place.status_url, data)
        ok = 200 <= status < 300
        if ok:
            with self.database.write() as session:
                deletion = session.get(Telling, telling.id + DELETE_SUFFIX)
                if deletion is not None:
                    deletion.due_at = telling.made_at
        return Sent(ok, f"POST: HTTP {status}", final=status == 410)

    def _delete(self, web: Web, telling: Telling) -> Sent:
        waits = self._waits(telling)
        if waits is not None:
            return waits
        status = web.order("DELETE", telling.body["data"]["url"])
        gone = " (gone already)" if status in _GONE else ""
        return Sent(200 <= status < 300 or status in _GONE, f"DELETE: HTTP {status}{gone}")

    def _waits(self, telling: Telling) -> Sent | None:
        """Who has not heard that a message was taken shall not lose it; nor one that is newer."""
        data = telling.body["data"]
        newest = select(WatchedObject.id).where(
            WatchedObject.feed_id == telling.feed_id,
            WatchedObject.top == data["batch"],
            WatchedObject.delete_url == data["url"],
        )
        with self.database.read() as session:
            status = session.get(Telling, telling.id.removesuffix(DELETE_SUFFIX))
            if status is not None and status.outcome != "sent":
                final = status.outcome != "due"
                return Sent(ok=False, said="the status is not posted yet", final=final)
            if session.scalar(newest.limit(1)) is None:
                return Sent(ok=False, said="the entry has become another", final=True)
        return None
