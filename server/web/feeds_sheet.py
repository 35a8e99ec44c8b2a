"""The onboarding sheet of a feed as a page of its own, to be printed or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from core.errors import NotFound
from server.web.listen import error_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape


class SheetPage:
    """For operators, like all pages of feeds."""

    def __init__(
        self, parts: PageParts, sheet: Callable[[str], str], console: ConsolePages
    ) -> None:
        self._parts = parts
        self._sheet = sheet
        self._console = console

    def show(self, request: Request) -> Response:
        """The sheet."""
        return self._console.guarded(request, self._show)

    def _show(self, request: Request, _viewer: Shape) -> Response:
        try:
            return HTMLResponse(self._sheet(request.path_params["id"]))
        except NotFound:
            return error_page(self._parts, request, 404, "There is no feed with this id.")
