"""Acknowledgements: the recipient's answer about one release message (ERN-C 1.8 and 1.6).

1.8 carries every status with its information; 1.6 has room for one status, so its ErrorText
carries the rest. `read` understands both, and whatever other recipients put into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ddex.choreography.parts import (
    AVS_VERSION,
    MessagingParty,
    ReleaseIds,
    instant_of,
    namespace_of,
    party_of,
    put_party,
    put_release_ids,
    release_ids_of,
    text_of,
    timestamp,
)
from ddex.choreography.reading import parse, unreadable
from ddex.tree import add, put, put_if, root, serialise

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

FILE_OK = "FileOK"
USER_DEFINED = "UserDefined"
TEXT_LIMIT = 4_000
"""Characters of one text in an acknowledgement, so that hostile input can't blow it up."""

STATUSES = frozenset(
    (
        FILE_OK,
        "ArtistRoleUnknown",
        "CommercialReleaseDateInvalid",
        "ConflictingAvailabilityPeriods",
        "DuplicatedPublisherNames",
        "ErnMissing",
        "IdentifierInvalid",
        "IdentifierSyntaxInvalid",
        "InternalError",
        "MetadataMissing",
        "NewReleaseMessageInvalid",
        "NoDealForTrackRelease",
        "NoDealInNewReleaseMessage",
        "OriginalReleaseDateLaterThanReleaseDate",
        "PrimaryArtistNameMissing",
        "ResourceCorrupt",
        "ResourceMissing",
        "ResourceNotMeetingSpecifications",
        "SignatureOrHashSumWrongOrMissing",
        "UnsupportedUsage",
        USER_DEFINED,
    )
)
"""ErncFileStatus, the same in the allowed values of 1.6 and 1.8."""

RELEASE_STATUSES = frozenset(
    (
        "DeliveredToReleaseDistributor",
        "InDeliveryToReleaseDistributor",
        "InPreparationForDeliveryToReleaseDistributor",
        "OrderPlacedForReleaseDistributor",
        "ProcessingErrorAtReleaseCreator",
        "ProcessingErrorAtReleaseDistributor",
        "ReleaseMadeAvailableToConsumers",
        "ReleaseNotAvailable",
        "ReleaseReceivedByReleaseDistributor",
        "ReleaseStagedForPublication",
        "ReleaseViolatesTermsOfService",
        "RightsConflict",
        "SuccessfullyIngestedByReleaseDistributor",
    )
)
"""SupplyChainStatus of 1.8."""

_CONTROL_TYPES = frozenset(("LiveMessage", "TestMessage"))
_MESSAGE_TYPES = frozenset(("NewReleaseMessage", "PurgeReleaseMessage"))
_ACTIONS = {
    "16": frozenset(("ResendXmlOnly", "ResendXmlAndResources")),
    "18": frozenset(
        (
            "ResendXmlOnly",
            "ResendXmlAndResources",
            "DoNotResendAffectedResource",
            "DoNotResendRelease",
        )
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status (an ErncFileStatus value) and why; `code` says which for UserDefined."""

    status: str
    information: str = ""
    code: str = ""

    @property
    def label(self) -> str:
        """The status, or its own code when DDEX has no word for it."""
        return self.code if self.status == USER_DEFINED and self.code else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The answer about one release message.

    Attributes:
        message_id: of the acknowledgement itself (1.8 only).
        acknowledged_message_id: of the ERN message, as sent; empty when it could not be read.
        release_status: SupplyChainStatus value, e.g. `SuccessfullyIngestedByReleaseDistributor`.
        statuses: FileOK alone, or the faults, worst first.
        isrcs: of the affected recordings.
    """

    message_id: str
    sender: MessagingParty
    recipient: MessagingParty
    created: datetime
    release: ReleaseIds
    release_status: str
    statuses: tuple[Status, ...]
    acknowledged_message_id: str = ""
    acknowledged_message_type: str = "NewReleaseMessage"
    batch_id: str = ""
    error_text: str = ""
    proposed_action: str = ""
    manual_check: bool | None = None
    isrcs: tuple[str, ...] = ()
    control_type: str = ""

    @property
    def ok(self) -> bool:
        """Whether the file was accepted."""
        return any(each.status == FILE_OK for each in self.statuses) and all(
            each.status == FILE_OK for each in self.statuses
        )


def write(ack: Acknowledgement, version: str = "18") -> bytes:
    """A schema-valid AcknowledgementMessage (1.8) or FtpAcknowledgementMessage (1.6).

    Raises:
        ValueError: unknown version, a DPID that can't stand in a message, or no status at all.
    """
    namespace = namespace_of(version)
    if not ack.statuses:
        raise ValueError("an acknowledgement needs at least one status")
    return serialise(_write_18(ack, namespace) if version == "18" else _write_16(ack, namespace))


def read(data: bytes) -> Acknowledgement:
    """Understand an acknowledgement of either version, whatever its namespace says.

    Raises:
        MessageUnreadable: not XML, or no acknowledgement.
    """
    document = parse(data)
    tree, name = document.root, document.name
    if name == "FtpAcknowledgementMessage":
        return _read_16(tree)
    if name.startswith(("AcknowledgementMessage", "ErnAcknowledgement")):
        return _read_18(tree)
    raise unreadable(
        f"the root element is {name[:80]!r}, not an acknowledgement",
        "write an AcknowledgementMessage (1.8) or FtpAcknowledgementMessage (1.6)",
    )


def _write_18(ack: Acknowledgement, namespace: str) -> Element:
    tree = root(namespace, "AcknowledgementMessage", "ern-c", {"AvsVersionId": AVS_VERSION})
    header = add(tree, "MessageHeader")
    put(header, "MessageId", _cut(ack.message_id))
    put_party(header, "MessageSender", ack.sender)
    put_party(header, "MessageRecipient", ack.recipient)
    put(header, "MessageCreatedDateTime", timestamp(ack.created))
    if ack.control_type in _CONTROL_TYPES:  # it echoes what was sent, which may be anything
        put(header, "MessageControlType", ack.control_type)
    status = add(tree, "ReleaseStatus")
    put_release_ids(status, "ReleaseId", ack.release)
    _put_value(status, "ReleaseStatus", ack.release_status, RELEASE_STATUSES, ack.sender)
    put_if(status, "ErrorText", _cut(ack.error_text))
    _put_action(status, ack, "18")
    about = add(status, "Acknowledgement")
    known = ack.acknowledged_message_type in _MESSAGE_TYPES
    put(about, "MessageType", ack.acknowledged_message_type if known else "NewReleaseMessage")
    put_if(about, "BatchId", _cut(ack.batch_id))
    put(about, "MessageId", _cut(ack.acknowledged_message_id))
    for each in ack.statuses:
        entry = add(about, "MessageStatus")
        _put_status(entry, "Status", each, ack.sender)
        put_if(entry, "Information", _cut(each.information))
    return tree


def _write_16(ack: Acknowledgement, namespace: str) -> Element:
    version = {"MessageVersionId": "ern-c-sftp/16"}
    tree = root(namespace, "FtpAcknowledgementMessage", "ern-c", version)
    header = add(tree, "MessageHeader")
    put_party(header, "MessageSender", ack.sender)
    put_party(header, "MessageRecipient", ack.recipient)
    put(header, "MessageCreatedDateTime", timestamp(ack.created))
    file = add(tree, "AcknowledgedFile")
    put_if(file, "ReleaseId", _cut(ack.release.first))
    put(file, "Date", f"{ack.created.astimezone(UTC):%Y-%m-%d}")
    _put_status(tree, "FileStatus", ack.statuses[0], ack.sender)
    put_if(tree, "ErrorText", _error_text_16(ack))
    _put_action(tree, ack, "16")
    return tree


def _put_status(parent: Element, name: str, status: Status, owner: MessagingParty) -> None:
    if status.status in STATUSES - {USER_DEFINED}:
        put(parent, name, status.status)
    else:
        _put_value(parent, name, status.code or status.status, frozenset(), owner)


def _put_value(
    parent: Element, name: str, value: str, allowed: frozenset[str], owner: MessagingParty
) -> None:
    """An allowed value; any other becomes UserDefined, which needs a namespace."""
    if value in allowed:
        put(parent, name, value)
    else:
        own = {"Namespace": owner.dpid, "UserDefinedValue": value[:255]}
        put(parent, name, USER_DEFINED, own)


def _put_action(parent: Element, ack: Acknowledgement, version: str) -> None:
    if ack.proposed_action:
        allowed = _ACTIONS[version]
        _put_value(parent, "ProposedActionType", ack.proposed_action, allowed, ack.sender)
    if ack.manual_check is not None:
        put(parent, "ManualCheckRequired", "true" if ack.manual_check else "false")
    for isrc in ack.isrcs:
        put(add(parent, "AffectedResource"), "ISRC", isrc[:64])


def _error_text_16(ack: Acknowledgement) -> str:
    """What the one FileStatus can't say: the first reason, then the other statuses with theirs."""
    first, *others = ack.statuses
    rest = [f"{each.label}: {each.information}" for each in others]
    reasons = [first.information or ack.error_text, *rest]
    return _cut("\n\n".join(reason for reason in reasons if reason))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"


def _read_18(tree: Element) -> Acknowledgement:
    header = _part(tree, "MessageHeader")
    status = _part(tree, "ReleaseStatus")
    about = status.find("Acknowledgement")
    entries = about.findall("MessageStatus") if about is not None else []
    return Acknowledgement(
        message_id=text_of(header, "MessageId"),
        sender=party_of(header, "MessageSender"),
        recipient=party_of(header, "MessageRecipient"),
        created=_created(header),
        release=release_ids_of(status.find("ReleaseId")),
        release_status=_defined(status.find("ReleaseStatus"))[1],
        statuses=tuple(_status(each, "Status") for each in entries),
        acknowledged_message_id=text_of(status, "Acknowledgement/MessageId"),
        acknowledged_message_type=text_of(status, "Acknowledgement/MessageType"),
        batch_id=text_of(status, "Acknowledgement/BatchId"),
        error_text=text_of(status, "ErrorText"),
        proposed_action=_defined(status.find("ProposedActionType"))[1],
        manual_check=_flag(text_of(status, "ManualCheckRequired")),
        isrcs=_isrcs(status),
        control_type=text_of(header, "MessageControlType"),
    )


def _read_16(tree: Element) -> Acknowledgement:
    header = _part(tree, "MessageHeader")
    release = text_of(tree, "AcknowledgedFile/ReleaseId")
    status, code = _defined(tree.find("FileStatus"))
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
        proposed_action=_defined(tree.find("ProposedActionType"))[1],
        manual_check=_flag(text_of(tree, "ManualCheckRequired")),
        isrcs=_isrcs(tree),
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
    status, code = _defined(entry.find(name))
    information = text_of(entry, "Information")
    return Status(status=status, information=information, code=_code(status, code))


def _code(status: str, value: str) -> str:
    return value if status == USER_DEFINED else ""


def _defined(element: Element | None) -> tuple[str, str]:
    """(value, value or UserDefinedValue) of an element with an allowed value."""
    if element is None:
        return "", ""
    value = (element.text or "").strip()
    return value, str(element.get("UserDefinedValue", value)) if value == USER_DEFINED else value


def _flag(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def _isrcs(parent: Element) -> tuple[str, ...]:
    found = [(each.text or "").strip() for each in parent.findall("AffectedResource/ISRC")]
    return tuple(each for each in found if each)
