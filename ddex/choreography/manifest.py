"""ManifestMessage: what a batch holds. An empty BatchComplete file means manual completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.choreography.parts import (
    AVS_VERSION,
    MessagingParty,
    ReleaseIds,
    defined,
    instant_of,
    namespace_of,
    party_of,
    put_party,
    put_release_ids,
    put_value,
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

    from ddex.xml import Document

_HASH_VALUE = {"16": "HashSum", "18": "HashSumValue"}
_HASHES_16 = frozenset(
    (
        *("BYTES", "CRC32", "MD2", "MD4", "MD4(MLNET)", "MD5", "MDC2", "RMD160"),
        *("SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA1"),
    )
)
_HASHES_18 = frozenset(
    (
        *("CRC32", "MD2", "MD4", "MD4(MLNET)", "MD5", "MDC2", "RMD160", "SHA", "SHA1", "SHA2"),
        *("SHA-224", "SHA-256", "SHA3", "SHA-384", "SHA-512"),
    )
)
_DATA_TYPES = frozenset(("Binary64", "HexBinary"))
_ONLY_TYPE = "NewReleaseMessage"
"""ErnMessageType knows no other; a purge travels in a batch under this word too."""

DELIVERY_TYPES = frozenset(
    (
        "BackCatalogDelivery",
        "HighPriorityDelivery",
        "NewReleaseDelivery",
        "ReDelivery",
        "TakeDown",
    )
)
"""MessageActionType, but for UserDefined."""

PRODUCT_TYPES = frozenset(
    (
        "AudioProduct",
        "GraphicsProduct",
        "MixedMediaBundleProduct",
        "MobileProduct",
        "VideoProduct",
    )
)
"""ProductType, but for UserDefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMessage:
    """One ERN message in the batch. `url` is as sent: hostile until judged. Types that DDEX has no
    word for are the sender's own; `signature` may stand in place of `hash_sum`."""

    message_id: str
    url: str
    releases: tuple[ReleaseIds, ...]
    message_type: str = "NewReleaseMessage"
    delivery_type: str = "NewReleaseDelivery"
    product_type: str = "AudioProduct"
    hash_sum: HashSum | None = None
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A ManifestMessage. `stated` is NumberOfMessages, which may differ from `messages`; `hash_sum`
    is the header's, of whatever the parties agreed on."""

    sender: MessagingParty
    recipient: MessagingParty
    created: datetime | None
    root: str
    messages: tuple[BatchMessage, ...]
    is_test: bool = False
    stated: int | None = None
    hash_sum: HashSum | None = None


def read(data: bytes) -> Manifest | None:
    """Read a manifest of 1.6 or 1.8; None for an empty file (completed by hand).

    Raises:
        MessageUnreadable: not XML, or no manifest.
    """
    if not data.strip():
        return None
    return of(parse(data))


def of(document: Document) -> Manifest:
    """The manifest in a parsed document.

    Raises:
        MessageUnreadable: it is none.
    """
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
        hash_sum=_hash_sum(header.find("HashSum")),
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
    _put_hash(header, manifest.hash_sum, version, manifest.sender.dpid)
    put(tree, "IsTestFlag", "true" if manifest.is_test else "false")
    put(tree, "RootDirectory", manifest.root)
    put(tree, "NumberOfMessages", str(len(manifest.messages)))
    for message in manifest.messages:
        _put_message(tree, message, version, manifest.sender.dpid)
    return serialise(tree)


def _put_message(tree: Element, message: BatchMessage, version: str, owner: str) -> None:
    element = add(tree, "MessageInBatch")
    put(element, "MessageType", _ONLY_TYPE)
    put(element, "MessageId", message.message_id)
    put(element, "URL", message.url)
    for ids in message.releases or (ReleaseIds(),):
        put_release_ids(element, "IncludedReleaseId", ids, version)
    put_value(element, "DeliveryType", message.delivery_type, DELIVERY_TYPES, owner)
    put_value(element, "ProductType", message.product_type, PRODUCT_TYPES, owner)
    if message.hash_sum is not None:
        _put_hash(element, message.hash_sum, version, owner)
    else:
        put_if(element, "Signature", message.signature)


def _put_hash(parent: Element, hash_sum: HashSum | None, version: str, owner: str) -> None:
    if hash_sum is None:
        return
    element = add(parent, "HashSum")
    put(element, _HASH_VALUE[version], hash_sum.value)
    known = _HASHES_16 if version == "16" else _HASHES_18
    put_value(element, "HashSumAlgorithmType", hash_sum.algorithm, known, owner)
    if hash_sum.data_type in _DATA_TYPES:
        put(element, "HashSumDataType", hash_sum.data_type)


def _message(element: Element) -> BatchMessage:
    return BatchMessage(
        message_id=text_of(element, "MessageId"),
        url=text_of(element, "URL"),
        releases=tuple(release_ids_of(each) for each in element.findall("IncludedReleaseId")),
        message_type=text_of(element, "MessageType"),
        delivery_type=defined(element.find("DeliveryType"))[1],
        product_type=defined(element.find("ProductType"))[1],
        hash_sum=_hash_sum(element.find("HashSum")),
        signature=text_of(element, "Signature"),
    )


def _hash_sum(element: Element | None) -> HashSum | None:
    if element is None:
        return None
    return HashSum(
        algorithm=defined(element.find("HashSumAlgorithmType"))[1],
        value=text_of(element, "HashSumValue") or text_of(element, "HashSum"),
        data_type=text_of(element, "HashSumDataType"),
    )
