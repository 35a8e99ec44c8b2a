"""Which elements of ERN define local anchors, and which refer to them."""

from __future__ import annotations

ANCHORS: dict[str, str] = {
    "PartyReference": "P",
    "ResourceReference": "A",
    "ReleaseReference": "R",
    "TechnicalResourceDetailsReference": "T",
    "VisibilityReference": "V",
    "CueSheetReference": "Q",
    "ChapterReference": "X",
    "CollectionReference": "C",
    "MusicalWorkReference": "W",
    "RightShareReference": "S",
}
"""Elements that define an anchor, with the letter of its kind (xs:ID in the schemas)."""

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
    "CueResourceReference": "A",
    "CollectionResourceReference": "A",
    "ResourceGroupResourceReference": "A",
    "RightShareResourceReference": "A",
    "DealReleaseReference": "R",
    "CatalogReleaseReference": "R",
    "EquivalentReleaseReference": "R",
    "ResourceGroupContentItemReleaseReference": "R",
    "RightShareReleaseReference": "R",
    "ResourceGroupReleaseReference": "R",
    "ResourceReleaseReference": "R",
    "DealTechnicalResourceDetailsReference": "T",
    "ReleaseVisibilityReference": "V",
    "VideoCueSheetReference": "Q",
    "AudioChapterReference": "X",
    "VideoChapterReference": "X",
    "CollectionCollectionReference": "C",
    "ReleaseCollectionReference": "C",
    "SoundRecordingCollectionReference": "C",
    "CollectionWorkReference": "W",
    "CueWorkReference": "W",
    "ResourceMusicalWorkReference": "W",
    "RightShareWorkReference": "W",
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
    "C": "collection",
    "W": "work",
    "S": "right share",
}
