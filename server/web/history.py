"""The operator's page of a release: its log, and what it was at an instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Misuse, NotFound
from server.web.listen import error_page
from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape


class HistoryPages:
    """One page."""

    def __init__(self, parts: PageParts, console: ConsolePages) -> None:
        self._parts = parts
        self._console = console

    def release(self, request: Request) -> Response:
        """A release as it was at `?at=`, else as it is."""
        return self._console.guarded(request, self._release)

    def _release(self, request: Request, viewer: Shape) -> Response:
        name, problem = request.path_params["id"], ""
        try:
            found = self._parts.chronicle.at_text(name, request.query_params.get("at", "")[:40])
        except NotFound:
            return error_page(self._parts, request, 404, "The log knows no such release.")
        except Misuse as no:
            found, problem = self._parts.chronicle.at_text(name, ""), no.message
        past = found[0]
        title = past["release"]["title"] if past["release"] else name
        return page(
            self._parts, request, "console/release.html", viewer=viewer, past=past,
            name=title, problem=problem, status=400 if problem else 200,
        )  # fmt: skip
