"""What operators do with a delivery on its page: decide on a held one, tell of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from catalog.lifecycle import DecisionKind
from core.errors import Misuse
from ingest.tell_again import CHANNELS
from server.web import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

CHOICES = {
    "release": DecisionKind.RELEASE,
    "reject": DecisionKind.REJECT,
    "resend": DecisionKind.RESEND,
}


class HoldPages:
    """Answers the forms of `console/hold.html` and `console/told.html`."""

    def __init__(self, parts: PageParts, console: ConsolePages) -> None:
        self._parts = parts
        self._console = console

    async def decide(self, request: Request) -> Response:
        """Decides and shows the delivery; what went wrong stands on its page."""
        return await self._answer(request, self._decide)

    async def tell(self, request: Request) -> Response:
        """Tells once more what was told about the delivery, by the channel that was chosen."""
        return await self._answer(request, self._tell)

    async def _answer(
        self, request: Request, act: Callable[[Request, Shape, dict[str, str]], Response]
    ) -> Response:
        async with request.form(max_files=0, max_fields=4) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return await to_thread.run_sync(
            self._console.guarded, request, lambda asked, viewer: act(asked, viewer, fields)
        )

    def _decide(self, request: Request, viewer: Shape, fields: dict[str, str]) -> Response:
        delivery_id = request.path_params["id"]
        kind = CHOICES.get(fields.get("decision", ""))
        if kind is None:
            return self._console.show(request, viewer, "Choose what to do with it.")
        try:
            reason = fields.get("reason", "")[:2000]
            self._parts.desk.decide(kind, delivery_id, reason, f"operator: {viewer['name']}")
        except Misuse as no:
            return self._console.show(request, viewer, words.sentences(no.message, no.remedy))
        return RedirectResponse(f"/console/deliveries/{quote(delivery_id)}", status_code=303)

    def _tell(self, request: Request, viewer: Shape, fields: dict[str, str]) -> Response:
        delivery_id = request.path_params["id"]
        channel = fields.get("channel", "")
        if channel not in CHANNELS:
            return self._console.show(request, viewer, "Choose what to send again.")
        try:
            self._parts.desk.tell(delivery_id, [channel])
        except Misuse as no:
            return self._console.show(request, viewer, words.sentences(no.message, no.remedy))
        return RedirectResponse(f"/console/deliveries/{quote(delivery_id)}", status_code=303)
