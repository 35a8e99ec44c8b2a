"""The operator's page of a release: its log, what it was at an instant, why it may be heard or not,
and what an operator may decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from catalog.lifecycle import DecisionKind
from core.errors import Misuse, NotFound
from server.web import words
from server.web.listen import error_page
from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

CHOICES = {
    "take_down": DecisionKind.TAKE_DOWN,
    "restore": DecisionKind.RESTORE,
    "purge": DecisionKind.PURGE,
    "transfer": DecisionKind.TRANSFER,
}
QUESTION = ("territory", "at", "model", "use")


class HistoryPages:
    """One page, and its form."""

    def __init__(self, parts: PageParts, console: ConsolePages) -> None:
        self._parts = parts
        self._console = console

    def release(self, request: Request) -> Response:
        """A release as it was at `?at=`, else as it is."""
        return self._console.guarded(request, self._release)

    async def decide(self, request: Request) -> Response:
        """Decides about the release and shows it; what went wrong stands on its page."""
        async with request.form(max_files=0, max_fields=4) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}

        def decided(request: Request, viewer: Shape) -> Response:
            return self._decide(request, viewer, fields)

        return await to_thread.run_sync(self._console.guarded, request, decided)

    def _decide(self, request: Request, viewer: Shape, fields: dict[str, str]) -> Response:
        release_id = request.path_params["id"]
        kind = CHOICES.get(fields.get("decision", ""))
        if kind is None:
            return self._release(request, viewer, "Choose what to do with it.")
        try:
            self._parts.chronicle.decide(
                kind,
                release_id,
                by=f"operator: {viewer['name']}",
                reason=fields.get("reason", "")[:2000],
                feed=fields.get("feed", "")[:200],
            )
        except (Misuse, NotFound) as no:
            return self._release(request, viewer, words.sentences(no.message, no.remedy))
        return RedirectResponse(f"/console/releases/{quote(release_id)}", status_code=303)

    def _release(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        name, status = request.path_params["id"], 409 if problem else 200
        try:
            found = self._parts.chronicle.at_text(name, request.query_params.get("at", "")[:40])
        except NotFound:
            return error_page(self._parts, request, 404, "The log knows no such release.")
        except Misuse as no:
            found, problem, status = self._parts.chronicle.at_text(name, ""), no.message, 400
        past = found[0]
        title = past["release"]["title"] if past["release"] else name
        asked = {part: request.query_params.get(part, "")[:80] for part in QUESTION}
        rights, unclear = self._rights(past["id"], asked)
        return page(
            self._parts, request, "console/release.html", viewer=viewer, past=past,
            name=title, problem=problem or unclear, status=status, asked=asked, rights=rights,
            feeds=self._parts.desk.feeds()["feeds"],
        )  # fmt: skip

    def _rights(self, release_id: str, asked: dict[str, str]) -> tuple[Shape | None, str]:
        """By today's catalogue; None when the release is not in it, or the question is none."""
        try:
            return self._parts.catalogue.chain(release_id, asked), ""
        except NotFound:
            return None, ""
        except Misuse as no:
            return None, words.sentences(no.message, no.remedy)
