"""The operator's page of encodings: how many tracks are ready, what failed, trying it all now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import RedirectResponse

from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from server.services.encodings_desk import EncodingsDesk
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

SHOWN = 100


class EncodingsPage:
    """Endpoints for operators."""

    def __init__(self, parts: PageParts, desk: EncodingsDesk, console: ConsolePages) -> None:
        self._parts = parts
        self._desk = desk
        self._console = console

    def show(self, request: Request) -> Response:
        """What `segue media status` shows."""
        return self._console.guarded(request, self._show)

    async def start(self, request: Request) -> Response:
        """Tries all that is not ready now, and shows how far it is."""

        def act(_request: Request, _viewer: Shape) -> Response:
            self._desk.start()
            return RedirectResponse("/console/encodings", status_code=303)

        return await to_thread.run_sync(self._console.guarded, request, act)

    def _show(self, request: Request, viewer: Shape) -> Response:
        return page(
            self._parts, request, "console/encodings.html", viewer=viewer,
            found=self._desk.show(SHOWN), shown=SHOWN,
        )  # fmt: skip
