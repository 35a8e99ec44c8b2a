"""Releases, their groups of resources, and deals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import ContentItem, Deal, Localized, Period, Release, ResourceGroup
from ddex.ern.parts import (
    additional_titles,
    copyright_line,
    display_artists,
    identifiers,
    localized,
    plain,
    titles,
)
from ddex.ern.values import duration, truth, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.node import Node
    from ddex.ern.paths import Paths


def read_release(node: Node, paths: Paths, names: Mapping[str, str]) -> Release:
    """A main, track, clip or purged release; `names` maps party references to names."""
    group = node.first("ResourceGroup")
    return Release(
        reference=node.text_at("ReleaseReference"),
        kind=node.name,
        is_main=_is_main(node),
        types=node.texts("ReleaseType"),
        identifiers=identifiers(node.all(*paths.release_ids)),
        titles=titles(node, paths) or _purged_titles(node),
        additional_titles=additional_titles(node, paths),
        display_artist_names=plain(node, paths.artist_names),
        display_artists=display_artists(node, paths),
        labels=tuple(
            localized(found, names.get(found.text, ""), kind=found.text)
            for found in node.all(*paths.labels)
        ),
        genres=tuple(_genres(node, paths)),
        p_line=copyright_line(node.first("PLine"), "P"),
        c_line=copyright_line(node.first("CLine"), "C"),
        duration=duration(node.text_at("Duration")),
        release_date=node.text_at("ReleaseDate"),
        original_release_date=node.text_at("OriginalReleaseDate"),
        advisories=plain(node, paths.advisories),
        resource_group=_group(group, paths) if group else None,
        resource_references=node.texts(*paths.release_resources),
        place=node.place,
    )


def _is_main(node: Node) -> bool:
    marked = truth(node.attribute("IsMainRelease"))
    return marked if marked is not None else node.name in {"Release", "PurgedRelease"}


def _purged_titles(node: Node) -> tuple[Localized, ...]:
    return tuple(
        localized(found, found.text_at("TitleText"), kind=found.attribute("TitleType"))
        for found in node.all("Title")
    )


def _genres(node: Node, paths: Paths) -> Iterator[Localized]:
    for found in node.all(*paths.genres):
        text = found.text_at("GenreText")
        if text:
            yield localized(found, text, subtitle=found.text_at("SubGenre"))


def _group(node: Node, paths: Paths) -> ResourceGroup:
    return ResourceGroup(
        titles=titles(node, paths) + additional_titles(node, paths),
        sequence=whole(node.text_at("SequenceNumber")),
        type=node.attribute("ResourceGroupType"),
        items=tuple(_item(item) for item in node.all("ResourceGroupContentItem")),
        groups=tuple(_group(group, paths) for group in node.all("ResourceGroup")),
        linked_references=node.texts("LinkedReleaseResourceReference"),
        place=node.place,
    )


def _item(node: Node) -> ContentItem:
    return ContentItem(
        resource_reference=node.text_at("ReleaseResourceReference"),
        sequence=whole(node.text_at("SequenceNumber")),
        display_sequence=node.text_at("DisplaySequence"),
        linked_references=node.texts("LinkedReleaseResourceReference"),
        is_bonus=truth(node.text_at("IsBonusResource")) is True,
        is_hidden=truth(node.text_at("NoDisplaySequence")) is True,
        is_instant_gratification=truth(node.text_at("IsInstantGratificationResource")) is True,
        place=node.place,
    )


def read_deals(node: Node, paths: Paths) -> Iterator[Deal]:
    """The deals of one ReleaseDeal, each with all the releases it is for."""
    references = node.texts("DealReleaseReference")
    for deal in node.all("Deal"):
        terms = deal.first("DealTerms")
        yield _deal(deal, terms, references, paths)
        deal.forget()


def _deal(deal: Node, terms: Node | None, references: tuple[str, ...], paths: Paths) -> Deal:
    out_of_band = truth(deal.text_at("IsCommunicatedOutOfBand")) is True
    if terms is None:
        return Deal(release_references=references, is_out_of_band=out_of_band, place=deal.place)
    return Deal(
        release_references=references,
        commercial_models=terms.texts(*paths.models),
        use_types=terms.texts(*paths.uses),
        territories=terms.texts("TerritoryCode"),
        excluded_territories=terms.texts("ExcludedTerritoryCode"),
        periods=tuple(_period(period) for period in terms.all(*paths.periods)),
        is_out_of_band=out_of_band,
        is_takedown=any(truth(t) for t in terms.texts("TakeDown", "AllDealsCancelled")),
        is_pre_order=truth(terms.text_at("IsPreOrderDeal")) is True,
        place=deal.place,
    )


def _period(node: Node) -> Period:
    return Period(
        start=node.text_at("StartDateTime", "StartDate"),
        end=node.text_at("EndDateTime", "EndDate"),
        place=node.place,
    )
