"""The operator's page of the doors: what was done there, and who is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from core.errors import NotFound
from ingest.audit_log import Filters
from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.services.watch import DoorWatch
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

PER_PAGE = 100
KINDS = ("login", "upload", "download", "command", "ban", "scan")
_LONGEST = 200


class DoorPages:
    """Endpoints for operators."""

    def __init__(self, parts: PageParts, watch: DoorWatch, console: ConsolePages) -> None:
        self._parts = parts
        self._watch = watch
        self._console = console

    def show(self, request: Request) -> Response:
        """Entries by what is asked, and the bans in force."""
        return self._console.guarded(request, self._show)

    async def lift(self, request: Request) -> Response:
        """Lets somebody in again."""
        async with request.form(max_files=0, max_fields=4) as form:
            subject = str(form.get("subject", ""))[:_LONGEST]

        def act(request: Request, viewer: Shape) -> Response:
            try:
                self._watch.lift(subject, viewer["name"])
            except NotFound:
                return self._show(request, viewer, "This ban has ended or was lifted already.")
            return RedirectResponse("/console/doors", status_code=303)

        return await to_thread.run_sync(self._console.guarded, request, act)

    def _show(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        names = ("feed", "what", "outcome", "text", "before")
        asked = {name: request.query_params.get(name, "")[:_LONGEST] for name in names}
        if asked["what"] not in KINDS:
            asked["what"] = ""
        filters = Filters(
            feed_id=asked["feed"],
            what=asked["what"],
            outcome=asked["outcome"],
            text=asked["text"],
            before=asked["before"],
        )
        found = self._watch.entries(filters, PER_PAGE)
        return page(
            self._parts,
            request,
            "console/doors.html",
            viewer=viewer,
            status=404 if problem else 200,
            problem=problem,
            entries=found["entries"],
            older=_link(asked, before=found["before"]) if found["before"] else "",
            kinds=[(kind, _link(asked, what=kind, before="")) for kind in ("", *KINDS)],
            failed=_link(asked, outcome="" if asked["outcome"] else "failed", before=""),
            asked=asked,
            bans=self._watch.bans()["bans"],
        )


def _link(asked: dict[str, str], **changed: str) -> str:
    return "?" + urlencode({key: value for key, value in {**asked, **changed}.items() if value})
