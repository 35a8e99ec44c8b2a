"""The states of deliveries and releases: one table each, and the only code that assigns a state."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.models import Delivery


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    RECEIVED = "received"
    CHECKING = "checking"
    TRANSCODING = "transcoding"
    LIVE = "live"
    SCHEDULED = "scheduled"
    HIDDEN = "hidden"
    SUPERSEDED = "superseded"
    REPEATED = "repeated"
    HELD = "held"
    REFUSED = "refused"
    FAILED = "failed"


class ReleaseState(StrEnum):
    """Whether a release has deals at all; what may be heard is decided at play time."""

    AVAILABLE = "available"
    TAKEN_DOWN = "taken_down"


_S = DeliveryState
SETTLED = frozenset(
    {_S.LIVE, _S.SCHEDULED, _S.HIDDEN, _S.SUPERSEDED, _S.REPEATED, _S.HELD, _S.REFUSED, _S.FAILED}
)
ACCEPTED = frozenset({_S.LIVE, _S.SCHEDULED, _S.HIDDEN, _S.SUPERSEDED, _S.REPEATED})

_PUBLISHED = {_S.LIVE, _S.SCHEDULED, _S.HIDDEN, _S.SUPERSEDED}
DELIVERY: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _S.RECEIVED: frozenset({_S.CHECKING, _S.FAILED}),
    _S.CHECKING: frozenset({_S.TRANSCODING, _S.REPEATED, _S.HELD, _S.REFUSED, _S.FAILED}),
    _S.TRANSCODING: frozenset({*_PUBLISHED, _S.REPEATED, _S.HELD, _S.REFUSED, _S.FAILED}),
    _S.LIVE: frozenset({_S.SUPERSEDED}),
    _S.SCHEDULED: frozenset({_S.LIVE, _S.SUPERSEDED}),
    _S.HIDDEN: frozenset({_S.SUPERSEDED}),
    _S.SUPERSEDED: frozenset(),
    _S.REPEATED: frozenset(),
    _S.HELD: frozenset({_S.RECEIVED}),
    _S.REFUSED: frozenset({_S.RECEIVED}),
    _S.FAILED: frozenset({_S.RECEIVED}),
}
"""From each state, the states that may follow. The same state again is always allowed, because a
step may run twice."""

MEANING: Mapping[DeliveryState, str] = {
    _S.RECEIVED: "The batch is complete; the delivery waits for a worker.",
    _S.CHECKING: "The message and its files are being checked.",
    _S.TRANSCODING: "All checks passed; masters are stored and renditions are made.",
    _S.LIVE: "Listeners can play the release somewhere now.",
    _S.SCHEDULED: "Accepted; the first deal starts later.",
    _S.HIDDEN: "Accepted; no deal lets anybody play it.",
    _S.SUPERSEDED: "Accepted; a newer message of the same release says what counts.",
    _S.REPEATED: "The same message was accepted before; it was acknowledged again.",
    _S.HELD: "Somebody must decide: see the findings.",
    _S.REFUSED: "The sender must mend it: see the findings.",
    _S.FAILED: "Segue could not finish it; try again once the cause is mended.",
}


def move(delivery: Delivery, state: DeliveryState) -> None:
    """Assign a state.

    Raises:
        Conflict: the table does not allow this step.
    """
    now = DeliveryState(delivery.state)
    if state != now and state not in DELIVERY[now]:
        raise Conflict(f"delivery {delivery.id} is {now}, which can't become {state}")
    delivery.state = state
