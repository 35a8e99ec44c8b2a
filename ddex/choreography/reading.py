"""How choreography messages are parsed, and the error for those that can't be understood."""

from __future__ import annotations

from dataclasses import replace

from ddex import xml
from ddex.errors import MessageUnreadable
from ddex.findings import Rule, Severity

LIMITS = xml.Limits(max_bytes=16 * 1024 * 1024, max_markup=1_000_000)

UNREADABLE = Rule(
    code="ERNC-0101",
    number=1,
    severity=Severity.REJECT,
    ack_status="UserDefined",
    clause="DDEX ERN-C, choreography messages",
    text="A manifest or an acknowledgement is a message of ERN-C.",
    remedy="Send a ManifestMessage, an AcknowledgementMessage or an FtpAcknowledgementMessage.",
    wrong="<Manifest>…</Manifest>",
    right='<c:ManifestMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18"',
)


def parse(data: bytes) -> xml.Document:
    """A choreography message.

    Raises:
        MessageUnreadable: see `ddex.xml.parse`.
    """
    return xml.parse(data, LIMITS)


def unreadable(message: str, remedy: str) -> MessageUnreadable:
    """The error for a choreography message of which no value can be made."""
    return MessageUnreadable([replace(UNREADABLE.at(None, message), remedy=remedy)])
