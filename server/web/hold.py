"""The operator's decision on a held delivery, from its page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from catalog.lifecycle import DecisionKind
from core.errors import Misuse

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

CHOICES = {
    "release": DecisionKind.RELEASE,
    "reject": DecisionKind.REJECT,
    "resend": DecisionKind.RESEND,
}


class HoldPages:
    """Answers the form of `console/hold.html`."""

    def __init__(self, parts: PageParts, console: ConsolePages) -> None:
        self._parts = parts
        self._console = console

    async def decide(self, request: Request) -> Response:
        """Decides and shows the delivery; what went wrong stands on its page."""
        async with request.form(max_files=0, max_fields=4) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return await to_thread.run_sync(self._answer, request, fields)

    def _answer(self, request: Request, fields: dict[str, str]) -> Response:
        def decided(request: Request, viewer: Shape) -> Response:
            return self._decide(request, viewer, fields)

        return self._console.guarded(request, decided)

    def _decide(self, request: Request, viewer: Shape, fields: dict[str, str]) -> Response:
        delivery_id = request.path_params["id"]
        kind = CHOICES.get(fields.get("decision", ""))
        if kind is None:
            return self._console.show(request, viewer, "Choose what to do with it.")
        try:
            reason = fields.get("reason", "")[:2000]
            self._parts.desk.decide(kind, delivery_id, reason, f"operator: {viewer['name']}")
        except Misuse as no:
            return self._console.show(request, viewer, f"{no.message} {no.remedy}".strip())
        return RedirectResponse(f"/console/deliveries/{quote(delivery_id)}", status_code=303)
