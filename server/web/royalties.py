"""The operator's pages of money: months, statements, the rows behind each number, other ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from anyio import to_thread
from starlette.responses import RedirectResponse, Response, StreamingResponse

from core.errors import Misuse, NotFound, SegueError
from server.royalties.chart import chart
from server.royalties.figures import Entry
from server.royalties.simulate import KEYS, METHODS, WITHOUT_PLAYS, What, read_rates
from server.royalties.views import FILTERS
from server.web import words
from server.web.listen import error_page
from server.web.render import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from server.services.royalties_desk import RoyaltiesDesk
    from server.web.console import ConsolePages
    from server.web.ports import PageParts, Shape

PER_PAGE = 100
_LONGEST = 300
_FIGURE = ("territory", "tier", "model", "amount", "currency", "gross")


class RoyaltyPages:
    """Endpoints for operators."""

    def __init__(self, parts: PageParts, desk: RoyaltiesDesk, console: ConsolePages) -> None:
        self._parts = parts
        self._desk = desk
        self._console = console

    def months(self, request: Request) -> Response:
        """All months."""
        return self._shown(request, "months", lambda _period: self._desk.months())

    def month(self, request: Request) -> Response:
        """One month: problems, statements, sums."""
        return self._shown(request, "month", self._month(_issue(request)))

    def _month(self, issue: int | None, problem: str = "") -> Callable[[str], dict[str, Any]]:
        def found(period: str) -> dict[str, Any]:
            told = self._desk.month(period, issue)
            return {**told, **self._desk.entered(period), "problem": problem}

        return found

    async def step(self, request: Request) -> Response:
        """Enters, approves or closes; shows the month, or says what stood in the way."""
        async with request.form(max_files=0, max_fields=16) as form:
            given = {name: str(value)[:_LONGEST] for name, value in form.items()}

        def act(request: Request, viewer: Shape) -> Response:
            period = request.path_params["period"]
            try:
                self._do(request.path_params["step"], period, given, viewer["name"])
            except SegueError as wrong:
                told = words.sentences(wrong.message, wrong.remedy)
                return self._answer(request, viewer, "month", self._month(0, told), 409)
            return RedirectResponse(f"/console/royalties/{quote(period)}", status_code=303)

        return await to_thread.run_sync(self._console.guarded, request, act)

    def _do(self, step: str, period: str, given: dict[str, str], by: str) -> None:
        desk = self._desk
        named = {name: given.get(name, "") for name in _FIGURE}
        steps: dict[str, Callable[[], object]] = {
            "revenue": lambda: desk.set_revenue(
                Entry(period=period, **named),
                by,
                other_currency=bool(given.get("other_currency")),
                withdraw=bool(given.get("withdraw")),
            ),
            "approve": lambda: desk.approve_revenue(period, by),
            "agreement": lambda: desk.approve_agreement(given.get("name", ""), by),
            "close": lambda: desk.close(period, by, given.get("reason", "")),
        }
        if step not in steps:
            raise NotFound(f"there is no step {step!r}")
        steps[step]()

    def statement(self, request: Request) -> Response:
        """The statement of a recipient, label or artist."""
        where = _where(request)
        return self._shown(
            request, "statement", lambda p: self._desk.statement(p, where, _issue(request))
        )

    def rows(self, request: Request) -> Response:
        """The rows behind a number."""
        where, offset = _where(request), _offset(request)

        def found(period: str) -> dict[str, Any]:
            rows = self._desk.rows(
                period, where, issue=_issue(request), limit=PER_PAGE, offset=offset
            )
            shown = {name: value for name, value in where.items() if value}
            return {**rows, "where": shown, "query": urlencode(shown), "per_page": PER_PAGE}

        return self._shown(request, "rows", found)

    def csv(self, request: Request) -> Response:
        """The same rows as a file."""

        def answer(request: Request, _viewer: Shape) -> Response:
            period, where = request.path_params["period"], _where(request)
            lines = self._desk.csv(period, where, _issue(request))
            try:
                first = next(lines)
            except (Misuse, NotFound) as no:
                return error_page(self._parts, request, 404, words.sentences(no.message, no.remedy))

            def every() -> Any:  # noqa: ANN401
                yield first
                yield from lines

            name = f"royalties-{period}.csv"
            return StreamingResponse(
                every(),
                media_type="text/csv; charset=utf-8",
                headers={"content-disposition": f'attachment; filename="{name}"'},
            )

        return self._console.guarded(request, answer)

    def simulation(self, request: Request) -> Response:
        """Who would gain and who would lose."""
        asked = {
            "method": _one_of(request, "method", METHODS, "user-centric"),
            "without_plays": _one_of(request, "without_plays", WITHOUT_PLAYS, "pro-rata"),
            "by": _one_of(request, "by", KEYS, "recipient"),
            "rates": request.query_params.get("rates", "")[:_LONGEST],
        }

        def found(period: str) -> dict[str, Any]:
            rates = read_rates([one for one in asked["rates"].split(",") if one.strip()])
            what = What(
                method=asked["method"], without_plays=asked["without_plays"], by=asked["by"],
                rates=rates,
            )  # fmt: skip
            told = self._desk.simulate(period, what)
            return {
                **told, "chart": chart(told), "asked": asked, "methods": METHODS,
                "policies": WITHOUT_PLAYS, "keys": KEYS,
            }  # fmt: skip

        return self._shown(request, "simulation", found)

    def _shown(
        self, request: Request, name: str, found: Callable[[str], dict[str, Any]]
    ) -> Response:
        def answer(request: Request, viewer: Shape) -> Response:
            return self._answer(request, viewer, name, found)

        return self._console.guarded(request, answer)

    def _answer(
        self,
        request: Request,
        viewer: Shape,
        name: str,
        found: Callable[[str], dict[str, Any]],
        status: int = 200,
    ) -> Response:
        try:
            data = found(request.path_params.get("period", ""))
        except (Misuse, NotFound) as no:
            return error_page(self._parts, request, 404, words.sentences(no.message, no.remedy))
        return page(
            self._parts, request, f"console/royalties_{name}.html", viewer=viewer, status=status,
            link=_link, brief=_brief, **data,
        )  # fmt: skip


def _where(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "")[:_LONGEST] for name in FILTERS}


def _issue(request: Request) -> int | None:
    text = request.query_params.get("issue", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _one_of(request: Request, name: str, known: tuple[str, ...], usual: str) -> str:
    given = request.query_params.get(name, usual)
    return given if given in known else usual


def _brief(amount: str, places: int = 2) -> str:
    """An amount in few decimals, for reading; the exact one stands in the title and the CSV."""
    return f"{Decimal(amount):,.{places}f}"


def _link(path: str, **where: str | int) -> str:
    """A link with those conditions that say something."""
    given = urlencode({name: value for name, value in where.items() if value not in {"", None}})
    return f"{path}?{given}" if given else path
