"""The operator's pages: deliveries, and one delivery with its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from core.errors import Misuse
from server.services.codes import every_rule, find_rule, severities
from server.web import words
from server.web.delivery_view import in_message, pictured, plain, steps, told_at
from server.web.listen import error_page
from server.web.message import marked, numbered
from server.web.render import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from server.web.ports import PageParts, Shape

PER_PAGE = 100
CARDS = 200
SEVERITIES = ("reject", "hold", "warn")
RETRYABLE = {"failed", "held", "refused"}
_LONGEST = 100


class ConsolePages:
    """Endpoints for operators; others are sent to sign in, or refused."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts

    def guarded(self, request: Request, answer: Callable[[Request, Shape], Response]) -> Response:
        """Calls `answer` for an operator only."""
        viewer = self._parts.sessions.viewer(request)
        if viewer is None:
            return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", status_code=303)
        if viewer["role"] != "operator":
            return error_page(self._parts, request, 403, "")
        return answer(request, viewer)

    def deliveries(self, request: Request) -> Response:
        """The list, by whom each delivery waits for."""
        return self.guarded(request, self._deliveries)

    def delivery(self, request: Request) -> Response:
        """One delivery: its steps, findings and message."""
        return self.guarded(request, self._delivery)

    def show(self, request: Request, viewer: Shape, problem: str) -> Response:
        """The page of a delivery, with what went wrong."""
        return self._delivery(request, viewer, problem)

    def message(self, request: Request) -> Response:
        """The XML as it arrived, as plain text."""
        return self.guarded(request, self._message)

    def spectrogram(self, request: Request) -> Response:
        """The spectrum of a file that raised a doubt, as a picture."""
        return self.guarded(request, self._spectrogram)

    def retry(self, request: Request) -> Response:
        """Runs a delivery again and shows it."""
        return self.guarded(request, self._retry)

    def _deliveries(self, request: Request, viewer: Shape) -> Response:
        asked = {
            name: request.query_params.get(name, "")[:_LONGEST].replace("\0", "").strip()
            for name in ("show", "feed", "find")
        }
        group = asked["show"] = asked["show"] if asked["show"] in words.GROUPS else ""
        start = request.query_params.get("from", "")
        offset = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 0
        found = self._parts.desk.deliveries(
            words.states_of(group), offset, PER_PAGE, feed=asked["feed"], text=asked["find"]
        )
        counts: dict[str, int] = dict.fromkeys(words.GROUPS, 0)
        for name, count in found["counts"].items():
            counts[words.state(name).group] += count
            counts[""] += count
        return page(
            self._parts, request, "console/deliveries.html", viewer=viewer, group=group,
            groups=words.GROUPS, counts=counts, asked=asked, offset=offset, per_page=PER_PAGE,
            deliveries=[plain(one) for one in found["deliveries"]], total=found["total"],
            feeds=self._parts.desk.feeds()["feeds"], link=_link,
        )  # fmt: skip

    def _delivery(self, request: Request, viewer: Shape, problem: str = "") -> Response:
        delivery_id = request.path_params["id"]
        known = self._parts.desk.delivery(delivery_id)
        if known is None:
            return error_page(self._parts, request, 404, "There is no delivery with this number.")
        delivery = plain(known)
        every = pictured(numbered(delivery["findings"]), known["file_list"])
        severity = request.query_params.get("severity", "")
        severity = severity if severity in SEVERITIES else ""
        findings = [one for one in every if severity in {"", one["severity"]}]
        xml = self._parts.desk.message(delivery_id)
        shown = marked(xml, [one for one in findings if in_message(one)]) if xml else None
        return page(
            self._parts, request, "console/delivery.html", viewer=viewer,
            status=409 if problem else 200, delivery=delivery, findings=findings[:CARDS],
            unlisted=max(len(findings) - CARDS, 0), total=len(every), severity=severity,
            severities={
                name: sum(1 for one in every if one["severity"] == name) for name in SEVERITIES
            },
            shown=shown, steps=steps(delivery), problem=problem,
            retryable=delivery["state"] in RETRYABLE,
            changes=self._parts.chronicle.changes(delivery_id), told=told_at(delivery),
        )  # fmt: skip

    def code(self, request: Request) -> Response:
        """What a code means: the same as `segue explain`."""
        return self.guarded(request, self._code)

    def _code(self, request: Request, viewer: Shape) -> Response:
        rule = find_rule(request.path_params["code"])
        if rule is None:
            return error_page(self._parts, request, 404, "There is no such code.")
        same = [each for each in every_rule() if each.number == rule.number and each is not rule]
        return page(
            self._parts,
            request,
            "console/code.html",
            viewer=viewer,
            rule=rule,
            same=same,
            severities=severities(rule),
        )

    def _message(self, request: Request, _viewer: Shape) -> Response:
        xml = self._parts.desk.message(request.path_params["id"])
        if xml is None:
            return error_page(self._parts, request, 404, "The message is no longer kept.")
        return PlainTextResponse(xml, headers={"x-content-type-options": "nosniff"})

    def _spectrogram(self, request: Request, _viewer: Shape) -> Response:
        path = request.query_params.get("file", "")
        picture = self._parts.desk.spectrogram(request.path_params["id"], path)
        if picture is None:
            return error_page(self._parts, request, 404, "There is no picture of this file.")
        headers = {"cache-control": "private, max-age=86400", "x-content-type-options": "nosniff"}
        return Response(picture, media_type="image/png", headers=headers)

    def _retry(self, request: Request, viewer: Shape) -> Response:
        delivery_id = request.path_params["id"]
        try:
            self._parts.desk.retry(delivery_id)
        except Misuse as no:
            return self._delivery(request, viewer, words.sentences(no.message, no.remedy))
        return RedirectResponse(f"/console/deliveries/{quote(delivery_id)}", status_code=303)


def _link(asked: Shape, **change: str | int) -> str:
    """The list with another filter, or another page of it."""
    query = urlencode({name: value for name, value in {**asked, **change}.items() if value})
    return f"/console/deliveries{'?' if query else ''}{query}"
