"""Writing acknowledgements, always valid by the schema whatever the values are."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ddex.choreography.answers import RELEASE_STATUSES, RESOURCE_IDS, STATUSES, TEXT_LIMIT
from ddex.choreography.parts import (
    AVS_VERSION,
    ID_COUNT,
    ID_LIMIT,
    USER_DEFINED,
    namespace_of,
    put_pair,
    put_party,
    put_release_ids,
    put_value,
    timestamp,
)
from ddex.tree import add, put, put_if, root, serialise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from ddex.choreography.answers import Acknowledgement, Status

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


def write(ack: Acknowledgement, version: str = "18") -> bytes:
    """A schema-valid AcknowledgementMessage (1.8) or FtpAcknowledgementMessage (1.6).

    Raises:
        ValueError: unknown version, a DPID that can't stand in a message, or no status at all.
    """
    if version == "16":
        return serialise(_write_16(_with_status(ack), namespace_of(version)))
    return write_all((ack,), version)


def write_all(acks: Sequence[Acknowledgement], version: str = "18") -> bytes:
    """One message with several answers (1.8 only); the header is that of the first.

    Raises:
        ValueError: as `write`, no answer at all, or a version that has no room for several.
    """
    namespace = namespace_of(version)
    if not acks or version != "18":
        raise ValueError(f"{len(acks)} answers can't stand in one message of ERN-C {version}")
    return serialise(_write_18([_with_status(ack) for ack in acks], namespace))


def _with_status(ack: Acknowledgement) -> Acknowledgement:
    if not ack.statuses:
        raise ValueError("an acknowledgement needs at least one status")
    return ack


def _write_18(acks: Sequence[Acknowledgement], namespace: str) -> Element:
    ack = acks[0]
    tree = root(namespace, "AcknowledgementMessage", "ern-c", {"AvsVersionId": AVS_VERSION})
    header = add(tree, "MessageHeader")
    put_if(header, "MessageThreadId", _cut(ack.thread_id))
    put(header, "MessageId", _cut(ack.message_id))
    put_party(header, "MessageSender", ack.sender)
    if ack.on_behalf_of is not None:
        put_party(header, "SentOnBehalfOf", ack.on_behalf_of)
    put_party(header, "MessageRecipient", ack.recipient)
    put(header, "MessageCreatedDateTime", timestamp(ack.created))
    if ack.control_type in _CONTROL_TYPES:  # it echoes what was sent, which may be anything
        put(header, "MessageControlType", ack.control_type)
    for each in acks:
        _put_release_status(tree, each)
    return tree


def _put_release_status(tree: Element, ack: Acknowledgement) -> None:
    owner = ack.sender.dpid
    status = add(tree, "ReleaseStatus")
    put_release_ids(status, "ReleaseId", ack.release, "18")
    put_value(status, "ReleaseStatus", ack.release_status, RELEASE_STATUSES, owner)
    put_if(status, "ErrorText", _cut(ack.error_text))
    _put_action(status, ack, "18")
    about = add(status, "Acknowledgement")
    known = ack.acknowledged_message_type in _MESSAGE_TYPES
    put(about, "MessageType", ack.acknowledged_message_type if known else "NewReleaseMessage")
    put_if(about, "BatchId", _cut(ack.batch_id))
    put(about, "MessageId", _cut(ack.acknowledged_message_id))
    for each in ack.statuses:
        entry = add(about, "MessageStatus")
        _put_status(entry, "Status", each, owner)
        put_if(entry, "Information", _cut(each.information))
    for name in ack.claimants[:ID_COUNT]:
        put(add(add(status, "Claimant"), "PartyName"), "FullName", name[:ID_LIMIT])


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
    _put_status(tree, "FileStatus", ack.statuses[0], ack.sender.dpid)
    put_if(tree, "ErrorText", _error_text_16(ack))
    _put_action(tree, ack, "16")
    return tree


def _put_status(parent: Element, name: str, status: Status, owner: str) -> None:
    value = status.status if status.status in STATUSES else ""
    own = value in {"", USER_DEFINED}
    put_value(parent, name, (status.code or status.status) if own else value, STATUSES, owner)


def _put_action(parent: Element, ack: Acknowledgement, version: str) -> None:
    if ack.proposed_action:
        allowed = _ACTIONS[version]
        put_value(parent, "ProposedActionType", ack.proposed_action, allowed, ack.sender.dpid)
    if ack.manual_check is not None:
        put(parent, "ManualCheckRequired", "true" if ack.manual_check else "false")
    for isrc in ack.isrcs:
        put(add(parent, "AffectedResource"), "ISRC", isrc[:64])
    for kind, namespace, value in ack.affected[:ID_COUNT]:
        element = add(parent, "AffectedResource")
        if kind in RESOURCE_IDS:
            put(element, kind, value[:ID_LIMIT])
        else:
            named = "CatalogNumber" if kind == "CatalogNumber" else "ProprietaryId"
            put_pair(element, named, namespace, value)


def _error_text_16(ack: Acknowledgement) -> str:
    """What the one FileStatus can't say: the first reason, then the other statuses with theirs."""
    first, *others = ack.statuses
    rest = [f"{each.label}: {each.information}" for each in others]
    reasons = [first.information or ack.error_text, *rest]
    return _cut("\n\n".join(reason for reason in reasons if reason))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
