"""The operator's page of usage: plays, listeners, completion, territories, and their trend."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from anyio import to_thread
from starlette.responses import RedirectResponse

from core.errors import Misuse, SegueError
from server.services.usage_desk import SHOWN
from server.web import words
from server.web.plot import Day, Plot, plot
from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from server.services.usage_desk import UsageDesk
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

RANGES = (("7 days", 7), ("30 days", 30), ("90 days", 90), ("A year", 365))
_LONGEST = 40
_WIDE = 1080.0
_COMPARED = ("plays", "listeners", "completion")
_PLAY = 100


class UsagePage:
    """Endpoints for operators."""

    def __init__(self, parts: PageParts, usage: UsageDesk, console: ConsolePages) -> None:
        self._parts = parts
        self._usage = usage
        self._console = console

    def show(self, request: Request) -> Response:
        """The figures of the range that is asked for."""
        return self._console.guarded(request, self._show)

    def _show(self, request: Request, viewer: Shape) -> Response:
        asked = {
            name: request.query_params.get(name, "")[:_LONGEST]
            for name in ("first", "last", "feed", "territory")
        }
        problem = ""
        try:
            found = self._usage.show(
                _day(asked["first"]),
                _day(asked["last"]),
                feed=asked["feed"],
                territory=asked["territory"].upper(),
            )
        except Misuse as wrong:
            problem = words.sentences(wrong.message, wrong.remedy)
            found = self._usage.show(None, None)
            asked = dict.fromkeys(asked, "")
        totals, before = found["totals"], found["before"]
        return page(
            self._parts, request, "console/usage.html", viewer=viewer,
            status=400 if problem else 200, problem=problem, asked=asked, found=found,
            totals=totals, trend=_trend(found["days"]), feeds=self._usage.feeds(),
            ranges=_ranges(asked, found, self._parts.clock().date()),
            changes={name: _change(totals[name], before[name]) for name in _COMPARED},
        )  # fmt: skip

    def quarantine(self, request: Request) -> Response:
        """Plays that wait for a decision, with their reasons."""
        return self._console.guarded(request, self._quarantine)

    async def lift(self, request: Request) -> Response:
        """Counts the chosen plays from now on, and shows what is left."""
        async with request.form(max_files=0, max_fields=SHOWN + 8) as form:
            plays = [str(each)[:_PLAY] for each in form.getlist("play")]
            reason = str(form.get("reason", ""))

        def act(request: Request, viewer: Shape) -> Response:
            try:
                if not plays:
                    raise Misuse("no play was chosen", remedy="tick those that shall count")
                self._usage.decide(plays, "counted", reason, f"operator: {viewer['name']}")
            except SegueError as wrong:
                told = words.sentences(wrong.message, wrong.remedy)
                return self._quarantine(request, viewer, told)
            return RedirectResponse(str(request.url), status_code=303)

        return await to_thread.run_sync(self._console.guarded, request, act)

    def _quarantine(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        asked = {name: request.query_params.get(name, "")[:_LONGEST] for name in ("first", "last")}
        try:
            found = self._usage.quarantine(_day(asked["first"]), _day(asked["last"]))
        except Misuse as wrong:
            problem = words.sentences(wrong.message, wrong.remedy)
            found = self._usage.quarantine(None, None)
        return page(
            self._parts, request, "console/quarantine.html", viewer=viewer,
            status=400 if problem else 200, problem=problem, found=found, most=SHOWN,
        )  # fmt: skip


def _trend(days: list[Shape]) -> Plot | None:
    return plot(
        [
            Day(
                day=one["day"],
                figure=one["plays"],
                other=one["listeners"],
                words=f"{words.date(one['day'])}: {words.counted(one['plays'], 'play')},"
                f" {words.counted(one['listeners'], 'listener')}",
            )
            for one in days
        ],
        width=_WIDE,
    )


def _change(now: float | None, before: float | None) -> float | None:
    """By how many percent a figure moved; None where that says nothing."""
    return 100 * (now - before) / before if now and before else None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise Misuse(f"{text} is no day", remedy="write it as 2026-11-21") from wrong


def _ranges(asked: dict[str, str], found: Shape, today: date) -> list[tuple[str, str, bool]]:
    """(word, address, whether it is shown) of the usual ranges: days up to today, two months."""
    month = today.replace(day=1)
    ended = month - timedelta(days=1)
    spans = [(word, today - timedelta(days=days - 1), today) for word, days in RANGES]
    spans += [("This month", month, today), ("Last month", ended.replace(day=1), ended)]
    links = []
    for word, first, last in spans:
        query = {**asked, "first": str(first), "last": str(last)}
        shown = (found["first"], found["last"]) == (str(first), str(last))
        links.append((word, f"/console/usage?{urlencode(query)}", shown))
    return links
