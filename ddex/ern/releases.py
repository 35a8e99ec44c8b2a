"""Releases and their groups of resources, and the items of a catalogue list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ddex.ern.draft import EVERYWHERE, Draft, Scope, shape
from ddex.ern.model import CatalogItem, Release
from ddex.ern.model_resources import ContentItem, ResourceGroup
from ddex.ern.model_values import for_territory
from ddex.ern.resources import by_default, ordered_titles
from ddex.ern.values import truth

if TYPE_CHECKING:
    from ddex.ern.draft import Shop
    from ddex.ern.node import Node

_SHAPE = shape(Release)
_MADE = frozenset({"references", "types", "titles", "groups"})
_DATES = (
    ("release_dates", "release_date"),
    ("original_release_dates", "original_release_date"),
)
_MAIN = frozenset({"IsMainRelease"})
_TRACK_TYPES = frozenset({"TrackRelease", "VideoTrackRelease"})
_GROUP_TYPE = frozenset({"ResourceGroupType"})
PRIMARY, SECONDARY = "Primary", "Secondary"
_RESOURCE_TYPE = "ReleaseResourceType"


def read_release(node: Node, shop: Shop) -> Release:
    """A main, track, clip or purged release."""
    purged = node.name == "PurgedRelease"
    table = shop.tables.purged if purged else shop.tables.release
    draft = Draft(shop).fill(node, table, EVERYWHERE)
    draft.attributes(node, _MAIN)
    said = draft.fields
    for also in node.children.get("ReleaseReference", ())[1:]:
        shop.releases.setdefault(also.text, said.get("references", [""])[0])
        draft.keep(also)
    values = draft.values(_SHAPE, _MADE)
    for many, one in (("p_lines", "p_line"), ("c_lines", "c_line")):
        if many in said:
            values[one] = for_territory(said[many])
    for many, one in _DATES:
        if many in said:
            values[one] = _text(values[many])
    if "territorial" in said:
        for field in ("display_artists", "contributors"):
            values[field] = by_default(draft, field)
    types = tuple(dict.fromkeys(said.get("types", ())))
    return Release(
        reference=said["references"][0] if "references" in said else "",
        kind=_kind(node, types),
        is_main=_is_main(node, shop),
        types=types,
        titles=ordered_titles(draft),
        resource_group=_top_group(draft),
        more=tuple(draft.more),
        place=node.place,
        **values,
    )


def _text(values: tuple[Any, ...]) -> str:
    found = for_territory(values)
    return found.text if found else ""


def _kind(node: Node, types: tuple[str, ...]) -> str:
    """3.8 has one element for all releases; their type tells tracks."""
    return "TrackRelease" if node.name == "Release" and _TRACK_TYPES & {*types} else node.name


def _is_main(node: Node, shop: Shop) -> bool:
    marked = truth(node.attribute("IsMainRelease"))
    if marked is not None:
        return marked
    return node.name in shop.tables.main_releases


def _top_group(draft: Draft) -> ResourceGroup | None:
    """The group of the release; several of 3.8 are the discs of a group made for them."""
    groups = draft.all("groups")
    if not groups:
        said = (each.resource_groups for each in draft.fields.get("territorial", ()))
        groups = next((each for each in said if each), ())
    if len(groups) > 1:
        return ResourceGroup(groups=groups, place=groups[0].place)
    return groups[0] if groups else None


def resource_list(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """ReleaseResourceReferenceList of 3.8: what is primary, and what is secondary."""
    for node in nodes:
        for name, found in node.children.items():
            if name == "ReleaseResourceReference":
                references(draft, field, found, EVERYWHERE)
            else:
                for each in found:
                    draft.keep(each)


def references(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """References to resources, by their ReleaseResourceType."""
    for node in nodes:
        kind = resource_kind(node)
        draft.add("secondary_references" if kind == SECONDARY else field, node.text)
        if kind not in {"", PRIMARY, SECONDARY} or node.attributes.keys() - {_RESOURCE_TYPE}:
            draft.keep(node)


def resource_kind(node: Node) -> str:
    """Primary, Secondary, or empty when the message doesn't say."""
    said = node.attribute(_RESOURCE_TYPE)
    return said.removesuffix("Resource") if said else ""


def groups(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Groups within groups."""
    for node in nodes:
        own = Draft(draft.shop).fill(node, draft.shop.tables.group, EVERYWHERE)
        own.attributes(node, _GROUP_TYPE)
        first, every = own.first, own.all
        draft.add(
            field,
            ResourceGroup(
                titles=ordered_titles(own) + every("additional_titles"),
                sequence=first("sequence", None),
                sequence_text=first("sequence_text", ""),
                type=node.attribute("ResourceGroupType"),
                display_artists=every("display_artists"),
                contributors=every("contributors"),
                items=every("items"),
                groups=every("groups"),
                linked_references=every("linked_references"),
                release_reference=first("release_reference", ""),
                identifiers=every("identifiers"),
                is_hidden=first("is_hidden", False),  # noqa: FBT003 - the value when absent
                display_sequence=first("display_sequence", ""),
                more=tuple(own.more),
                place=node.place,
            ),
        )


def items(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Resources in their order."""
    for node in nodes:
        own = Draft(draft.shop).fill(node, draft.shop.tables.item, EVERYWHERE)
        own.attributes(node)
        named: list[Node] = own.fields.get("references", [])
        first = own.first
        kind = resource_kind(named[0]) if named else ""
        draft.add(
            field,
            ContentItem(
                resource_reference=named[0].text if named else "",
                sequence=first("sequence", None),
                sequence_text=first("sequence_text", ""),
                sequence_sub=first("sequence_sub", None),
                display_sequence=first("display_sequence", ""),
                linked_references=own.all("linked_references"),
                resource_type=kind,
                is_bonus=first("is_bonus", False),  # noqa: FBT003
                is_hidden=first("is_hidden", False),  # noqa: FBT003
                is_instant_gratification=first("is_instant", False),  # noqa: FBT003
                more=tuple(own.more),
                place=node.place,
            ),
        )


def item_reference(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """The reference of an item, with its type."""
    for node in nodes:
        if field in draft.fields:
            draft.keep(node)
        draft.add(field, node)


def unordered_items(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """ResourceGroupResourceReferenceList of 3.8: resources of a group without an order."""
    for node in nodes:
        for name, found in node.children.items():
            for each in found:
                if name == "ResourceGroupResourceReference":
                    draft.add(field, ContentItem(resource_reference=each.text, place=each.place))
                else:
                    draft.keep(each)


def read_catalog_item(node: Node, shop: Shop) -> CatalogItem:
    """An item of a CatalogListMessage."""
    draft = Draft(shop).fill(node, shop.tables.catalog_item, EVERYWHERE)
    draft.attributes(node)
    first, every = draft.first, draft.all
    return CatalogItem(
        territories=every("territories"),
        identifiers=every("identifiers"),
        titles=ordered_titles(draft),
        display_artist_name=first("display_artist_name", ""),
        contributors=every("contributors"),
        labels=every("labels"),
        genres=every("genres"),
        p_lines=every("p_lines"),
        c_lines=every("c_lines"),
        release_date=first("release_date", ""),
        more=tuple(draft.more),
        place=node.place,
    )
