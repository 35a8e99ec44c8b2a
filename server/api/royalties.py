"""Operations on royalties: months, statements, their rows, simulations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.auth import Action
from server.api import models_royalties as models
from server.api.operations import Call, Operation
from server.royalties.figures import Entry
from server.royalties.simulate import What, read_rates

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from server.services.royalties_desk import RoyaltiesDesk

_NOT_CONDITIONS = {"issue", "limit", "offset"}


def _desk(call: Call) -> RoyaltiesDesk:
    return call.services.royalties


def list_months(call: Call) -> dict[str, Any]:
    return _desk(call).months()


def read_month(call: Call) -> dict[str, Any]:
    return _desk(call).month(call.request.path_params["period"])


def read_statement(call: Call) -> dict[str, Any]:
    given: models.StatementAsked = call.given
    where = {"recipient": given.recipient, "label": given.label, "artist": given.artist}
    return _desk(call).statement(call.request.path_params["period"], where, given.issue)


def read_rows(call: Call) -> dict[str, Any]:
    given: models.RowsAsked = call.given
    return _desk(call).rows(
        call.request.path_params["period"],
        given.model_dump(exclude=_NOT_CONDITIONS),
        issue=given.issue,
        limit=given.limit,
        offset=given.offset,
    )


def simulate(call: Call) -> dict[str, Any]:
    given: models.SimulationAsked = call.given
    what = What(
        method=given.method,
        without_plays=given.without_plays,
        by=given.by,
        rates=read_rates([each for each in given.rates.split(",") if each.strip()]),
    )
    return _desk(call).simulate(call.request.path_params["period"], what)


def _by(call: Call) -> str:
    return call.identity.name if call.identity else ""


def read_entered(call: Call) -> dict[str, Any]:
    return _desk(call).entered(call.path["period"])


def set_revenue(call: Call) -> dict[str, Any]:
    given: models.RevenueGiven = call.given
    figure = given.model_dump(exclude={"other_currency", "withdraw"})
    row = _desk(call).set_revenue(
        Entry(period=call.path["period"], **figure),
        _by(call),
        other_currency=given.other_currency,
        withdraw=given.withdraw,
    )
    return {"revenue": [row]}


def approve_revenue(call: Call) -> dict[str, Any]:
    return {"revenue": _desk(call).approve_revenue(call.path["period"], _by(call))}


def agree(call: Call) -> dict[str, Any]:
    given: models.AgreementsGiven = call.given
    return {"agreements": _desk(call).agree(given.agreements, _by(call))}


def approve_agreement(call: Call) -> dict[str, Any]:
    return {"agreements": [_desk(call).approve_agreement(call.path["name"], _by(call))]}


def close(call: Call) -> dict[str, Any]:
    given: models.CloseAsked = call.given
    return _desk(call).close(call.path["period"], _by(call), given.reason)


def _do(
    path: str,
    name: str,
    summary: str,
    handler: Callable[[Call], dict[str, Any]],
    answer: type[BaseModel],
    body: type[BaseModel] | None = None,
) -> Operation:
    return Operation(
        method="POST",
        path=path,
        name=name,
        summary=summary,
        handler=handler,
        action=Action.OPERATE,
        body=body,
        answer=answer,
        errors=(400, 403, 404, 409, 507),
        tags=("operator",),
    )


def _get(
    path: str,
    name: str,
    summary: str,
    handler: Callable[[Call], dict[str, Any]],
    answer: type[BaseModel],
    query: type[BaseModel] | None = None,
) -> Operation:
    return Operation(
        method="GET",
        path=f"/royalties{path}",
        name=name,
        summary=summary,
        handler=handler,
        action=Action.OPERATE,
        query=query,
        answer=answer,
        errors=(400, 404) if path else (),
        tags=("operator",),
    )


ROYALTIES: tuple[Operation, ...] = (
    _get("", "listRoyaltyMonths", "Months and their closed issues", list_months, models.Months),
    _get(
        "/{period}", "readRoyaltyMonth", "A month's statements, problems and sums", read_month,
        models.RoyaltyMonth,
    ),
    _get(
        "/{period}/statement", "readRoyaltyStatement",
        "The statement of a recipient, label or artist", read_statement,
        models.RoyaltyStatement, models.StatementAsked,
    ),
    _get(
        "/{period}/rows", "listRoyaltyRows", "The rows behind a number, with their sums",
        read_rows, models.RoyaltyRows, models.RowsAsked,
    ),
    _get(
        "/{period}/simulation", "simulateRoyalties",
        "Who would gain and who would lose by another way of sharing", simulate,
        models.Simulation, models.SimulationAsked,
    ),
    _get(
        "/{period}/entered", "readRoyaltyEntries", "What a month is computed from", read_entered,
        models.Entered,
    ),
    _do(
        "/royalties/{period}/revenue", "setRevenue", "Enter, replace or take back a figure",
        set_revenue, models.Figures, models.RevenueGiven,
    ),
    _do(
        "/royalties/{period}/revenue/approve", "approveRevenue",
        "Approve the figures of a month that others entered", approve_revenue, models.Figures,
    ),
    _do(
        "/royalties/{period}/close", "closeRoyaltyMonth",
        "Close a month, or issue it again with a reason", close, models.ClosedIssue,
        models.CloseAsked,
    ),
    _do(
        "/agreements", "addAgreements", "Add versions of agreements, all or none", agree,
        models.Agreements, models.AgreementsGiven,
    ),
    _do(
        "/agreements/{name}/approve", "approveAgreement",
        "Approve an agreement's newest version, which another made", approve_agreement,
        models.Agreements,
    ),
)  # fmt: skip
