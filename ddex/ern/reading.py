"""From the pieces of a message to the model: whoever parses hands them over one by one.

A piece is an entry of a list (`PartyList/Party`, `DealList/ReleaseDeal/Deal`) or another child of
the root. Pieces come in document order; each is read once and may be dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ddex.ern.deals import read_deal, read_visibility
from ddex.ern.draft import EVERYWHERE, Draft, Shop, spare
from ddex.ern.files import supplement
from ddex.ern.model import Header, Message
from ddex.ern.parties import read_party
from ddex.ern.releases import read_catalog_item, read_release
from ddex.ern.repeats import Repeat
from ddex.ern.resources import read_resource
from ddex.ern.values import instant, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ddex.ern.model import (
        Anchor,
        CatalogItem,
        Deal,
        OpenValue,
        Party,
        Reference,
        Release,
        Resource,
        Share,
        Visibility,
    )
    from ddex.ern.node import Node
    from ddex.ern.versions import Version

_DEAL = "DealList/ReleaseDeal/Deal"
_ROOT = frozenset(
    {
        "ReleaseProfileVersionId",
        "ReleaseProfileVariantVersionId",
        "BusinessProfileVersionId",
        "LanguageAndScriptCode",
        "AvsVersionId",
    }
)


class Reading:
    """One message while it is read."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._shop = Shop(version.tables)
        self._top = Draft(self._shop)
        self._header: Header | None = None
        self._parties: list[Party] = []
        self._resources: list[Resource] = []
        self._releases: list[Release] = []
        self._deals: list[Deal] = []
        self._first_deal = 0
        self._visibilities: list[Visibility] = []
        self._items: list[CatalogItem] = []
        self._takers: dict[str, Callable[[Node], None]] = {
            "PartyList": lambda node: self._parties.append(read_party(node, self._shop)),
            "ResourceList": lambda node: self._resources.append(read_resource(node, self._shop)),
            "ReleaseList": lambda node: self._releases.append(read_release(node, self._shop)),
            "SupplementalDocumentList": lambda node: self._shop.files.append(
                supplement(node, self._shop)
            ),
        }
        self._single: dict[str, Callable[[Node], None]] = {
            "MessageHeader": self._take_header,
            "PurgedRelease": self._takers["ReleaseList"],
            "CatalogItem": lambda node: self._items.append(read_catalog_item(node, self._shop)),
            "DealList/ReleaseDeal": self._end_release_deal,
            "DealList/ReleaseVisibility": self._take_visibility,
            "DealList/TrackReleaseVisibility": self._take_visibility,
        }

    def take(self, path: str, node: Node, holder: Node | None = None) -> Repeat | None:
        """Read one piece; `path` is its names below the root, `holder` the ReleaseDeal of a Deal.

        A ReleaseDeal and a list come after what they hold. What is nothing known becomes a fact.
        Of a deal, what `again` wants for each equal one.
        """
        if path == _DEAL:
            references = holder.texts("DealReleaseReference") if holder else ()
            deal = read_deal(node, references, self._shop)
            self._deals.append(deal)
            return Repeat(deal)
        around, _, name = path.partition("/")
        known = self._single.get(path) or (self._takers.get(around) if name else None)
        if known is not None:
            known(node)
        elif name or not around.endswith("List") or node.attributes or node.text:
            self._keep(node)
        return None

    def again(self, first: Repeat, node: Node, holder: Node) -> None:
        """A deal that is equal to one read before; the node has no children."""
        references = holder.texts("DealReleaseReference")
        self._deals.append(first.at(node, references, self._shop))

    def message(
        self,
        root: Node,
        anchors: Sequence[Anchor] = (),
        references: Sequence[Reference] = (),
        open_values: Sequence[OpenValue] = (),
        shares: Sequence[Share] = (),
    ) -> Message:
        """The whole message, once all pieces were taken; of `root` the attributes count."""
        top = self._top
        top.attributes(root, _ROOT)
        releases, assumed = _with_main(self._releases, root.name)
        return Message(
            type=root.name,
            version=self._version.id,
            alias=self._version.alias,
            header=self._header or Header(message_id=""),
            profile=root.attribute("ReleaseProfileVersionId"),
            profile_variant=root.attribute("ReleaseProfileVariantVersionId"),
            business_profile=root.attribute("BusinessProfileVersionId"),
            language=root.attribute("LanguageAndScriptCode"),
            avs_version=root.attribute("AvsVersionId"),
            schema_version=root.attribute("MessageSchemaVersionId"),
            update_indicator=top.first("UpdateIndicator", ""),
            is_backfill=truth(top.first("IsBackfill", "")) is True,
            publication_date=top.first("PublicationDate", ""),
            parties=(*self._parties, *self._shop.inline.values()),
            resources=tuple(self._resources),
            releases=releases,
            main_is_assumed=assumed,
            deals=tuple(self._deals),
            visibilities=_with_releases(self._visibilities, releases),
            catalog_items=tuple(self._items),
            other_files=tuple(self._shop.files),
            anchors=tuple(anchors),
            references=tuple(references),
            open_values=tuple(open_values),
            shares=tuple(shares),
            more=tuple(top.more),
            place=root.place,
        )

    def _take_header(self, node: Node) -> None:
        if self._header is None:
            self._header = read_header(node, self._shop)

    def _take_visibility(self, node: Node) -> None:
        self._visibilities.append(read_visibility(node, self._shop))

    def _end_release_deal(self, node: Node) -> None:
        date = node.text_at("EffectiveDate")
        more = tuple(spare(node)) if node.attributes else ()
        if date or more:
            self._deals[self._first_deal :] = [
                replace(deal, effective_date=date, more=(*deal.more, *more))
                for deal in self._deals[self._first_deal :]
            ]
        self._first_deal = len(self._deals)

    def _keep(self, node: Node) -> None:
        if node.name in {"UpdateIndicator", "IsBackfill", "PublicationDate"} and node.text:
            self._top.add(node.name, node.text)
        else:
            self._top.keep(node)


def read_header(node: Node, shop: Shop) -> Header:
    """MessageHeader."""
    draft = Draft(shop).fill(node, shop.tables.header, EVERYWHERE)
    draft.attributes(node)
    first = draft.first
    created = first("created", "")
    return Header(
        message_id=first("message_id", ""),
        thread_id=first("thread_id", ""),
        file_name=first("file_name", ""),
        sender_dpid=first("sender_dpid", ""),
        sender_name=first("sender_name", ""),
        on_behalf_of_dpid=first("on_behalf_of_dpid", ""),
        on_behalf_of_name=first("on_behalf_of_name", ""),
        recipients=draft.all("recipient_dpid"),
        recipient_names=draft.all("recipient_name"),
        created=instant(created),
        created_text=created,
        control_type=first("control_type", ""),
        comment=first("comment", ""),
        more=tuple(draft.more),
        place=node.place,
    )


def _with_main(releases: list[Release], root: str) -> tuple[tuple[Release, ...], bool]:
    """The releases; if none is marked main (3.8), the only one that can be it is taken for it."""
    if root != "NewReleaseMessage" or any(each.is_main for each in releases):
        return tuple(releases), False
    whole = [each for each in releases if each.kind == "Release"]
    candidates = whole if len(whole) == 1 else releases
    if len(candidates) != 1:
        return tuple(releases), False
    main = candidates[0]
    return tuple(replace(r, is_main=True) if r is main else r for r in releases), True


def _with_releases(
    visibilities: list[Visibility], releases: tuple[Release, ...]
) -> tuple[Visibility, ...]:
    """Each visibility with the releases that name it."""
    naming: dict[str, list[str]] = {}
    for release in releases:
        for reference in release.visibility_references:
            naming.setdefault(reference, []).append(release.reference)
    return tuple(
        replace(each, release_references=tuple(naming.get(each.reference, ())))
        for each in visibilities
    )
