"""Rule 5: a message does not come after a newer one that was applied, nor from the future."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ddex.ern.model import Message
    from ddex.ern.rules.context import Context

LATE = Rule(
    code="ERN-0501",
    number=5,
    severity=Severity.HOLD,
    ack_status="UserDefined",
    clause="DDEX ERN choreography, order of messages by folder timestamp",
    text="The folder of a message is not older than that of the message applied last.",
    remedy="Send the message again in a new folder if it is the valid one; else do nothing.",
    wrong="<!-- in N_A1NWLX12026000001Z_20260301100000000, after …_20260302100000000 -->",
    right="<!-- in N_A1NWLX12026000001Z_20260303100000000 -->",
)
AHEAD = Rule(
    code="ERN-0502",
    number=5,
    severity=Severity.WARN,
    ack_status="FileOK",
    clause="DDEX ERN choreography, order of messages by folder timestamp",
    text="The folder of a message is not more than a day ahead of our clock.",
    remedy="Correct the clock that names the folders: until that time comes, every true message of "
    "this release would count as older than this one.",
    wrong="<!-- arrived 2026-03-01, in N_A1NWLX12026000001Z_20360301100000000 -->",
    right="<!-- arrived 2026-03-01, in N_A1NWLX12026000001Z_20260301100000000 -->",
)
RULES: tuple[Rule, ...] = (LATE, AHEAD)
_MARGIN = timedelta(hours=24)
"""More than any time zone: stamps name none."""


def check_order(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 5. Needs `context.history` and `context.order_stamp`."""
    main, stamp = message.main_release, context.order_stamp
    if main is None or context.history is None or not stamp:
        return
    applied = context.history.applied_stamp(main)
    if applied is not None and stamp < applied:
        text = f"The folder is of {clip(stamp)}, and one of {applied} was applied already."
        yield LATE.at(main.place, text, value=stamp, expected=f"{applied} or later")


def check_clock(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 5, of messages that have arrived. Needs `context.order_stamp`."""
    main, stamp, arrived = message.main_release, context.order_stamp, context.arrived
    if main is None or not stamp or arrived is None:
        return
    latest = _latest(arrived)
    if stamp > latest:
        text = f"The folder is of {clip(stamp)}, which is in the future: until then, other "
        text += "messages of this release count as older."
        yield AHEAD.at(main.place, text, value=stamp, expected=f"{latest} or earlier")


def _latest(arrived: datetime) -> str:
    """The last stamp that a true clock can have given by this instant."""
    try:
        until = arrived.astimezone(UTC) + _MARGIN
    except OverflowError:
        return "9" * 17
    return f"{until.year:04d}{until:%m%d%H%M%S}{until.microsecond // 1000:03d}"
