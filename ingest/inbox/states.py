"""The states of a release folder before it is a delivery, and every step between them: one table.

A top folder (a batch, or a release sent by itself) stands as the least complete of its release
folders stands.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """Where a release folder stands."""

    EMPTY = "empty"
    GATHERING = "gathering"
    LACKING = "lacking"
    UNSURE = "unsure"
    CUT = "cut"
    DELIVERED = "delivered"
    CHANGED = "changed"


class Event(StrEnum):
    """What can happen to a release folder."""

    FILE = "file"
    """A finished file came, or got its final name; it may replace another."""
    GONE = "gone"
    """The sender took a file away, or moved it elsewhere."""
    CALL = "call"
    """The sender said that all is there: a BatchComplete file came."""
    PROVEN = "proven"
    """What came by a connection that can't tell its end was looked into."""
    QUIET = "quiet"
    """Nothing came for a while, and nothing is on its way."""
    OVERDUE = "overdue"
    """It has waited for as long as the feed's terms allow."""
    TAKEN = "taken"
    """Its last delivery was settled; what was accepted has left the sender's view."""


MEANING: Mapping[State, str] = {
    State.EMPTY: "No file that counts.",
    State.GATHERING: "Files are here; neither a message nor a BatchComplete says that they are "
    "all.",
    State.LACKING: "The sender's word is here (BatchComplete, or a message sent by itself), and "
    "something that is named there is not.",
    State.UNSURE: "All is here; of a file it is not proven yet that it came to its end.",
    State.CUT: "A file is not as long as it should be: its connection was cut.",
    State.DELIVERED: "A delivery was made of it; nothing has come since.",
    State.CHANGED: "A delivery was made of it, and then something else came, which waits for a "
    "new word of the sender.",
}

_S = State
_OPEN = frozenset({_S.EMPTY, _S.GATHERING, _S.LACKING, _S.UNSURE, _S.CUT, _S.DELIVERED})
_AFTER = frozenset({_S.DELIVERED, _S.CHANGED})
_HELD = frozenset({_S.LACKING, _S.UNSURE, _S.CUT})

STEPS: Mapping[State, Mapping[Event, frozenset[State]]] = {
    _S.EMPTY: {
        Event.FILE: _OPEN,
        Event.CALL: frozenset({_S.EMPTY, _S.LACKING, _S.DELIVERED}),
        Event.GONE: frozenset({_S.EMPTY}),
    },
    _S.GATHERING: {
        Event.FILE: _OPEN - {_S.EMPTY},
        Event.GONE: frozenset({_S.EMPTY, _S.GATHERING}),
        Event.CALL: frozenset({_S.LACKING, _S.UNSURE, _S.CUT, _S.DELIVERED}),
        Event.QUIET: frozenset({_S.GATHERING}),
        Event.OVERDUE: frozenset({_S.GATHERING}),
    },
    _S.LACKING: {
        Event.FILE: frozenset({_S.LACKING, _S.UNSURE, _S.CUT, _S.DELIVERED}),
        Event.GONE: frozenset({_S.EMPTY, _S.GATHERING, _S.LACKING}),
        Event.CALL: frozenset({_S.LACKING, _S.UNSURE, _S.CUT, _S.DELIVERED}),
        Event.QUIET: frozenset({_S.LACKING, _S.DELIVERED}),
        Event.OVERDUE: frozenset({_S.LACKING, _S.DELIVERED}),
    },
    _S.UNSURE: {
        Event.FILE: _HELD | _AFTER,
        Event.GONE: _AFTER | {_S.EMPTY, _S.GATHERING, _S.LACKING, _S.UNSURE},
        Event.CALL: frozenset({_S.DELIVERED, _S.CUT, _S.LACKING}),
        Event.PROVEN: _AFTER | {_S.UNSURE, _S.CUT},
        Event.QUIET: frozenset({_S.UNSURE}),
        Event.OVERDUE: frozenset({_S.UNSURE}),
    },
    _S.CUT: {
        Event.FILE: _HELD | _AFTER,
        Event.GONE: _AFTER | {_S.EMPTY, _S.GATHERING, _S.LACKING, _S.CUT},
        Event.CALL: frozenset({_S.CUT, _S.LACKING, _S.DELIVERED}),
        Event.QUIET: frozenset({_S.DELIVERED}),
        Event.OVERDUE: frozenset({_S.DELIVERED}),
    },
    _S.DELIVERED: {
        Event.FILE: _AFTER | _HELD,
        Event.GONE: _AFTER | {_S.EMPTY},
        Event.CALL: frozenset({_S.DELIVERED}),
        Event.TAKEN: frozenset({_S.EMPTY, _S.DELIVERED, _S.CHANGED}),
    },
    _S.CHANGED: {
        Event.FILE: _AFTER | _HELD,
        Event.GONE: _AFTER | {_S.EMPTY},
        Event.CALL: _HELD | {_S.DELIVERED},
        Event.QUIET: _AFTER | {_S.UNSURE, _S.CUT},
        Event.OVERDUE: frozenset({_S.CHANGED}),
        Event.TAKEN: _AFTER | {_S.EMPTY},
    },
}
"""From each state by each event, the states that may follow. What is not here can't happen; an
event that tells nothing new leaves the state."""
