"""The operator's pages of reports: periods, and one period closed step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import FileResponse, RedirectResponse, Response

from core.errors import Misuse, NotFound, SegueError
from ingest.feed_audit import Actor
from server.reporting.periods import parse_period
from server.royalties.periods import Month
from server.web import closing_view as view, words
from server.web.listen import error_page
from server.web.render import page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from server.reporting.closing import Office
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

_LONGEST = 500
_FIELDS = 10_000


class ClosingPages:
    """Endpoints for operators."""

    def __init__(self, parts: PageParts, office: Office, console: ConsolePages) -> None:
        self._parts = parts
        self._office = office
        self._console = console

    def every(self, request: Request) -> Response:
        """All periods."""
        return self._console.guarded(request, self._every)

    def show(self, request: Request) -> Response:
        """One period."""
        return self._console.guarded(request, self._show)

    def file(self, request: Request) -> Response:
        """A file as it was written."""

        def answer(request: Request, _viewer: Shape) -> Response:
            try:
                path = self._office.path_of(request.path_params["file"])
            except NotFound as wrong:
                return error_page(self._parts, request, 404, wrong.message)
            return FileResponse(path, filename=path.name, media_type="application/octet-stream")

        return self._console.guarded(request, answer)

    async def step(self, request: Request) -> Response:
        """Does one step and shows the period, or says what stood in the way."""
        async with request.form(max_files=0, max_fields=_FIELDS) as form:
            given = {name: str(value)[:_LONGEST] for name, value in form.items()}
            only = [str(value)[:_LONGEST] for value in form.getlist("only")]

        def act(request: Request, viewer: Shape) -> Response:
            period = given.get("period") or request.path_params["period"]
            by = Actor(f"operator: {viewer['name']}", "console")
            try:
                self._do(request.path_params["step"], period, given, only, by)
            except SegueError as wrong:
                problem = words.sentences(wrong.message, wrong.remedy)
                if isinstance(wrong, NotFound | Misuse) and not self._is_there(period):
                    return self._every(request, viewer, problem)
                return self._show(request, viewer, problem, period)
            return RedirectResponse(f"/console/reports/{period}", status_code=303)

        return await to_thread.run_sync(self._console.guarded, request, act)

    def _is_there(self, period: str) -> bool:
        try:
            self._office.show(period)
        except SegueError:
            return False
        return True

    def _do(self, step: str, period: str, given: Shape, only: Sequence[str], by: Actor) -> None:
        office, who = self._office, self._chosen(period, given, only)
        steps: dict[str, Callable[[], object]] = {
            "plan": lambda: office.plan(period, by, who, again=bool(given.get("again"))),
            "approve": lambda: office.approve(period, by, given.get("fingerprint", "")),
            "build": lambda: office.build(period, by),
            "check": lambda: office.check(period, by),
            "deliver": lambda: office.deliver(period, by),
            "acknowledge": lambda: office.acknowledge(period, by, given.get("recipient", "")),
            "reissue": lambda: office.reissue(period, by, given.get("reason", ""), who),
        }
        if step not in steps:
            raise NotFound(f"there is no step {step!r}")
        steps[step]()

    def _chosen(self, period: str, given: Shape, only: Sequence[str]) -> Sequence[str]:
        """Who was ticked, where the form had ticks; none means all."""
        if not given.get("chosen"):
            return ()
        if not only:
            raise Misuse("no recipient is chosen", remedy="tick those that shall get a report")
        every = {one["id"] for one in self._suited(period)}
        return () if every == set(only) else only

    def _suited(self, period: str) -> list[Shape]:
        """The recipients that get reports of such a period."""
        found = parse_period(period)
        months = len(found.months) if found.whole_months else 0
        kind = {0: "week", 1: "month"}.get(months, "quarter")
        return [one for one in self._office.recipients() if one["period"] == kind]

    def _every(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        today = self._parts.clock().date()
        return page(
            self._parts, request, "console/closings.html", viewer=viewer,
            status=400 if problem else 200, problem=problem, next=view.NEXT,
            closings=self._office.every(), recipients=self._office.recipients(),
            newest=str(Month(today.year, today.month).previous),
        )  # fmt: skip

    def _show(
        self, request: Request, viewer: Shape, problem: str = "", period: str = ""
    ) -> Response:
        try:
            closing = self._office.show(period or request.path_params["period"])
        except SegueError as wrong:
            return error_page(self._parts, request, 404, wrong.message)
        service, lines = closing["preview"]["service"], closing["preview"]["recipients"]
        known = self._suited(closing["period"])
        planned = {line["id"] for line in lines}
        return page(
            self._parts, request, "console/closing.html", viewer=viewer,
            status=409 if problem else 200, problem=problem, closing=closing, service=service,
            lines=lines, others=[one for one in known if one["id"] not in planned],
            looks=view.looks(closing), against=view.against(closing, self._former(closing)),
            totals=view.totals(lines, {one["id"]: one["kind"] for one in known}),
            left_out=view.left_out(service["reasons"]),
            steps=view.steps(closing, known, four_eyes=self._office.four_eyes),
            mine=closing["planned_by"] == f"operator: {viewer['name']}",
            four_eyes=self._office.four_eyes, names={one["id"]: one["name"] for one in known},
            plot=view.drawn(closing["period"], service["days"], service["days_before"]),
            due=view.due(
                parse_period(closing["period"]),
                [one for one in known if one["id"] in planned],
                self._parts.clock().date(),
            ),
        )  # fmt: skip

    def _former(self, closing: Shape) -> Shape | None:
        """The closing of the period before, None when there was none."""
        name = view.former(closing["period"])
        try:
            return self._office.show(name) if name else None
        except NotFound:
            return None
