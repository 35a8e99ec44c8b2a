"""Operations on royalties: months, statements, their rows, simulations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.auth import Action
from server.api import models_royalties as models
from server.api.operations import Call, Operation
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
)  # fmt: skip
