"""Reports in the API: the steps of a closing, and who gets what. Operators only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.auth import Action
from core.errors import Unavailable
from ingest.feed_audit import Actor
from server.api import models_reports as models
from server.api.operations import Call, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from server.reporting.closing import Office

Shape = dict[str, Any]


def _office(call: Call) -> Office:
    if call.services.reports is None:
        raise Unavailable("nothing here makes reports")
    return call.services.reports


def _by(call: Call) -> Actor:
    name = call.identity.name if call.identity else ""
    peer = call.request.client.host if call.request.client else ""
    return Actor(f"operator: {name}", "api", peer)


def every(call: Call) -> Shape:
    return {"closings": _office(call).every()}


def show(call: Call) -> Shape:
    return _office(call).show(call.path["period"])


def plan(call: Call) -> Shape:
    given: models.Planned = call.given
    period = call.path["period"]
    return _office(call).plan(period, _by(call), given.recipients, again=given.again)


def approve(call: Call) -> Shape:
    given: models.Approved = call.given
    return _office(call).approve(call.path["period"], _by(call), given.fingerprint)


def build(call: Call) -> Shape:
    return _office(call).build(call.path["period"], _by(call))


def check(call: Call) -> Shape:
    return _office(call).check(call.path["period"], _by(call))


def deliver(call: Call) -> Shape:
    return _office(call).deliver(call.path["period"], _by(call))


def acknowledge(call: Call) -> Shape:
    given: models.Acknowledged = call.given
    return _office(call).acknowledge(call.path["period"], _by(call), given.recipient)


def reissue(call: Call) -> Shape:
    given: models.Reissued = call.given
    period = call.path["period"]
    return _office(call).reissue(period, _by(call), given.reason, given.recipients)


def recipients(call: Call) -> Shape:
    return {"recipients": _office(call).recipients()}


def agree(call: Call) -> Shape:
    given: models.Terms = call.given
    terms = {**given.terms, "id": call.path["recipient"]}
    return {"recipient": _office(call).agree(terms, _by(call), given.secret)}


def _step(
    name: str, summary: str, handler: Callable[[Call], Shape], body: type[BaseModel] | None = None
) -> Operation:
    return Operation(
        method="POST",
        path=f"/dsr/{{period}}/{name}",
        name=f"{name}Reports",
        summary=summary,
        handler=handler,
        action=Action.OPERATE,
        body=body,
        answer=models.Closing,
        errors=(400, 403, 404, 409, 503, 507),
        tags=("reports",),
    )


def _read(path: str, name: str, summary: str, handler: Any, answer: Any) -> Operation:  # noqa: ANN401 - a row
    return Operation(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        handler=handler,
        action=Action.OPERATE,
        answer=answer,
        errors=(400, 404),
        tags=("reports",),
    )


REPORTS: tuple[Operation, ...] = (
    _read("/dsr", "listClosings", "All closings, the newest period first", every, models.Closings),
    _read(
        "/dsr/recipients",
        "listReportRecipients",
        "Who gets reports, and how",
        recipients,
        models.Recipients,
    ),
    Operation(
        method="PUT",
        path="/dsr/recipients/{recipient}",
        name="setReportRecipient",
        summary="Agree on a recipient's terms",
        handler=agree,
        action=Action.OPERATE,
        body=models.Terms,
        answer=models.OneRecipient,
        errors=(400, 404),
        tags=("reports",),
    ),
    _read("/dsr/{period}", "readClosing", "A period's newest closing", show, models.Closing),
    _step("plan", "Work a closed period out for its recipients", plan, models.Planned),
    _step("approve", "Approve the plan: its figures are locked", approve, models.Approved),
    _step("build", "Write all files, or none", build),
    _step("check", "Check what was built", check),
    _step("deliver", "Send what is not sent yet, each file once", deliver),
    _step("acknowledge", "Note that a recipient has its files", acknowledge, models.Acknowledged),
    _step("reissue", "Plan a delivered period again", reissue, models.Reissued),
)
