"""The operator's pages: deliveries, and one delivery with its findings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from catalog.lifecycle import ACCEPTED
from core.errors import Misuse
from server.services.codes import every_rule, find_rule, severities
from server.web import words
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
OF_SOUND = {"ERN-2120", "ERN-2121"}
"""Doubts that a spectrum shows: a lossy source, a lower sample rate."""


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
        group = request.query_params.get("show", "")
        group = group if group in words.GROUPS else ""
        found = self._parts.desk.deliveries(words.states_of(group), 0, PER_PAGE)
        counts: dict[str, int] = dict.fromkeys(words.GROUPS, 0)
        for name, count in found["counts"].items():
            counts[words.state(name).group] += count
            counts[""] += count
        return page(
            self._parts, request, "console/deliveries.html", viewer=viewer, group=group,
            groups=words.GROUPS, counts=counts,
            deliveries=[plain(one) for one in found["deliveries"]],
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
            changes=self._parts.chronicle.changes(delivery_id),
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
            return self._delivery(request, viewer, f"{no.message} {no.remedy}".strip())
        return RedirectResponse(f"/console/deliveries/{quote(delivery_id)}", status_code=303)


def plain(delivery: Shape) -> Shape:
    """The delivery as the pages show it: the sender by name, files as their number."""
    files = delivery["files"]
    who, what = words.waiting(delivery["waiting_for"], delivery["state"])
    return {
        **delivery,
        "feed": delivery.get("feed_name") or delivery["feed"],
        "files": files if isinstance(files, int) else len(files),
        "findings": delivery["findings"] or [],
        "protocol": delivery["protocol"] or "",
        "who": who,
        "what": what,
        "now": words.now(delivery.get("availability"), delivery["state"]),
    }


def pictured(findings: list[Shape], files: list[Shape]) -> list[Shape]:
    """The findings with `picture`: of those about a file's sound its path, with which their text
    starts, else empty."""
    paths = [str(one["path"]) for one in files]

    def picture(finding: Shape) -> str:
        if finding["code"] not in OF_SOUND:
            return ""
        return next((path for path in paths if finding["message"].startswith(f"{path}: ")), "")

    return [{**one, "picture": picture(one)} for one in findings]


def in_message(finding: Shape) -> bool:
    """Whether the finding's line is one of the XML message, not of another file."""
    name = str(finding.get("file") or "")
    return bool(finding.get("xpath")) or not name or name.lower().endswith(".xml")


DONE = {state.value for state in ACCEPTED}
REACHED = {"received": 0, "incomplete": 0, "checking": 1, "transcoding": 2}


def steps(delivery: Shape) -> list[Shape]:
    """The stepper: Received, Checked, Transcoded, Live; each `{name, fact, state}`."""
    state, findings = delivery["state"], delivery["findings"]
    stopped = state in {"refused", "held", "failed"}
    at = 4 if state in DONE else 1 if stopped else REACHED.get(state, 0)
    facts = [
        f"{words.counted(delivery['files'], 'file')}, {words.size(delivery['bytes'])}",
        _found(findings),
        "Four renditions" if at > 2 else "Not yet",
        words.state(state).word if at == 4 else "Not yet",
    ]
    names = ["Received", "Checked", "Transcoded", "Live"]
    return [
        {"name": name, "fact": fact, "state": _step(place, at, stopped=stopped)}
        for place, (name, fact) in enumerate(zip(names, facts, strict=True))
    ]


def _step(place: int, at: int, *, stopped: bool) -> str:
    if place < at:
        return "done"
    if place > at:
        return "coming"
    return "failed" if stopped else "current"


def _found(findings: list[Shape]) -> str:
    counts = Counter(str(one.get("severity")) for one in findings)
    told = [words.counted(counts["reject"], "error")] if counts["reject"] else []
    told += [f"{counts['hold']} to decide"] if counts["hold"] else []
    told += [words.counted(counts["warn"], "warning")] if counts["warn"] else []
    return ", ".join(told) or "No findings"
