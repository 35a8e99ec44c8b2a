"""Operators' decisions on releases: each needs a reason, and stays in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from catalog.lifecycle import DecisionKind
from core.auth import Action
from server.api.closed import Closed
from server.api.models import Decide
from server.api.operations import Call, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.services.chronicle import Shape


class Transfer(Decide):
    """A release for another feed."""

    feed: str = Field(min_length=1, max_length=200, description="Id or name of the feed.")


class Decided(Closed):
    """What a decision did."""

    release: str
    event: str | None = Field(description="What became of the release; null: nothing changed.")
    decisions: list[dict[str, Any]] = Field(description="All on this release, oldest first.")


def _deciding(kind: DecisionKind) -> Callable[[Call], Shape]:
    def decide(call: Call) -> Shape:
        given: Decide = call.given
        by = f"operator: {call.identity.name if call.identity else ''}"
        feed = given.feed if isinstance(given, Transfer) else ""
        return call.services.chronicle.decide(
            kind, call.path["release_id"], by=by, reason=given.reason, feed=feed
        )

    return decide


def _operation(kind: DecisionKind, path: str, summary: str, body: type[Closed]) -> Operation:
    word = path.replace("-d", "D")
    return Operation(
        method="POST",
        path=f"/releases/{{release_id}}/{path}",
        name=f"{word}Release",
        summary=summary,
        handler=_deciding(kind),
        action=Action.OPERATE,
        body=body,
        answer=Decided,
        errors=(404, 409),
        tags=("operator",),
    )


RULING = (
    _operation(
        DecisionKind.TRANSFER,
        "transfer",
        "From now on another feed speaks for the release",
        Transfer,
    ),
    _operation(
        DecisionKind.TAKE_DOWN,
        "take-down",
        "Keep the release down, whatever its messages say",
        Decide,
    ),
    _operation(DecisionKind.RESTORE, "restore", "Let it be what its messages say again", Decide),
    _operation(DecisionKind.PURGE, "purge", "Remove it from the catalogue; its log stays", Decide),
)
