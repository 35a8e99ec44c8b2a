"""Which address shows which page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from server.web.closings import ClosingPages
from server.web.console import ConsolePages
from server.web.doors import DoorPages
from server.web.encodings import EncodingsPage
from server.web.feeds import FeedPages
from server.web.feeds_sheet import SheetPage
from server.web.history import HistoryPages
from server.web.hold import HoldPages
from server.web.listen import ListenPages, error_page
from server.web.royalties import RoyaltyPages
from server.web.usage import UsagePage

if TYPE_CHECKING:
    from os import PathLike

    from starlette.requests import Request
    from starlette.types import Scope

    from server.web.ports import PageParts

__all__ = ["error_page", "routes"]

YEAR = 31_536_000


class HashedFiles(StaticFiles):
    """Files whose names carry their content: they may be kept for ever."""

    async def get_response(self, path: str | PathLike[str], scope: Scope) -> Response:
        """The file, with the header that says so."""
        response = await super().get_response(str(path), scope)
        response.headers["cache-control"] = f"public, max-age={YEAR}, immutable"
        return response


def _feeds(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The pages of feeds, where somebody keeps them."""
    if parts.feeds is None:
        return []
    feeds, one = FeedPages(parts, parts.feeds, console), "/console/feeds/{id}"
    acts = {
        "/console/feeds": feeds.create,
        f"{one}/edit": feeds.edit,
        f"{one}/switch": feeds.switch,
        f"{one}/rotate": feeds.rotate,
        f"{one}/credentials": feeds.add,
        f"{one}/credentials/{{credential}}/end": feeds.revoke,
        f"{one}/delete": feeds.delete,
    }
    sheet = [] if parts.sheet is None else [SheetPage(parts, parts.sheet, console).show]
    return [
        *(Route(f"{one}/sheet", show, methods=["GET"], name="feed-sheet") for show in sheet),
        Route("/console/feeds", feeds.list, methods=["GET"], name="feeds"),
        Route("/console/feeds/new", feeds.new, methods=["GET"], name="new-feed"),
        Route(f"{one}/edit", feeds.change, methods=["GET"], name="edit-feed"),
        Route(one, feeds.show, methods=["GET"], name="feed"),
        *(Route(path, feeds.doing(act), methods=["POST"]) for path, act in acts.items()),
    ]


def _doors(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The page of the doors, where somebody watches them."""
    if parts.watch is None:
        return []
    doors = DoorPages(parts, parts.watch, console)
    return [
        Route("/console/doors", doors.show, methods=["GET"], name="doors"),
        Route("/console/doors/lift", doors.lift, methods=["POST"], name="lift"),
    ]


def _royalties(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The pages of money, where somebody computes it."""
    if parts.royalties is None:
        return []
    pages, month = RoyaltyPages(parts, parts.royalties, console), "/console/royalties/{period}"
    return [
        Route("/console/royalties", pages.months, methods=["GET"], name="royalties"),
        Route(month, pages.month, methods=["GET"], name="royalty-month"),
        Route(f"{month}/{{step}}", pages.step, methods=["POST"], name="royalty-step"),
        Route(f"{month}/statement", pages.statement, methods=["GET"], name="royalty-statement"),
        Route(f"{month}/rows", pages.rows, methods=["GET"], name="royalty-rows"),
        Route(f"{month}/rows.csv", pages.csv, methods=["GET"], name="royalty-csv"),
        Route(f"{month}/simulation", pages.simulation, methods=["GET"], name="simulation"),
    ]


def _usage(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The page of usage, where somebody reads it."""
    if parts.usage is None:
        return []
    shown = UsagePage(parts, parts.usage, console)
    waiting = "/console/usage/quarantine"
    return [
        Route("/console/usage", shown.show, methods=["GET"], name="usage"),
        Route(waiting, shown.quarantine, methods=["GET"], name="quarantine"),
        Route(waiting, shown.lift, methods=["POST"], name="lift-quarantine"),
    ]


def _reports(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The pages of reports, where somebody makes them."""
    if parts.reports is None:
        return []
    pages, one = ClosingPages(parts, parts.reports, console), "/console/reports/{period}"
    return [
        Route("/console/reports", pages.every, methods=["GET"], name="closings"),
        Route("/console/reports/files/{file}", pages.file, methods=["GET"], name="report-file"),
        Route(one, pages.show, methods=["GET"], name="closing"),
        Route(f"{one}/{{step}}", pages.step, methods=["POST"], name="close"),
    ]


def _encodings(parts: PageParts, console: ConsolePages) -> list[BaseRoute]:
    """The page of encodings, where somebody makes them."""
    if parts.encodings is None:
        return []
    shown = EncodingsPage(parts, parts.encodings, console)
    return [
        Route("/console/encodings", shown.show, methods=["GET"], name="encodings"),
        Route("/console/encodings/start", shown.start, methods=["POST"], name="encode"),
    ]


def routes(parts: PageParts) -> list[BaseRoute]:
    """All pages and the built files under `/static`."""
    listen, console = ListenPages(parts), ConsolePages(parts)
    history, hold = HistoryPages(parts, console), HoldPages(parts, console)

    async def sign_in(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=8) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return await to_thread.run_sync(listen.sign_in, request, fields)

    def console_home(_: Request) -> Response:
        return RedirectResponse("/console/deliveries", status_code=303)

    one = "/console/deliveries/{id}"
    return [
        *_usage(parts, console),
        *_encodings(parts, console),
        *_feeds(parts, console),
        *_doors(parts, console),
        *_royalties(parts, console),
        *_reports(parts, console),
        Route("/", listen.home, name="home"),
        Route("/albums", listen.albums, name="albums"),
        Route("/releases/{id}", listen.release, name="release"),
        Route("/search", listen.search, name="search"),
        Route("/sign-in", listen.sign_in_form, methods=["GET"], name="sign-in"),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", listen.sign_out, methods=["POST"], name="sign-out"),
        Route("/console", console_home),
        Route("/console/deliveries", console.deliveries, name="deliveries"),
        Route(one, console.delivery, methods=["GET"], name="delivery"),
        Route("/console/codes/{code}", console.code, name="code"),
        Route(f"{one}/message.xml", console.message, methods=["GET"], name="message"),
        Route(f"{one}/spectrogram", console.spectrogram, methods=["GET"], name="spectrogram"),
        Route(f"{one}/retry", console.retry, methods=["POST"], name="retry"),
        Route("/console/releases/{id}", history.release, methods=["GET"], name="history"),
        Route("/console/releases/{id}/decide", history.decide, methods=["POST"], name="rule"),
        Route(f"{one}/decide", hold.decide, methods=["POST"], name="decide"),
        Route(f"{one}/tell", hold.tell, methods=["POST"], name="tell"),
        Mount("/static", HashedFiles(directory=parts.static_folder, check_dir=False)),
    ]
