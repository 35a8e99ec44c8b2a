"""From the bytes of a message to the model, by the table of paths of its version.

Reading never raises on odd content: what can't be read is empty in the model, and the schema and
the rules say so. References stay as sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern import stream
from ddex.ern.model import Anchor, Header, Message, OpenValue, Party, Reference, Share
from ddex.ern.parts import identifiers, localized
from ddex.ern.paths import ANCHORS, REFERENCES, Paths
from ddex.ern.releases import read_deals, read_release
from ddex.ern.resources import read_file, read_resource
from ddex.ern.values import instant
from ddex.ern.versions import identify

if TYPE_CHECKING:
    from collections.abc import Callable

    from ddex.ern.model import Deal, File, Release, Resource
    from ddex.ern.node import Node
    from ddex.ern.versions import Version
    from ddex.xml import Document

_SHARES = frozenset({"PercentageOfRightsAssignment", "RightSharePercentage"})
_WATCHED = _SHARES | ANCHORS.keys() | REFERENCES.keys()


def read(document: Document) -> Message:
    """The message in this document.

    Raises:
        MessageUnreadable: its version can't be read (see `identify`), or its bytes are broken.
    """
    return read_version(document.data, identify(document))


def read_version(data: bytes, version: Version) -> Message:
    """The message of a known version in these bytes.

    Raises:
        MessageUnreadable: the bytes are broken.
    """
    assert version.paths is not None  # noqa: S101 - identify gives supported versions only
    parts = _Parts(version.paths)
    root = stream.pieces(data, _WATCHED, parts.take)
    return parts.message(root, version)


class _Parts:
    """Takes the pieces of a message and keeps what is read of them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._header: Header | None = None
        self._parties: list[Party] = []
        self._names: dict[str, str] = {}
        self._resources: list[Resource] = []
        self._main: list[Release] = []
        self._others: list[Release] = []
        self._deals: list[Deal] = []
        self._files: list[File] = []
        self._anchors: list[Anchor] = []
        self._references: list[Reference] = []
        self._open_values: list[OpenValue] = []
        self._shares: list[Share] = []
        self._takers: dict[str, Callable[[Node], None]] = {"MessageHeader": self._take_header}
        for steps, taker in (
            (paths.parties, self._take_party),
            (paths.resources, self._take_resource),
            (paths.main_releases, self._take_main),
            (paths.other_releases, self._take_other),
            (paths.purged_releases, self._take_other),
            (tuple(f"{path}/Deal" for path in paths.release_deals), self._take_deal),
            (paths.supplements, self._take_supplement),
        ):
            self._takers.update(dict.fromkeys(steps, taker))

    def take(self, node: Node, gathered: list[Node]) -> None:
        """One piece, with the anchors, references, shares and open values in it."""
        above = _path(node.parent)
        taker = self._takers.get(above + node.name) or self._takers.get(above + "*")
        if taker is not None:
            taker(node)
        for each in gathered:
            self._gather(each)

    def message(self, root: Node, version: Version) -> Message:
        """The message made of all pieces."""
        return Message(
            type=root.name,
            version=version.id,
            header=self._header or Header(message_id=""),
            profile=root.attribute("ReleaseProfileVersionId"),
            language=root.attribute("LanguageAndScriptCode"),
            avs_version=root.attribute("AvsVersionId"),
            parties=tuple(self._parties),
            resources=tuple(self._resources),
            releases=(*self._main, *self._others),
            deals=tuple(self._deals),
            other_files=tuple(self._files),
            anchors=tuple(self._anchors),
            references=tuple(self._references),
            open_values=tuple(self._open_values),
            shares=tuple(self._shares),
            place=root.place,
        )

    def _take_header(self, node: Node) -> None:
        self._header = self._header or _header(node)

    def _take_party(self, node: Node) -> None:
        party = _party(node, self._paths)
        self._parties.append(party)
        self._names[party.reference] = party.name

    def _take_resource(self, node: Node) -> None:
        self._resources.append(read_resource(node, self._paths))
        for details in node.all(*self._paths.technical_details):
            for file in details.all("Fingerprint/File", "DeliveryFile/Fingerprint/File"):
                self._files.append(read_file(file, self._paths))

    def _take_main(self, node: Node) -> None:
        self._main.append(read_release(node, self._paths, self._names))

    def _take_other(self, node: Node) -> None:
        self._others.append(read_release(node, self._paths, self._names))

    def _take_deal(self, node: Node) -> None:
        holder = node.parent
        assert holder is not None  # noqa: S101 - it is in a ReleaseDeal
        kids = dict(holder.children)
        holder.kids = {**kids, "Deal": [node]}
        self._deals.extend(read_deals(holder, self._paths))
        holder.kids = kids

    def _take_supplement(self, node: Node) -> None:
        self._files.append(read_file(node, self._paths))

    def _gather(self, node: Node) -> None:
        name, text = node.name, node.text
        if name in ANCHORS:
            self._anchors.append(Anchor(kind=ANCHORS[name], name=text, place=node.place))
        elif name in REFERENCES:
            self._references.append(
                Reference(element=name, kind=REFERENCES[name], name=text, place=node.place)
            )
        elif name in _SHARES:
            self._shares.append(Share(text=text, place=node.place))
        if text == stream.USER_DEFINED or stream.USER_DEFINED in node.attributes.values():
            self._open_values.append(
                OpenValue(
                    element=name,
                    namespace=node.attribute("Namespace"),
                    value=node.attribute("UserDefinedValue"),
                    place=node.place,
                )
            )


def _path(node: Node | None) -> str:
    if node is None or node.parent is None:
        return ""
    return f"{_path(node.parent)}{node.name}/"


def _header(node: Node) -> Header:
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
