"""ManifestMessage: what a batch holds. An empty BatchComplete file means manual completion."""

from __future__ import annotations

from dataclasses import dataclass
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
from ddex.ern.model import HashSum
from ddex.tree import add, put, put_if, root, serialise

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

_HASH_VALUE = {"16": "HashSum", "18": "HashSumValue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMessage:
    """One ERN message in the batch. `url` is as sent: hostile until judged."""

    message_id: str
    url: str
    releases: tuple[ReleaseIds, ...]
    message_type: str = "NewReleaseMessage"
    delivery_type: str = "NewReleaseDelivery"
    product_type: str = "AudioProduct"
    hash_sum: HashSum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A ManifestMessage. `stated` is NumberOfMessages, which may differ from `messages`."""

    sender: MessagingParty
    recipient: MessagingParty
    created: datetime | None
    root: str
    messages: tuple[BatchMessage, ...]
    is_test: bool = False
    stated: int | None = None


def read(data: bytes) -> Manifest | None:
    """Read a manifest of 1.6 or 1.8; None for an empty file (completed by hand).

    Raises:
        MessageUnreadable: not XML, or no manifest.
    """
    if not data.strip():
        return None
    document = parse(data)
    tree, name = document.root, document.name
    header = tree.find("MessageHeader")
    if name != "ManifestMessage" or header is None:
        raise unreadable(
            f"the root element is {name[:80]!r}, not a ManifestMessage with a MessageHeader",
            "send a ManifestMessage of ERN-C 1.6 or 1.8, or an empty file",
        )
    stated = text_of(tree, "NumberOfMessages")
    return Manifest(
        sender=party_of(header, "MessageSender"),
        recipient=party_of(header, "MessageRecipient"),
        created=instant_of(text_of(header, "MessageCreatedDateTime")),
        root=text_of(tree, "RootDirectory"),
        messages=tuple(_message(each) for each in tree.findall("MessageInBatch")),
        is_test=text_of(tree, "IsTestFlag") in {"true", "1"},
        stated=int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else None,
    )


def write(manifest: Manifest, version: str = "18") -> bytes:
    """A schema-valid ManifestMessage.

    Raises:
        ValueError: unknown version, no messages, no creation time, or a bad DPID.
    """
    if not manifest.messages or manifest.created is None:
        raise ValueError("a manifest needs a creation time and at least one message")
    attributes = {"MessageVersionId": f"ern-c-sftp/{version}"}
    if version == "18":
        attributes["AvsVersionId"] = AVS_VERSION
    tree = root(namespace_of(version), "ManifestMessage", "ern-c", attributes)
    header = add(tree, "MessageHeader")
    put_party(header, "MessageSender", manifest.sender)
    put_party(header, "MessageRecipient", manifest.recipient)
    put(header, "MessageCreatedDateTime", timestamp(manifest.created))
    put(tree, "IsTestFlag", "true" if manifest.is_test else "false")
    put(tree, "RootDirectory", manifest.root)
    put(tree, "NumberOfMessages", str(len(manifest.messages)))
    for message in manifest.messages:
        _put_message(tree, message, _HASH_VALUE[version])
    return serialise(tree)


def _put_message(tree: Element, message: BatchMessage, hash_name: str) -> None:
    element = add(tree, "MessageInBatch")
    put(element, "MessageType", message.message_type)
    put(element, "MessageId", message.message_id)
    put(element, "URL", message.url)
    for ids in message.releases:
        put_release_ids(element, "IncludedReleaseId", ids)
    put(element, "DeliveryType", message.delivery_type)
    put(element, "ProductType", message.product_type)
    if message.hash_sum is not None:
        hash_sum = add(element, "HashSum")
        put(hash_sum, hash_name, message.hash_sum.value)
        put(hash_sum, "HashSumAlgorithmType", message.hash_sum.algorithm)
        put_if(hash_sum, "HashSumDataType", message.hash_sum.data_type)


def _message(element: Element) -> BatchMessage:
    return BatchMessage(
        message_id=text_of(element, "MessageId"),
        url=text_of(element, "URL"),
        releases=tuple(release_ids_of(each) for each in element.findall("IncludedReleaseId")),
        message_type=text_of(element, "MessageType"),
        delivery_type=text_of(element, "DeliveryType"),
        product_type=text_of(element, "ProductType"),
        hash_sum=_hash_sum(element.find("HashSum")),
    )


def _hash_sum(element: Element | None) -> HashSum | None:
    if element is None:
        return None
    return HashSum(
        algorithm=text_of(element, "HashSumAlgorithmType"),
        value=text_of(element, "HashSumValue") or text_of(element, "HashSum"),
        data_type=text_of(element, "HashSumDataType"),
    )
