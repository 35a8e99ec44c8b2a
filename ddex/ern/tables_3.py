"""The tables of ERN 3.8.2 and 3.8.3: details by territory, parties named where they act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ddex.ern import deals, files, parties, parts, releases, resources
from ddex.ern.tables import (
    AUDIENCE,
    CREDIT,
    DISPLAY_DATES,
    ERN_43,
    LINES,
    RELATED,
    TECHNICAL,
    TERMS,
    WORDS,
    table,
)

if TYPE_CHECKING:
    from ddex.ern.tables import Row, Table

_KINDS = (
    "SoundRecording",
    "Midi",
    "Video",
    "Image",
    "Text",
    "SheetMusic",
    "Software",
    "UserDefinedResource",
)


def _of_kinds(pattern: str, row: Row) -> dict[str, Row]:
    """One row for the element that each kind of resource has under a name of its own."""
    return {pattern.format(kind): row for kind in _KINDS}


_CODES = table(
    TerritoryCode=("", resources.typed_codes),
    ExcludedTerritoryCode=("", resources.typed_codes),
)
_CONTRIBUTORS = table(
    ResourceContributor=("contributors", parties.credits),
    IndirectResourceContributor=("contributors", parties.credits),
    DisplayConductor=("contributors", parties.credits),
    DisplayComposer=("contributors", parties.credits),
)
_TITLE: Row = ("titles", parts.shown_titles)
_REFERENCE_TITLE: Row = ("titles", parts.titles("ReferenceTitle"))
_RESOURCE = table(
    LINES,
    _of_kinds("{}Type", ("type", parts.named)),
    _of_kinds("{}Id", ("identifiers", parts.identifiers)),
    _of_kinds("Indirect{}Id", ("works", parts.identifiers)),
    _of_kinds("{}DetailsByTerritory", ("territorial", resources.details)),
    ResourceReference=("reference", parts.single),
    ReferenceTitle=_REFERENCE_TITLE,
    Title=_TITLE,
    Duration=("duration", parts.length),
    CreationDate=("created", parts.single),
    IsRemastered=("is_remastered", parts.flag),
    IsInstrumental=("is_instrumental", parts.flag),
    IsHiddenResource=("is_hidden", parts.flag),
    IsBonusResource=("is_bonus", parts.flag),
    LanguageOfPerformance=("languages", parts.texts),
    LanguageOfLyrics=("languages", parts.texts),
    ResourceContainedResourceReferenceList=("contained", resources.contained_list),
)
_DETAILS = table(
    _CODES,
    _CONTRIBUTORS,
    LINES,
    WORDS,
    AUDIENCE,
    _of_kinds("Technical{}Details", ("files", files.technical_details)),
    Title=_TITLE,
    DisplayArtist=("display_artists", parties.credits),
    DisplayArtistName=("display_artist_names", parts.localized),
    LabelName=("labels", parts.by_attribute("LabelNameType")),
    RightsController=("rights_controllers", parties.rights_controllers),
    ResourceReleaseDate=("publication_dates", parts.publications),
    OriginalResourceReleaseDate=("publication_dates", parts.publications),
    # of releases
    IsMultiArtistCompilation=("is_compilation", parts.default_flag),
    ReleaseType=("types", parts.texts),
    RelatedRelease=("related", resources.related_releases),
    ResourceGroup=("groups", releases.groups),
    ReleaseDate=("release_dates", parts.localized),
    OriginalReleaseDate=("original_release_dates", parts.localized),
    File=("", files.other_files),
)
_RELEASE = table(
    LINES,
    ReleaseReference=("references", parts.texts),
    ReleaseId=("identifiers", parts.identifiers),
    ReferenceTitle=_REFERENCE_TITLE,
    ReleaseType=("types", parts.texts),
    ReleaseResourceReferenceList=("resource_references", releases.resource_list),
    ReleaseDetailsByTerritory=("territorial", resources.details),
    LanguageOfPerformance=("languages", parts.texts),
    Duration=("duration", parts.length),
    GlobalReleaseDate=("release_dates", parts.of_kind("GlobalReleaseDate")),
    GlobalOriginalReleaseDate=(
        "original_release_dates",
        parts.of_kind("GlobalOriginalReleaseDate"),
    ),
)
_CREDIT = table(
    CREDIT,
    ArtistRole=("roles", parties.role),
    ResourceContributorRole=("roles", parties.role),
    IndirectResourceContributorRole=("roles", parties.role),
    MusicalWorkContributorRole=("roles", parties.role),
)
_GROUP = table(
    _CONTRIBUTORS,
    Title=_TITLE,
    SequenceNumber=("sequence", parts.numbered),
    DisplayArtist=("display_artists", parties.credits),
    ResourceGroup=("groups", releases.groups),
    ResourceGroupContentItem=("items", releases.items),
    ResourceGroupResourceReferenceList=("items", releases.unordered_items),
    ResourceGroupReleaseReference=("release_reference", parts.single),
    ReleaseId=("identifiers", parts.identifiers),
)
_ITEM = table(
    SequenceNumber=("sequence", parts.numbered),
    SequenceSubNumber=("sequence_sub", parts.numbered),
    ReleaseResourceReference=("references", releases.item_reference),
    LinkedReleaseResourceReference=("linked_references", parts.texts),
    IsHiddenResource=("is_hidden", parts.flag),
    IsBonusResource=("is_bonus", parts.flag),
    IsInstantGratificationResource=("is_instant", parts.flag),
)
_TERMS = table(
    TERMS,
    DISPLAY_DATES,
    Usage=("use_types", deals.usages),
    AllDealsCancelled=("all_deals_cancelled", parts.flag),
    TakeDown=("takedown", parts.flag),
    PreOrderReleaseDate=("pre_order_date", parts.single),
    PreOrderPreviewDate=("pre_order_preview_date", parts.single),
    PreOrderPreviewDateTime=("pre_order_preview_date", parts.single),
    PreOrderIncentiveResourceList=("incentives", deals.resources),
)
_CATALOG_ITEM = table(
    LINES,
    TerritoryCode=("territories", parts.texts),
    ReleaseId=("identifiers", parts.identifiers),
    Title=("titles", parts.titles("")),
    DisplayTitle=("titles", parts.titles("DisplayTitle")),
    DisplayArtistName=("display_artist_name", parts.single),
    ContributorName=("contributors", parts.texts),
    LabelName=("labels", parts.by_attribute("LabelNameType")),
    Genre=("genres", parts.genres),
    ReleaseDate=("release_date", parts.single),
)
_FILE: Table = table(
    FileName=("names", files.nodes_of),
    FilePath=("paths", files.nodes_of),
    URL=("names", files.nodes_of),
    HashSum=("hashes", files.hashes),
)

ERN_38 = replace(
    ERN_43,
    credit=_CREDIT,
    resource=_RESOURCE,
    details=_DETAILS,
    technical=table(
        TECHNICAL,
        IsPreview=("is_clip", parts.flag),
        PreviewDetails=("clips", files.nodes_of),
    ),
    file=_FILE,
    release=_RELEASE,
    related_release=table(RELATED, ReferenceTitle=_REFERENCE_TITLE),
    group=_GROUP,
    item=_ITEM,
    terms=_TERMS,
    catalog_item=_CATALOG_ITEM,
    main_releases=frozenset({"PurgedRelease"}),
)
"""3.8.2 and 3.8.3 differ in the territories that some elements allow, not in elements."""
