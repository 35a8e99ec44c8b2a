"""What senders do over HTTP: prove who they are, see their own deliveries, ask for a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.queries import deliveries
from core.errors import NotFound
from ddex.findings import Outcome
from ingest.doors.common.paths import shown
from server.errors import KeyRequired
from server.services.packages import Package as Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from core.database import Database
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.http import HttpDoor
    from ingest.doors.http.hall import Keys
    from ingest.doors.http.package import Package
    from server.accounts.feed_tokens import FeedTokens
    from server.services.judging import Judge
    from server.services.stores import Stores

Shape = dict[str, Any]
_SCHEME = "bearer "


class Senders:
    """Feeds that deliver over HTTP. Every answer is about the feed's own things only."""

    def __init__(
        self,
        database: Database,
        door: HttpDoor,
        judge: Callable[[str], Judge],
        tokens: FeedTokens,
        stores: Stores | None = None,
    ) -> None:
        self._database = database
        self._judge = judge
        self.door = door
        self.tokens = tokens
        self.stores = stores

    @property
    def store_keys(self) -> Keys | None:
        """Who feeds of stores are; None where nobody looks into stores."""
        return self.stores.keys if self.stores else None

    async def login(self, request: Request, *, stores: bool = False) -> FeedLogin:
        """The feed whose key came with the request; a wrong key is answered late. `stores` lets
        feeds in whose objects lie in stores, and who have no HTTP door.

        Raises:
            KeyRequired: none came, or it opens nothing.
        """
        key = bearer(request)
        peer = peer_of(request)
        keys = self.store_keys if stores else None
        login = await self.door.login(key, peer, keys) if key else None
        if login is None:
            raise KeyRequired(
                "no valid API key came with this request",
                remedy="send the feed's key as `Authorization: Bearer segue_…`",
            )
        return login

    def delivery(self, feed_id: str, delivery_id: str) -> Shape:
        """A delivery of this feed, without what is the operators' business.

        Raises:
            NotFound: there is none of this feed with this id.
        """
        with self._database.read() as session:
            found = deliveries.find_delivery(session, delivery_id)
        if found is None or found["feed"] != feed_id:
            raise NotFound("you have no such delivery", remedy="list yours: /api/v1/deliveries")
        return _theirs(found)

    def deliveries(self, feed_id: str, states: Sequence[str], offset: int, limit: int) -> Shape:
        """As `Desk.deliveries`, of this feed alone."""
        with self._database.read() as session:
            total, found = deliveries.list_deliveries(
                session, offset=max(offset, 0), limit=limit, states=states, feed_id=feed_id
            )
            counts = deliveries.count_states(session, feed_id)
        return {"total": total, "counts": counts, "deliveries": [_theirs(one) for one in found]}

    def of_batch(self, feed_id: str, batch: str) -> str | None:
        """The delivery that a batch became."""
        with self._database.read() as session:
            return deliveries.of_batch(session, feed_id, batch)

    def judged(self, login: FeedLogin, package: Package) -> Shape:
        """What `segue validate --feed` says of a package; nothing of it is kept."""
        message = package.folder / shown(package.message)
        found = Found(message, package.folder if package.multipart else None)
        verdict = self._judge(login.feed_id).judge(found)
        told = replace(verdict, path=Path(shown(package.message)))
        ok = verdict.examination.outcome == Outcome.ACCEPT
        return {"ok": ok, "files": [told.to_json()]}


def peer_of(request: Request) -> str:
    """Who is calling; behind a proxy that we believe, whom it tells."""
    return request.client.host if request.client else ""


def bearer(request: Request) -> str:
    """The key or token of a request, empty when there is none."""
    said = request.headers.get("authorization", "")
    return said[len(_SCHEME) :].strip() if said.lower().startswith(_SCHEME) else ""


def _theirs(delivery: Shape) -> Shape:
    fault = "Segue itself failed; the operator sees why" if delivery["fault"] else None
    told = [one for one in delivery.get("tellings", ()) if not one["operators"]]
    return {**delivery, "fault": fault, "decisions": [], "tellings": told}
