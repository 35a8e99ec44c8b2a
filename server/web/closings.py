"""The operator's pages of reports: periods, and one period closed step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.responses import FileResponse, RedirectResponse, Response

from core.errors import Misuse, NotFound, SegueError
from ingest.feed_audit import Actor
from server.web.listen import error_page
from server.web.render import page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from server.reporting.closing import Office
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

STEPS = ("planned", "approved", "built", "checked", "delivered", "acknowledged")
WIDTH, HEIGHT = 720.0, 132.0
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the plot: its bar, and where the line of the period before stands."""

    x: float
    width: float
    height: float
    day: str
    plays: int
    before: float


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
        async with request.form(max_files=0, max_fields=8) as form:
            given = {name: str(value)[:_LONGEST] for name, value in form.items()}

        def act(request: Request, viewer: Shape) -> Response:
            period = given.get("period") or request.path_params["period"]
            by = Actor(f"operator: {viewer['name']}", "console")
            try:
                self._do(request.path_params["step"], period, given, by)
            except SegueError as wrong:
                problem = f"{wrong.message} {wrong.remedy}".strip()
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

    def _do(self, step: str, period: str, given: Shape, by: Actor) -> None:
        office = self._office
        steps: dict[str, Callable[[], object]] = {
            "plan": lambda: office.plan(period, by, again=bool(given.get("again"))),
            "approve": lambda: office.approve(period, by, given.get("fingerprint", "")),
            "build": lambda: office.build(period, by),
            "check": lambda: office.check(period, by),
            "deliver": lambda: office.deliver(period, by),
            "acknowledge": lambda: office.acknowledge(period, by, given.get("recipient", "")),
            "reissue": lambda: office.reissue(period, by, given.get("reason", "")),
        }
        if step not in steps:
            raise NotFound(f"there is no step {step!r}")
        steps[step]()

    def _every(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        return page(
            self._parts,
            request,
            "console/closings.html",
            viewer=viewer,
            status=400 if problem else 200,
            problem=problem,
            closings=self._office.every(),
            recipients=self._office.recipients(),
        )

    def _show(
        self, request: Request, viewer: Shape, problem: str = "", period: str = ""
    ) -> Response:
        try:
            closing = self._office.show(period or request.path_params["period"])
        except SegueError as wrong:
            return error_page(self._parts, request, 404, wrong.message)
        service = closing["preview"]["service"]
        lines = closing["preview"]["recipients"]
        return page(
            self._parts,
            request,
            "console/closing.html",
            viewer=viewer,
            status=409 if problem else 200,
            problem=problem,
            closing=closing,
            service=service,
            lines=lines,
            looks=[line for line in lines if line["check"] == "look"],
            done=STEPS.index(closing["state"]),
            mine=closing["planned_by"] == f"operator: {viewer['name']}",
            days=plot(service["days"], service["days_before"]),
            height=HEIGHT,
            width=WIDTH,
        )


def plot(days: Sequence[Any], before: Sequence[Any]) -> list[Day]:
    """Bars of a period's days, and the period before as a line; empty without plays."""
    most = max([count for _, count in (*days, *before)], default=0)
    if most <= 0 or not days:
        return []
    step = WIDTH / max(len(days), 1)
    formers = [count for _, count in before]
    return [
        Day(
            x=round(place * step, 1),
            width=round(step * 0.72, 1),
            height=round(max(count, 0) / most * HEIGHT, 1),
            day=day,
            plays=count,
            before=round(
                HEIGHT - (formers[place] if place < len(formers) else 0) / most * HEIGHT, 1
            ),
        )
        for place, (day, count) in enumerate(days)
    ]
