"""Rule 5: a message does not come after a newer one that was applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

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
RULES: tuple[Rule, ...] = (LATE,)


def check_order(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 5. Needs `context.history` and `context.order_stamp`."""
    main, stamp = message.main_release, context.order_stamp
    if main is None or context.history is None or not stamp:
        return
    applied = context.history.applied_stamp(main)
    if applied is not None and stamp < applied:
        text = f"The folder is of {clip(stamp)}, and one of {applied} was applied already."
        yield LATE.at(main.place, text, value=stamp, expected=f"{applied} or later")
