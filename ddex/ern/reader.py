"""From a parsed document to the model, by the table of paths of its version.

`read` never raises on odd content: what can't be read is empty in the model, and the schema and
the rules say so. References stay as sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import Anchor, Header, Message, OpenValue, Party, Place, Reference, Share
from ddex.ern.node import Node
from ddex.ern.parts import identifiers, localized
from ddex.ern.paths import ANCHORS, REFERENCES, Paths
from ddex.ern.releases import read_deals, read_release
from ddex.ern.resources import read_file, read_resource
from ddex.ern.values import instant
from ddex.ern.versions import identify
from ddex.xml import Pathfinder, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from ddex.ern.model import Deal, File, Release, Resource
    from ddex.xml import Document

_SHARES = ("PercentageOfRightsAssignment", "RightSharePercentage")


def read(document: Document) -> Message:
    """The message in this document.

    Raises:
        MessageUnreadable: only when its version can't be read at all (see `identify`).
    """
    version = identify(document)
    paths = version.paths
    assert paths is not None  # noqa: S101 - identify gives supported versions only
    root = Node(document.root)
    finder = Pathfinder()
    parties = tuple(_party(node, paths) for node in root.all(*paths.parties))
    return Message(
        type=root.name,
        version=version.id,
        header=_header(root.first("MessageHeader")),
        profile=root.attribute("ReleaseProfileVersionId"),
        language=root.attribute("LanguageAndScriptCode"),
        avs_version=root.attribute("AvsVersionId"),
        parties=parties,
        resources=tuple(_resources(root, paths)),
        releases=tuple(_releases(root, paths, {p.reference: p.name for p in parties})),
        deals=tuple(_deals(root, paths)),
        other_files=tuple(_other_files(root, paths)),
        anchors=tuple(_anchors(document.root, finder)),
        references=tuple(_references(document.root, finder)),
        open_values=tuple(_open_values(document.root, finder)),
        shares=tuple(_shares(document.root, finder)),
        place=root.place,
    )


def _header(node: Node | None) -> Header:
    if node is None:
        return Header(message_id="")
    created = node.text_at("MessageCreatedDateTime")
    return Header(
        message_id=node.text_at("MessageId"),
        thread_id=node.text_at("MessageThreadId"),
        sender_dpid=node.text_at("MessageSender/PartyId"),
        sender_name=node.text_at("MessageSender/PartyName/FullName"),
        on_behalf_of_dpid=node.text_at("SentOnBehalfOf/PartyId"),
        recipients=node.texts("MessageRecipient/PartyId"),
        created=instant(created),
        created_text=created,
        control_type=node.text_at("MessageControlType"),
        place=node.place,
    )


def _party(node: Node, paths: Paths) -> Party:
    names = (localized(name, name.text_at("FullName")) for name in node.all(*paths.party_names))
    return Party(
        reference=node.text_at("PartyReference"),
        names=tuple(name for name in names if name.text),
        identifiers=identifiers(node.all(*paths.party_ids)),
        place=node.place,
    )


def _resources(root: Node, paths: Paths) -> Iterator[Resource]:
    for node in root.all(*paths.resources):
        yield read_resource(node, paths)
        node.forget()


def _deals(root: Node, paths: Paths) -> Iterator[Deal]:
    for node in root.all(*paths.release_deals):
        yield from read_deals(node, paths)
        node.forget()


def _releases(root: Node, paths: Paths, names: dict[str, str]) -> Iterator[Release]:
    for node in root.all(*paths.main_releases, *paths.other_releases):
        yield read_release(node, paths, names)
    for node in root.all(*paths.purged_releases):
        yield read_release(node, paths, names)


def _other_files(root: Node, paths: Paths) -> Iterator[File]:
    for node in root.all(*paths.supplements):
        yield read_file(node, paths)
    if next(root.element.iter("{*}Fingerprint"), None) is None:
        return
    for details in root.all(
        *(f"{r}/{d}" for r in paths.resources for d in paths.technical_details)
    ):
        for file in details.all("Fingerprint/File", "DeliveryFile/Fingerprint/File"):
            yield read_file(file, paths)


def _place(element: etree._Element, finder: Pathfinder) -> Place:
    return Place(line=element.sourceline or 0, xpath=finder.path(element))


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _anchors(root: etree._Element, finder: Pathfinder) -> Iterator[Anchor]:
    for element in root.iter(*(f"{{*}}{name}" for name in ANCHORS)):
        kind = ANCHORS[local_name(element)]
        yield Anchor(kind=kind, name=_text(element), place=_place(element, finder))


def _references(root: etree._Element, finder: Pathfinder) -> Iterator[Reference]:
    for element in root.iter(*(f"{{*}}{name}" for name in REFERENCES)):
        name = local_name(element)
        yield Reference(
            element=name,
            kind=REFERENCES[name],
            name=_text(element),
            place=_place(element, finder),
        )


def _open_values(root: etree._Element, finder: Pathfinder) -> Iterator[OpenValue]:
    for element in _elements(root, "//*[text()='UserDefined' or @*='UserDefined']"):
        yield OpenValue(
            element=local_name(element),
            namespace=(element.get("Namespace") or "").strip(),
            value=(element.get("UserDefinedValue") or "").strip(),
            place=_place(element, finder),
        )


def _elements(root: etree._Element, query: str) -> list[etree._Element]:
    found = root.xpath(query)
    return list(found) if isinstance(found, list) else []


def _shares(root: etree._Element, finder: Pathfinder) -> Iterator[Share]:
    for element in root.iter(*(f"{{*}}{name}" for name in _SHARES)):
        yield Share(text=_text(element), place=_place(element, finder))
