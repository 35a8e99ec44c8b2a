"""The error codes of what operators and owners decide, beside `ingest.faults`."""

from __future__ import annotations

from ddex.findings import Rule, Severity

_PURGE = "ERN Part 1, PurgeReleaseMessage"
NOT_YOURS = Rule(
    code="ERN-0004",
    number=0,
    severity=Severity.HOLD,
    ack_status="UserDefined",
    clause=_PURGE,
    text="A release is purged by the sender of the deals that stand, nobody else.",
    remedy="Nothing: the operator decides, or refuses it.",
)
UNKNOWN = Rule(
    code="ERN-0005",
    number=0,
    severity=Severity.WARN,
    ack_status="",
    clause=_PURGE,
    text="A purge names a release that is in the catalogue.",
    remedy="Check the ReleaseId, if the release should be known.",
)
REJECTED = Rule(
    code="ERN-0006",
    number=0,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause="ERN-C Part 3, acknowledgements",
    text="A delivery that was held is released by the operator.",
    remedy="See the operator's reason; send a corrected delivery.",
)
AGAIN = Rule(
    code="ERN-0007",
    number=0,
    severity=Severity.REJECT,
    ack_status="ResourceMissing",
    clause="ERN-C Part 3, acknowledgements",
    text="A delivery that was held can be used as it was sent.",
    remedy="Send the whole release again, message and files.",
)
BY_HAND = Rule(
    code="ERN-0008",
    number=0,
    severity=Severity.HOLD,
    ack_status="UserDefined",
    clause="Terms of the feed",
    text="Each delivery of this feed is released by the operator.",
    remedy="Nothing: the operator releases it, or says why not.",
)

RULES: tuple[Rule, ...] = (NOT_YOURS, UNKNOWN, REJECTED, AGAIN, BY_HAND)
