"""Where each fact of the model stands, as data: for each version, tables of element names.

A row says: this child fills that field, read like so. What no row names is kept as a fact, so a
version that adds elements loses nothing; a version that moves them is `replace(FAMILY, …)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ddex.ern import deals, files, parties, parts, releases, resources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ddex.ern.draft import Draft, Scope
    from ddex.ern.node import Node

    Row = tuple[str, Callable[[Draft, str, list[Node], Scope], None]]
    Table = Mapping[str, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of one family of versions.

    Attributes:
        details: of composites by territory, which only 3.8 has.
        main_releases: names of the elements that are main releases when no attribute tells.
    """

    header: Table
    party: Table
    credit: Table
    rights_controller: Table
    resource: Table
    edition: Table
    details: Table
    technical: Table
    file: Table
    hash_sum: Table
    clip: Table
    contained: Table
    release: Table
    purged: Table
    related_release: Table
    group: Table
    item: Table
    deal: Table
    terms: Table
    visibility: Table
    catalog_item: Table
    main_releases: frozenset[str] = frozenset({"Release", "PurgedRelease"})


def table(*bases: Mapping[str, Row], **rows: Row) -> Table:
    """The rows of these tables, then these rows; later ones win."""
    merged: dict[str, Row] = {}
    for base in bases:
        merged.update(base)
    return MappingProxyType(merged | rows)


_TITLES = table(
    DisplayTitleText=("titles", parts.of_kind("DisplayTitleText")),
    DisplayTitle=("titles", parts.titles("DisplayTitle")),
    AdditionalTitle=("additional_titles", parts.titles("")),
    FormalTitle=("additional_titles", parts.titles("FormalTitle")),
    GroupingTitle=("additional_titles", parts.titles("GroupingTitle")),
)
_ARTISTS = table(
    DisplayArtistName=("display_artist_names", parts.localized),
    DisplayArtist=("display_artists", parties.credits),
    Contributor=("contributors", parties.credits),
)
LINES = table(
    PLine=("p_lines", parts.lines("P")),
    CLine=("c_lines", parts.lines("C")),
    CourtesyLine=("courtesy_lines", parts.localized),
)
WORDS = table(
    MarketingComment=("marketing_comment", parts.localized),
    Keywords=("keywords", parts.localized),
    Synopsis=("synopses", parts.localized),
)
AUDIENCE = table(
    Genre=("genres", parts.genres),
    ParentalWarningType=("advisories", parts.localized),
    AvRating=("ratings", parts.ratings),
)

_HEADER = table(
    MessageThreadId=("thread_id", parts.single),
    MessageId=("message_id", parts.single),
    MessageFileName=("file_name", parts.single),
    MessageSender=("sender", parties.messaging),
    SentOnBehalfOf=("on_behalf_of", parties.messaging),
    MessageRecipient=("recipient", parties.messaging),
    MessageCreatedDateTime=("created", parts.single),
    MessageControlType=("control_type", parts.single),
    Comment=("comment", parts.single),
)
_PARTY = table(
    PartyReference=("reference", parts.single),
    PartyName=("names", parties.names),
    PartyId=("identifiers", parties.party_ids),
)
CREDIT = table(
    ArtistPartyReference=("party", parts.single),
    ContributorPartyReference=("party", parts.single),
    DisplayArtistRole=("roles", parties.role),
    ArtisticRole=("roles", parties.role),
    Role=("roles", parties.role),
    InstrumentType=("instruments", parts.texts),
    DisplayCredits=("lines", parties.lines_of_credit),
    PartyName=("", parties.nothing),  # only inline parties have names and ids here
    PartyId=("", parties.nothing),
)
_RIGHTS_CONTROLLER = table(
    RightsControllerPartyReference=("party", parts.single),
    RightsControlType=("roles", parts.texts),
    RightsControllerRole=("roles", parts.texts),
    RightSharePercentage=("share", parts.single),
    Territory=("territories", parts.texts),
    PartyName=("", parties.nothing),
    PartyId=("", parties.nothing),
)
_HASH = table(
    Algorithm=("algorithm", parts.named),
    HashSumAlgorithmType=("algorithm", parts.named),
    HashSumValue=("value", parts.single),
    HashSum=("value", parts.single),
    DataType=("data_type", parts.single),
    HashSumDataType=("data_type", parts.single),
)
_FILE = table(
    URI=("names", files.nodes_of),
    HashSum=("hashes", files.hashes),
    FileSize=("size", files.size),
)
TECHNICAL = table(
    TechnicalResourceDetailsReference=("reference", parts.single),
    DeliveryFile=("deliveries", files.nodes_of),
    File=("files", files.nodes_of),
    Fingerprint=("", files.fingerprints),
    IsClip=("is_clip", parts.flag),
    ClipDetails=("clips", files.nodes_of),
    IsProvidedInDelivery=("provided", parts.flag),
    ContainerFormat=("container", parts.named),
    AudioCodecType=("codec", parts.named),
    VideoCodecType=("codec", parts.named),
    ImageCodecType=("codec", parts.named),
    TextCodecType=("codec", parts.named),
    SheetMusicCodecType=("codec", parts.named),
    BitRate=("bit_rate", parts.single),
    NumberOfChannels=("channels", parts.single),
    SamplingRate=("sampling_rate", parts.single),
    BitDepth=("bit_depth", parts.single),
    BitsPerSample=("bit_depth", parts.single),
    Duration=("duration", parts.length),
)
_CLIP = table(
    TechnicalResourceDetailsReference=("reference", parts.single),
    ClipType=("kind", parts.single),
    PartType=("kind", parts.single),
    ExpressionType=("expression", parts.single),
    Timing=("timings", files.nodes_of),
    StartPoint=("", parties.nothing),
    EndPoint=("", parties.nothing),
    Duration=("", parties.nothing),
    DeliveryFile=("deliveries", files.nodes_of),
)
_CONTAINED = table(
    ResourceContainedResourceReference=("reference", parts.single),
    ResourceRelatedResourceReference=("reference", parts.single),
    ResourceRelationshipType=("kind", parts.single),
    ResourceId=("identifiers", parts.identifiers),
    ReleaseId=("identifiers", parts.identifiers),
    Timing=("timings", files.nodes_of),
    StartPoint=("", parties.nothing),
    EndPoint=("", parties.nothing),
    DurationUsed=("", parties.nothing),
    Purpose=("purpose", parts.single),
)
_RESOURCE = table(
    WORDS,
    _TITLES,
    _ARTISTS,
    LINES,
    AUDIENCE,
    ResourceReference=("reference", parts.single),
    Type=("type", parts.single),
    SoundRecordingEdition=("", resources.editions),
    VideoEdition=("", resources.editions),
    ResourceId=("identifiers", parts.identifiers),
    WorkId=("works", parts.identifiers),
    VersionType=("version_types", parts.texts),
    ResourceRightsController=("rights_controllers", parties.rights_controllers),
    WorkRightsController=("rights_controllers", parties.rights_controllers),
    Duration=("duration", parts.length),
    CreationDate=("created", parts.single),
    FirstPublicationDate=("publication_dates", parts.publications),
    RelatedRelease=("related", resources.related_releases),
    RelatedResource=("contained", resources.contained),
    ResourceContainedResourceReferenceList=("contained", resources.contained_list),
    IsRemastered=("is_remastered", parts.flag),
    IsInstrumental=("is_instrumental", parts.flag),
    DisplayCredits=("display_credits", parts.credit_lines),
    LanguageOfPerformance=("languages", parts.texts),
    LanguageOfText=("languages", parts.texts),
    LanguageOfLyrics=("languages", parts.texts),
    TechnicalDetails=("files", files.technical_details),
)
_EDITION = table(
    ResourceId=("identifiers", parts.identifiers),
    EditionContributor=("contributors", parties.credits),
    PLine=LINES["PLine"],
    CLine=LINES["CLine"],
    TechnicalDetails=("files", files.technical_details),
)
_GROUP = table(
    _TITLES,
    SequenceNumber=("sequence", parts.numbered),
    NoDisplaySequence=("is_hidden", parts.flag),
    DisplaySequence=("display_sequence", parts.single),
    DisplayArtist=("display_artists", parties.credits),
    ResourceGroupReleaseReference=("release_reference", parts.single),
    ReleaseId=("identifiers", parts.identifiers),
    ResourceGroup=("groups", releases.groups),
    ResourceGroupContentItem=("items", releases.items),
    LinkedReleaseResourceReference=("linked_references", parts.texts),
)
_ITEM = table(
    SequenceNumber=("sequence", parts.numbered),
    NoDisplaySequence=("is_hidden", parts.flag),
    DisplaySequence=("display_sequence", parts.single),
    ReleaseResourceReference=("references", releases.item_reference),
    LinkedReleaseResourceReference=("linked_references", parts.texts),
    IsBonusResource=("is_bonus", parts.flag),
    IsInstantGratificationResource=("is_instant", parts.flag),
)
_RELEASE = table(
    _TITLES,
    _ARTISTS,
    LINES,
    WORDS,
    AUDIENCE,
    ReleaseReference=("references", parts.texts),
    ReleaseType=("types", parts.texts),
    ReleaseId=("identifiers", parts.identifiers),
    VersionType=("version_types", parts.texts),
    ReleaseLabelReference=("labels", parties.labels_by_reference),
    Duration=("duration", parts.length),
    ReleaseDate=("release_dates", parts.localized),
    OriginalReleaseDate=("original_release_dates", parts.localized),
    ReleaseVisibilityReference=("visibility_references", parts.texts),
    RelatedRelease=("related", resources.related_releases),
    IsMultiArtistCompilation=("is_compilation", parts.flag),
    ResourceGroup=("groups", releases.groups),
    ReleaseResourceReference=("resource_references", parts.texts),
    LinkedReleaseResourceReference=("secondary_references", parts.texts),
)
_PURGED = table(
    ReleaseId=("identifiers", parts.identifiers),
    Title=("titles", parts.titles("")),
    Contributor=("contributors", parties.credits),
    ResourceContributor=("contributors", parties.credits),
)
RELATED = table(
    _TITLES,
    ReleaseRelationshipType=("kind", parts.single),
    ReleaseId=("identifiers", parts.identifiers),
)
_DEAL = table(
    DealReference=("reference", parts.single),
    IsCommunicatedOutOfBand=("is_out_of_band", parts.flag),
    DealTerms=("", deals.terms),
    ResourceUsage=("resource_references", deals.limited_usages),
    DealTechnicalResourceDetailsReferenceList=("technical_references", deals.technicals),
)
TERMS = table(
    TerritoryCode=("territories", parts.texts),
    ExcludedTerritoryCode=("excluded_territories", parts.texts),
    ValidityPeriod=("periods", deals.periods),
    CommercialModelType=("commercial_models", parts.texts),
    UseType=("use_types", parts.texts),
    DistributionChannel=("distribution_channels", deals.channels),
    ExcludedDistributionChannel=("excluded_channels", deals.channels),
    PriceInformation=("prices", deals.prices),
    IsPromotional=("is_promotional", parts.flag),
    IsPreOrderDeal=("is_pre_order", parts.flag),
    InstantGratificationResourceList=("instant_gratification", deals.resources),
)
DISPLAY_DATES = table(
    ReleaseDisplayStartDate=("release_display_start", parts.single),
    ReleaseDisplayStartDateTime=("release_display_start", parts.single),
    CoverArtPreviewStartDate=("cover_art_preview_start", parts.single),
    CoverArtPreviewStartDateTime=("cover_art_preview_start", parts.single),
    TrackListingPreviewStartDate=("track_listing_preview_start", parts.single),
    TrackListingPreviewStartDateTime=("track_listing_preview_start", parts.single),
    FullTrackListingPreviewStartDateTime=("track_listing_preview_start", parts.single),
    ClipPreviewStartDate=("clip_preview_start", parts.single),
    ClipPreviewStartDateTime=("clip_preview_start", parts.single),
)
_VISIBILITY = table(
    DISPLAY_DATES,
    VisibilityReference=("reference", parts.single),
    TerritoryCode=("territories", parts.texts),
    ExcludedTerritoryCode=("excluded_territories", parts.texts),
)
_NONE = table()

ERN_43 = Tables(
    header=_HEADER,
    party=_PARTY,
    credit=CREDIT,
    rights_controller=_RIGHTS_CONTROLLER,
    resource=_RESOURCE,
    edition=_EDITION,
    details=_NONE,
    technical=TECHNICAL,
    file=_FILE,
    hash_sum=_HASH,
    clip=_CLIP,
    contained=_CONTAINED,
    release=_RELEASE,
    purged=_PURGED,
    related_release=RELATED,
    group=_GROUP,
    item=_ITEM,
    deal=_DEAL,
    terms=TERMS,
    visibility=_VISIBILITY,
    catalog_item=_NONE,
)
"""4.3 with 4.3.1 (formal and grouping titles) and 4.3.2 (whose additions are facts)."""

ERN_41 = replace(
    ERN_43,
    technical=table(
        TECHNICAL,
        IsPreview=("is_clip", parts.flag),
        PreviewDetails=("clips", files.nodes_of),
    ),
    terms=table(TERMS, DISPLAY_DATES),
)
"""4.1, 4.1.1 and 4.2: recordings hold ids, P line and technical details directly."""
