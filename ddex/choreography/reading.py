"""How choreography messages are parsed, and the error for those that can't be understood."""

from __future__ import annotations

from ddex import xml
from ddex.errors import MessageUnreadable
from ddex.findings import Finding, Severity

LIMITS = xml.Limits(max_bytes=16 * 1024 * 1024, max_markup=1_000_000)


def parse(data: bytes) -> xml.Document:
    """A choreography message.

    Raises:
        MessageUnreadable: see `ddex.xml.parse`.
    """
    return xml.parse(data, LIMITS)


def unreadable(message: str, remedy: str) -> MessageUnreadable:
    """The error for a choreography message of which no value can be made."""
    return MessageUnreadable(
        [
            Finding(
                code="ERNC-0101",
                rule=1,
                severity=Severity.REJECT,
                ack_status="UserDefined",
                message=message,
                remedy=remedy,
                clause="ERN-C 1.8.1, choreography messages",
            )
        ]
    )
