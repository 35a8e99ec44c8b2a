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

    INCOMPLETE = "incomplete"
    RECEIVED = "received"
    CHECKING = "checking"
    TRANSCODING = "transcoding"
    LIVE = "live"
    SCHEDULED = "scheduled"
    HIDDEN = "hidden"
    SUPERSEDED = "superseded"
    PURGED = "purged"
    RECORDED = "recorded"
    TESTED = "tested"
    REPEATED = "repeated"
    HELD = "held"
    REFUSED = "refused"
    FAILED = "failed"


class ReleaseState(StrEnum):
    """Where a release of the catalogue stands; what may be heard is decided at play time."""

    SCHEDULED = "scheduled"
    AVAILABLE = "available"
    TAKEN_DOWN = "taken_down"
    PURGED = "purged"


class EventKind(StrEnum):
    """What became of a release."""

    ANNOUNCED = "announced"
    MADE_AVAILABLE = "made_available"
    CHANGED = "changed"
    TAKEN_DOWN = "taken_down"
    PURGED = "purged"


class DecisionKind(StrEnum):
    """What an operator may decide: first about deliveries, then about releases."""

    RELEASE = "release"
    REJECT = "reject"
    RESEND = "resend"
    TRANSFER = "transfer"
    TAKE_DOWN = "take_down"
    RESTORE = "restore"
    PURGE = "purge"


_S = DeliveryState
_PUBLISHED = {_S.LIVE, _S.SCHEDULED, _S.HIDDEN, _S.SUPERSEDED, _S.PURGED}
ACCEPTED = frozenset({*_PUBLISHED, _S.RECORDED, _S.TESTED, _S.REPEATED})
SETTLED = frozenset({*ACCEPTED, _S.HELD, _S.REFUSED, _S.FAILED})

DELIVERY: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    _S.INCOMPLETE: frozenset({_S.RECEIVED}),
    _S.RECEIVED: frozenset({_S.CHECKING, _S.FAILED}),
    _S.CHECKING: frozenset(
        {_S.TRANSCODING, _S.RECORDED, _S.TESTED, _S.REPEATED, _S.HELD, _S.REFUSED, _S.FAILED}
    ),
    _S.TRANSCODING: frozenset(
        {*_PUBLISHED, _S.TESTED, _S.REPEATED, _S.HELD, _S.REFUSED, _S.FAILED}
    ),
    _S.LIVE: frozenset({_S.SCHEDULED, _S.HIDDEN, _S.SUPERSEDED}),
    _S.SCHEDULED: frozenset({_S.LIVE, _S.HIDDEN, _S.SUPERSEDED}),
    _S.HIDDEN: frozenset({_S.LIVE, _S.SCHEDULED, _S.SUPERSEDED}),
    _S.SUPERSEDED: frozenset(),
    _S.PURGED: frozenset({_S.SUPERSEDED}),
    _S.RECORDED: frozenset(),
    _S.TESTED: frozenset(),
    _S.REPEATED: frozenset(),
    _S.HELD: frozenset({_S.RECEIVED, _S.REFUSED}),
    _S.REFUSED: frozenset({_S.RECEIVED}),
    _S.FAILED: frozenset({_S.RECEIVED}),
}
"""From each state, the states that may follow. The same state again is always allowed, because a
step may run twice."""

MEANING: Mapping[DeliveryState, str] = {
    _S.INCOMPLETE: "Files are here, and the batch is not complete; it says what it waits for and "
    "since when.",
    _S.RECEIVED: "The batch is complete; the delivery waits for a worker.",
    _S.CHECKING: "The message and its files are being checked.",
    _S.TRANSCODING: "All checks passed; masters are stored and renditions are made.",
    _S.LIVE: "Listeners can play the release somewhere now.",
    _S.SCHEDULED: "Accepted; the first deal starts later.",
    _S.HIDDEN: "Accepted; no deal lets anybody play it.",
    _S.SUPERSEDED: "Accepted; a newer message of the same release says what counts.",
    _S.PURGED: "Accepted; the release is out of the catalogue.",
    _S.RECORDED: "Accepted and kept; it is no release message and changes no rights (a catalogue "
    "list, an enrichment).",
    _S.TESTED: "A test message: checked and answered like any other, and never published.",
    _S.REPEATED: "The same message was accepted before; it was acknowledged again.",
    _S.HELD: "Somebody must decide: see the findings.",
    _S.REFUSED: "The sender must mend it: see the findings.",
    _S.FAILED: "Segue could not finish it; try again once the cause is mended.",
}

_R = ReleaseState
SHOWN = (_R.SCHEDULED, _R.AVAILABLE)
"""Releases that can be found and opened; what may be heard of them is decided at play time."""

RELEASE: Mapping[ReleaseState | None, Mapping[ReleaseState, EventKind]] = {
    None: {
        _R.SCHEDULED: EventKind.ANNOUNCED,
        _R.AVAILABLE: EventKind.MADE_AVAILABLE,
        _R.TAKEN_DOWN: EventKind.TAKEN_DOWN,
    },
    _R.SCHEDULED: {
        _R.SCHEDULED: EventKind.CHANGED,
        _R.AVAILABLE: EventKind.MADE_AVAILABLE,
        _R.TAKEN_DOWN: EventKind.TAKEN_DOWN,
        _R.PURGED: EventKind.PURGED,
    },
    _R.AVAILABLE: {
        _R.SCHEDULED: EventKind.ANNOUNCED,
        _R.AVAILABLE: EventKind.CHANGED,
        _R.TAKEN_DOWN: EventKind.TAKEN_DOWN,
        _R.PURGED: EventKind.PURGED,
    },
    _R.TAKEN_DOWN: {
        _R.SCHEDULED: EventKind.ANNOUNCED,
        _R.AVAILABLE: EventKind.MADE_AVAILABLE,
        _R.TAKEN_DOWN: EventKind.TAKEN_DOWN,
        _R.PURGED: EventKind.PURGED,
    },
    _R.PURGED: {
        _R.SCHEDULED: EventKind.ANNOUNCED,
        _R.AVAILABLE: EventKind.MADE_AVAILABLE,
        _R.TAKEN_DOWN: EventKind.TAKEN_DOWN,
    },
}
"""From each state of a release (None: nobody has spoken of it), the states that may follow and the
event that tells of it. A purged release has no row in the catalogue, only its log."""

RELEASE_MEANING: Mapping[ReleaseState, str] = {
    _R.SCHEDULED: "Nothing is granted yet anywhere, but will be, or only deals of pre-orders or "
    "out of band hold; the release can be announced.",
    _R.AVAILABLE: "A deal grants something somewhere; each play is decided by place, instant and "
    "plan.",
    _R.TAKEN_DOWN: "No deal, or all are over; it can't be found or played, and may return.",
    _R.PURGED: "Out of the catalogue by its owner's PurgeReleaseMessage or an operator's decision; "
    "the log stays.",
}


def happened(before: ReleaseState | None, after: ReleaseState) -> EventKind:
    """The event of a step.

    Raises:
        Conflict: the table does not allow this step.
    """
    found = RELEASE[before].get(after)
    if found is None:
        raise Conflict(f"a release that is {before or 'unknown'} can't become {after}")
    return found


def move(delivery: Delivery, state: DeliveryState) -> None:
    """Assign a state.

    Raises:
        Conflict: the table does not allow this step.
    """
    now = DeliveryState(delivery.state)
    if state != now and state not in DELIVERY[now]:
        raise Conflict(f"delivery {delivery.id} is {now}, which can't become {state}")
    delivery.state = state
