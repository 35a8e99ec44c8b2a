"""What operators see and do; implements `server.web.ports.Desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.queries import deliveries
from core.errors import NotFound
from ingest.parts import spectrum_key
from ingest.tell_again import tell_again
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catalog.lifecycle import DecisionKind
    from core.clock import Clock
    from core.database import Database
    from storage.store import ObjectStore

Shape = dict[str, Any]


class Desk:
    """Deliveries and feeds. Who may call it is judged before."""

    def __init__(
        self,
        database: Database,
        objects: ObjectStore,
        retry: Callable[[str], None],
        decide: Callable[[DecisionKind, str, str, str], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._objects = objects
        self._retry = retry
        self._decide = decide
        self._clock = clock

    def deliveries(
        self, states: Sequence[str], offset: int, limit: int, *, feed: str = "", text: str = ""
    ) -> Shape:
        """`{"total", "counts": {state: int}, "deliveries": [delivery]}`, newest first.

        `states`, `feed` (its id) and `text` (in title, artist, code, batch) empty mean all;
        `total` counts what they select, `counts` everything.
        """
        with self._database.read() as session:
            total, found = deliveries.list_deliveries(
                session, offset=max(offset, 0), limit=limit, states=states, feed_id=feed, text=text
            )
            counts = deliveries.count_states(session)
        return {"total": total, "counts": counts, "deliveries": found}

    def waiting(self, states: Sequence[str]) -> int:
        """How many deliveries are in these states."""
        with self._database.read() as session:
            return deliveries.count_in(session, states)

    def delivery(self, delivery_id: str) -> Shape | None:
        """One delivery, None when there is none."""
        with self._database.read() as session:
            return deliveries.find_delivery(session, delivery_id)

    def need_delivery(self, delivery_id: str) -> Shape:
        """One delivery.

        Raises:
            NotFound: there is none with this id.
        """
        found = self.delivery(delivery_id)
        if found is None:
            raise NotFound("there is no such delivery", remedy="list them: /api/v1/deliveries")
        return found

    def message(self, delivery_id: str) -> bytes | None:
        """The bytes of the delivery's XML as they arrived, None when they are not kept."""
        with self._database.read() as session:
            digest = deliveries.message_digest(session, delivery_id)
        if not digest:
            return None
        try:
            return self._objects.get(f"messages/{digest[:2]}/{digest}")
        except ObjectAbsent:
            return None

    def spectrogram(self, delivery_id: str, path: str) -> bytes | None:
        """A PNG of the spectrum of a file that raised a doubt, None when there is none."""
        found = self.delivery(delivery_id)
        files = (found or {}).get("file_list") or []
        digest = next((one.get("blake3") for one in files if one.get("path") == path), None)
        if not digest:
            return None
        try:
            return self._objects.get(spectrum_key(digest))
        except ObjectAbsent:
            return None

    def retry(self, delivery_id: str) -> None:
        """Run it again.

        Raises:
            NotFound: there is none with this id.
            Misuse: its state does not allow it.
        """
        self.need_delivery(delivery_id)
        self._retry(delivery_id)

    def tell(self, delivery_id: str, channels: Sequence[str]) -> None:
        """Tell by these channels once more what was told about it; by all when none is named.

        Raises:
            NotFound: there is none with this id.
            Conflict: nothing was told that way.
        """
        with self._database.write() as session:
            tell_again(session, delivery_id, channels, self._clock())

    def decide(self, kind: DecisionKind, delivery_id: str, reason: str, by: str) -> None:
        """Release, reject or ask again for a held delivery.

        Raises:
            NotFound: there is none with this id.
            Misuse: it is not held, or no reason is given.
        """
        self.need_delivery(delivery_id)
        self._decide(kind, delivery_id, reason, by)

    def feeds(self) -> Shape:
        """`{"feeds": [feed]}`."""
        with self._database.read() as session:
            return {"feeds": deliveries.list_feeds(session)}
