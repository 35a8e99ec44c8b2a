"""Acknowledgements: the recipient's answer about one release message (ERN-C 1.8 and 1.6).

1.8 carries every status with its information; 1.6 has room for one status, so its ErrorText
carries the rest. `read` understands both, and whatever other recipients put into them: the messages
that texts on 1.7 name too, as far as their structure is that of 1.8.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ddex.choreography.ack_writing import write, write_all
from ddex.choreography.answers import (
    FILE_OK,
    RELEASE_STATUSES,
    STATUSES,
    TEXT_LIMIT,
    Acknowledgement,
    Status,
)
from ddex.choreography.parts import (
    USER_DEFINED,
    MessagingParty,
    ReleaseIds,
    defined,
    instant_of,
    party_of,
    release_ids_of,
    text_of,
)
from ddex.choreography.reading import parse, unreadable
from ddex.elements import local_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml.etree import _Element as Element

    from ddex.xml import Document

__all__ = [
    "FILE_OK",
    "RELEASE_STATUSES",
    "STATUSES",
    "TEXT_LIMIT",
    "USER_DEFINED",
    "Acknowledgement",
    "Status",
    "of",
    "read",
    "read_all",
    "write",
    "write_all",
]

_OF_16 = "FtpAcknowledgementMessage"
_OF_18 = ("AcknowledgementMessage", "ErnAcknowledgement")
"""How the names of root elements begin, from 1.7 on."""


def read(data: bytes) -> Acknowledgement:
    """Understand an acknowledgement of any version, whatever its namespace says; the first answer
    of several.

    Raises:
        MessageUnreadable: not XML, or no acknowledgement.
    """
    return read_all(data)[0]


def read_all(data: bytes) -> tuple[Acknowledgement, ...]:
    """Every answer of an acknowledgement, at least one.

    Raises:
        MessageUnreadable: not XML, or no acknowledgement.
    """
    return of(parse(data))


def of(document: Document) -> tuple[Acknowledgement, ...]:
    """Every answer in a parsed document.

    Raises:
        MessageUnreadable: it is no acknowledgement.
    """
    tree, name = document.root, document.name
    if name == _OF_16:
        return (_read_16(tree),)
    if name.startswith(_OF_18):
        return tuple(_read_18(tree))
    raise unreadable(
        f"the root element is {name[:80]!r}, not an acknowledgement",
        "write an AcknowledgementMessage (1.8) or FtpAcknowledgementMessage (1.6)",
    )


def _read_18(tree: Element) -> Iterator[Acknowledgement]:
    """One for each message that each ReleaseStatus is about; a status about none counts as one."""
    header = _part(tree, "MessageHeader")
    common = Acknowledgement(
        message_id=text_of(header, "MessageId"),
        thread_id=text_of(header, "MessageThreadId"),
        sender=party_of(header, "MessageSender"),
        recipient=party_of(header, "MessageRecipient"),
        on_behalf_of=_behalf(header),
        created=_created(header),
        control_type=text_of(header, "MessageControlType"),
        release=ReleaseIds(),
        release_status="",
        statuses=(),
        acknowledged_message_type="",
    )
    found = tree.findall("ReleaseStatus")
    if not found:
        yield common
    for status in found:
        one = replace(
            common,
            release=release_ids_of(status.find("ReleaseId")),
            release_status=defined(status.find("ReleaseStatus"))[1],
            error_text=text_of(status, "ErrorText"),
            proposed_action=defined(status.find("ProposedActionType"))[1],
            manual_check=_flag(text_of(status, "ManualCheckRequired")),
            isrcs=_isrcs(status),
            affected=tuple(_affected(status)),
            claimants=tuple(_claimants(status)),
        )
        answers = status.findall("Acknowledgement")
        yield from (_about(one, each) for each in answers) if answers else (one,)


def _about(ack: Acknowledgement, about: Element) -> Acknowledgement:
    return replace(
        ack,
        statuses=tuple(_status(each, "Status") for each in about.findall("MessageStatus")),
        acknowledged_message_id=text_of(about, "MessageId"),
        acknowledged_message_type=text_of(about, "MessageType"),
        batch_id=text_of(about, "BatchId"),
    )


def _behalf(header: Element) -> MessagingParty | None:
    return None if header.find("SentOnBehalfOf") is None else party_of(header, "SentOnBehalfOf")


def _read_16(tree: Element) -> Acknowledgement:
    header = _part(tree, "MessageHeader")
    release = text_of(tree, "AcknowledgedFile/ReleaseId")
    status, code = defined(tree.find("FileStatus"))
    reason = text_of(tree, "ErrorText")
    return Acknowledgement(
        message_id="",
        sender=party_of(header, "MessageSender"),
        recipient=party_of(header, "MessageRecipient"),
        created=_created(header),
        release=ReleaseIds(proprietary=(("", release),) if release else ()),
        release_status="",
        statuses=(Status(status=status, information=reason, code=_code(status, code)),),
        error_text=reason,
        proposed_action=defined(tree.find("ProposedActionType"))[1],
        manual_check=_flag(text_of(tree, "ManualCheckRequired")),
        isrcs=_isrcs(tree),
        affected=tuple(_affected(tree)),
    )


def _part(tree: Element, name: str) -> Element:
    found = tree.find(name)
    if found is None:
        raise unreadable(f"there is no {name} in the acknowledgement", f"add {name}")
    return found


def _created(header: Element) -> datetime:
    text = text_of(header, "MessageCreatedDateTime")
    found = instant_of(text)
    if found is None:
        raise unreadable(
            f"MessageCreatedDateTime is {text[:80]!r}, not a date and time",
            "write it as 2026-01-05T11:30:00Z",
        )
    return found


def _status(entry: Element, name: str) -> Status:
    status, code = defined(entry.find(name))
    information = text_of(entry, "Information")
    return Status(status=status, information=information, code=_code(status, code))


def _code(status: str, value: str) -> str:
    return value if status == USER_DEFINED else ""


def _flag(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def _isrcs(parent: Element) -> tuple[str, ...]:
    found = [(each.text or "").strip() for each in parent.findall("AffectedResource/ISRC")]
    return tuple(each for each in found if each)


def _affected(parent: Element) -> Iterator[tuple[str, str, str]]:
    for resource in parent.findall("AffectedResource"):
        for each in resource:
            kind, value = local_name(each), (each.text or "").strip()
            if kind != "ISRC" and value:
                yield kind, str(each.get("Namespace", "")), value


def _claimants(status: Element) -> Iterator[str]:
    for each in status.findall("Claimant"):
        ids = [(one.text or "").strip() for one in each.findall("PartyId/*")]
        yield text_of(each, "PartyName/FullName") or next((one for one in ids if one), "")
