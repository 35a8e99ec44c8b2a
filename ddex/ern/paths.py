"""Where each fact of the model stands, as data: one table per family of versions.

A path is relative to the element it describes; steps are element names. A tuple of paths is read
in order and joined. A version that differs is `replace(FAMILY, field=...)`, never code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Paths of one family of versions. An empty tuple means: the version has no such thing."""

    # message
    parties: Steps = ("PartyList/Party",)
    resources: Steps = ("ResourceList/*",)
    main_releases: Steps = ("ReleaseList/Release",)
    other_releases: Steps = ("ReleaseList/TrackRelease", "ReleaseList/ClipRelease")
    release_deals: Steps = ("DealList/ReleaseDeal",)
    visibilities: Steps = ("DealList/ReleaseVisibility", "DealList/TrackReleaseVisibility")
    purged_releases: Steps = ("PurgedRelease",)
    supplements: Steps = ("SupplementalDocumentList/SupplementalDocument",)
    # party
    party_names: Steps = ("PartyName",)
    party_ids: Steps = ("PartyId",)
    # resource
    resource_type: Steps = ("Type",)
    editions: Steps = ("SoundRecordingEdition", "VideoEdition")
    resource_ids: Steps = (
        "SoundRecordingEdition/ResourceId",
        "VideoEdition/ResourceId",
        "ResourceId",
    )
    works: Steps = ("WorkId",)
    technical_details: Steps = (
        "SoundRecordingEdition/TechnicalDetails",
        "VideoEdition/TechnicalDetails",
        "TechnicalDetails",
    )
    delivery_files: Steps = ("DeliveryFile",)
    clip_flag: Steps = ("IsClip",)
    edition_contributors: Steps = ("SoundRecordingEdition/EditionContributor",)
    resource_p_lines: Steps = ("SoundRecordingEdition/PLine", "VideoEdition/PLine", "PLine")
    resource_c_lines: Steps = ("VideoEdition/CLine", "CLine")
    first_publication: Steps = ("FirstPublicationDate",)
    performance_language: Steps = ("LanguageOfPerformance", "LanguageOfText")
    contributors: Steps = ("Contributor",)
    # release
    release_ids: Steps = ("ReleaseId",)
    labels: Steps = ("ReleaseLabelReference",)
    release_resources: Steps = ("ReleaseResourceReference",)
    # both
    display_title_text: Steps = ("DisplayTitleText",)
    display_titles: Steps = ("DisplayTitle",)
    additional_titles: Steps = ("AdditionalTitle",)
    artist_names: Steps = ("DisplayArtistName",)
    artists: Steps = ("DisplayArtist",)
    advisories: Steps = ("ParentalWarningType",)
    genres: Steps = ("Genre",)
    # file
    hashes: Steps = ("HashSum",)
    hash_value: Steps = ("HashSumValue",)
    file_uri: Steps = ("URI",)
    # deal terms
    models: Steps = ("CommercialModelType",)
    uses: Steps = ("UseType",)
    periods: Steps = ("ValidityPeriod",)


ERN_43 = Paths()

ERN_41 = replace(
    ERN_43,
    editions=(),
    resource_ids=("ResourceId",),
    technical_details=("TechnicalDetails",),
    delivery_files=(),
    clip_flag=("IsPreview",),
    edition_contributors=(),
    resource_p_lines=("PLine",),
    resource_c_lines=("CLine",),
)
"""4.1, 4.1.1 and 4.2: recordings hold ids, P line and technical details directly."""

ANCHORS: dict[str, str] = {
    "PartyReference": "P",
    "ResourceReference": "A",
    "ReleaseReference": "R",
    "TechnicalResourceDetailsReference": "T",
    "VisibilityReference": "V",
    "CueSheetReference": "Q",
    "ChapterReference": "X",
}
"""Elements that define an anchor, with the letter of its kind (xs:ID in the 4.x schemas)."""

REFERENCES: dict[str, str] = {
    "ArtistPartyReference": "P",
    "CharacterPartyReference": "P",
    "ContributorPartyReference": "P",
    "DisplayCreditParty": "P",
    "PartyAffiliateReference": "P",
    "PartyRelatedPartyReference": "P",
    "RecordCompanyPartyReference": "P",
    "ReleaseLabelReference": "P",
    "RightsControllerPartyReference": "P",
    "DealResourceReference": "A",
    "LinkedReleaseResourceReference": "A",
    "ReleaseResourceReference": "A",
    "RepresentativeImageReference": "A",
    "ResourceContainedResourceReference": "A",
    "ResourceRelatedResourceReference": "A",
    "DealReleaseReference": "R",
    "ResourceGroupReleaseReference": "R",
    "ResourceReleaseReference": "R",
    "DealTechnicalResourceDetailsReference": "T",
    "ReleaseVisibilityReference": "V",
    "VideoCueSheetReference": "Q",
    "AudioChapterReference": "X",
    "VideoChapterReference": "X",
}
"""Elements that refer to an anchor, with the kind they must reach (xs:IDREF in the schemas)."""

KINDS: dict[str, str] = {
    "P": "party",
    "A": "resource",
    "R": "release",
    "T": "technical details",
    "V": "visibility",
    "Q": "cue sheet",
    "X": "chapter",
}
