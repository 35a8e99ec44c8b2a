"""What operators see and do; implements `server.web.ports.Desk`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.queries import deliveries
from core.errors import NotFound
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.database import Database
    from storage.store import ObjectStore

Shape = dict[str, Any]


class Desk:
    """Deliveries and feeds. Who may call it is judged before."""

    def __init__(
        self, database: Database, objects: ObjectStore, retry: Callable[[str], None]
    ) -> None:
        self._database = database
        self._objects = objects
        self._retry = retry

    def deliveries(self, states: Sequence[str], offset: int, limit: int) -> Shape:
        """`{"total", "counts": {state: int}, "deliveries": [delivery]}`, newest first.

        `states` empty means all; `total` counts what they select, `counts` everything.
        """
        with self._database.read() as session:
            total, found = deliveries.list_deliveries(
                session, offset=max(offset, 0), limit=limit, states=states
            )
            counts = deliveries.count_states(session)
        return {"total": total, "counts": counts, "deliveries": found}

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

    def retry(self, delivery_id: str) -> None:
        """Run it again.

        Raises:
            NotFound: there is none with this id.
            Misuse: its state does not allow it.
        """
        self.need_delivery(delivery_id)
        self._retry(delivery_id)

    def feeds(self) -> Shape:
        """`{"feeds": [feed]}`."""
        with self._database.read() as session:
            return {"feeds": deliveries.list_feeds(session)}
