"""Deals, one at a time, and from when releases may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ddex.ern.draft import EVERYWHERE, Draft, Scope, fact, shape, spare
from ddex.ern.model_deals import Deal, Period, Price, Visibility
from ddex.ern.model_values import Fact
from ddex.ern.parties import plain_party

if TYPE_CHECKING:
    from ddex.ern.draft import Shop
    from ddex.ern.node import Node

_PRICES = ("WholesalePricePerUnit", "BulkOrderWholesalePricePerUnit", "SuggestedRetailPrice")
_CODES = ("PriceCode", "PriceRangeType", "PriceType")
_NOTHING: tuple[Fact, ...] = ()
_EDGES = {"StartDate": 0, "StartDateTime": 0, "EndDate": 1, "EndDateTime": 1}
_SHAPE = shape(Deal)
"""Fields of a deal that hold one value."""


def read_deal(node: Node, references: tuple[str, ...], shop: Shop) -> Deal:
    """One deal, for the releases that its ReleaseDeal names (by their first reference)."""
    if shop.releases:
        references = tuple(shop.releases.get(each, each) for each in references)
    draft = Draft(shop).fill(node, shop.tables.deal, EVERYWHERE)
    draft.attributes(node)
    said = draft.fields
    cancelled = draft.first("all_deals_cancelled", False)  # noqa: FBT003 - the value when absent
    if cancelled or "takedown" in said:
        said["is_takedown"] = [cancelled or said["takedown"][0]]
        said.pop("takedown", None)
    values: dict[str, Any] = {}  # few of many fields are said, of deals by the ten thousand
    for name, found in said.items():
        if name in _SHAPE.once:
            values[name] = found[0]
        else:
            values[name] = shop.share(tuple(found))
    return Deal(
        release_references=references,
        more=tuple(draft.more) if draft.more else _NOTHING,
        place=node.place,
        **values,
    )


def terms(draft: Draft, _field: str, nodes: list[Node], scope: Scope) -> None:
    """DealTerms: its facts are the deal's."""
    for node in nodes:
        draft.fill(node, draft.shop.tables.terms, scope)
        draft.attributes(node)


def usages(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Usage of 3.8: its use types; one that says more is kept whole besides."""
    for node in nodes:
        uses = node.children.get("UseType", [])
        for each in uses:
            if each.text:
                draft.add(field, each.text)
        if len(node.children) > 1 or node.attributes or any(each.attributes for each in uses):
            draft.keep(node)


def limited_usages(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """ResourceUsage of 3.8: uses of some resources only, so not uses of the release."""
    for node in nodes:
        for each in node.texts("DealResourceReference"):
            draft.add(field, each)
        draft.keep(node)


def periods(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Validity periods, by date or by instant."""
    for node in nodes:
        edges = ["", ""]
        more: list[Fact] = list(spare(node)) if node.attributes else []
        for name, dates in node.children.items():
            edge = _EDGES.get(name)
            for each in dates:
                if edge is None or edges[edge]:
                    more += filter(None, [fact(each)])
                    continue
                edges[edge] = each.text
                if each.attributes:
                    more += filter(None, [fact(each)])
        start, end = edges
        draft.add(field, Period(start=start, end=end, more=tuple(more)))


def resources(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """A list of resources of a deal; a period for it is kept besides."""
    for node in nodes:
        for each in node.texts("DealResourceReference"):
            draft.add(field, each)
        if len(node.children) > 1 or node.attributes:
            draft.keep(node)


def technicals(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """The technical details that a deal is limited to."""
    for node in nodes:
        for each in node.texts("DealTechnicalResourceDetailsReference"):
            draft.add(field, each)
        if len(node.children) > 1 or node.attributes:
            draft.keep(node)


def channels(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """The services that a deal is for, or not for; kept whole besides."""
    for node in nodes:
        name = plain_party(node)
        if name:
            draft.add(field, name)
        draft.keep(node)


def prices(draft: Draft, field: str, nodes: list[Node], _scope: Scope) -> None:
    """Prices: one for each amount, or one with a code only."""
    for node in nodes:
        amounts = [each for name in _PRICES for each in node.children.get(name, [])]
        codes = [each for name in _CODES for each in node.children.get(name, [])]
        code = next((each.text for each in codes if each.text), "")
        code = code or node.attribute("PriceType")
        more = (fact(node) or Fact(name=node.name)).facts + tuple(spare(node))
        rest = tuple(each for each in more if each.name not in _PRICES)
        for each in amounts:
            draft.add(
                field,
                Price(
                    kind=each.name,
                    amount=each.text,
                    currency=each.attribute("CurrencyCode"),
                    code=code,
                    more=rest,
                ),
            )
        if not amounts:
            draft.add(field, Price(code=code, more=rest))


def read_visibility(node: Node, shop: Shop) -> Visibility:
    """From when a release or a track may be shown (4.2 and later)."""
    draft = Draft(shop).fill(node, shop.tables.visibility, EVERYWHERE)
    draft.attributes(node)
    first = draft.first
    return Visibility(
        reference=first("reference", ""),
        kind=node.name.removesuffix("Visibility"),
        territories=draft.all("territories"),
        excluded=draft.all("excluded_territories"),
        release_display_start=first("release_display_start", ""),
        cover_art_preview_start=first("cover_art_preview_start", ""),
        track_listing_preview_start=first("track_listing_preview_start", ""),
        clip_preview_start=first("clip_preview_start", ""),
        more=tuple(draft.more),
        place=node.place,
    )
