"""The domain model of an ERN message, the same for every version. DDEX words keep their meaning.

References (`A1`, `R0`, `P1`, `T1`) are kept as sent: rules judge them, the model does not.
Values that depend on territory resolve by `for_territory`. What has no field of its own is kept
in `more`, as a tree of facts; `ddex.ern.left` lists what is not kept at all.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta  # noqa: TC003 - typing.get_type_hints works

from ddex.ern.made import dataclass
from ddex.ern.model_deals import Deal, Period, Price, Visibility
from ddex.ern.model_resources import (
    Clip,
    Contained,
    ContentItem,
    File,
    HashSum,
    RelatedRelease,
    Resource,
    ResourceGroup,
    RightsController,
    Territorial,
)
from ddex.ern.model_values import (
    NOWHERE,
    CopyrightLine,
    Credit,
    Fact,
    Genre,
    Identifier,
    Localized,
    Party,
    for_territory,
)
from ddex.ern.place import Place

__all__ = [
    "Anchor",
    "CatalogItem",
    "Clip",
    "Contained",
    "ContentItem",
    "CopyrightLine",
    "Credit",
    "Deal",
    "Fact",
    "File",
    "Genre",
    "HashSum",
    "Header",
    "Identifier",
    "Localized",
    "Message",
    "OpenValue",
    "Party",
    "Period",
    "Place",
    "Price",
    "Reference",
    "RelatedRelease",
    "Release",
    "Resource",
    "ResourceGroup",
    "RightsController",
    "Share",
    "Territorial",
    "Visibility",
    "for_territory",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The main release, a track or clip release, or the release that a purge names.

    `p_line`, `c_line`, `release_date` and `original_release_date` are the default ones of their
    lists; `display_artists` and `resource_group` hold by default, `territorial` says where others
    do.
    """

    reference: str
    kind: str = "Release"  # Release, TrackRelease, ClipRelease, PurgedRelease
    is_main: bool = False
    types: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    additional_titles: tuple[Localized, ...] = ()
    version_types: tuple[str, ...] = ()
    display_artist_names: tuple[Localized, ...] = ()
    display_artists: tuple[Credit, ...] = ()
    contributors: tuple[Credit, ...] = ()
    labels: tuple[Localized, ...] = ()  # text is the party's name, kind its reference or type
    genres: tuple[Localized, ...] = ()  # subtitle is the sub-genre
    p_line: CopyrightLine | None = None
    c_line: CopyrightLine | None = None
    p_lines: tuple[CopyrightLine, ...] = ()
    c_lines: tuple[CopyrightLine, ...] = ()
    courtesy_lines: tuple[Localized, ...] = ()
    duration: timedelta | None = None
    release_date: str = ""
    original_release_date: str = ""
    release_dates: tuple[Localized, ...] = ()
    original_release_dates: tuple[Localized, ...] = ()
    advisories: tuple[Localized, ...] = ()
    ratings: tuple[Localized, ...] = ()  # kind is the agency
    marketing_comment: tuple[Localized, ...] = ()
    keywords: tuple[Localized, ...] = ()
    synopses: tuple[Localized, ...] = ()
    languages: tuple[str, ...] = ()
    is_compilation: bool = False  # of several artists
    related: tuple[RelatedRelease, ...] = ()
    resource_group: ResourceGroup | None = None
    resource_references: tuple[str, ...] = ()  # one for a track release; primary ones in 3.8
    secondary_references: tuple[str, ...] = ()  # 3.8 SecondaryResource, linked ones in 4.x
    visibility_references: tuple[str, ...] = ()
    territorial: tuple[Territorial, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    def identifier(self, kind: str) -> str:
        """The first identifier of this kind as sent, empty when there is none."""
        return next((i.value for i in self.identifiers if i.kind == kind), "")

    @property
    def primary_references(self) -> tuple[str, ...]:
        """What the release is made of: in the order of its groups, then what they don't name."""
        ordered = self._primary_of(self.resource_group) if self.resource_group else ()
        return tuple(dict.fromkeys((*ordered, *self.resource_references)))

    @property
    def discs(self) -> tuple[tuple[str, ...], ...]:
        """References of primary resources by disc, in order."""
        discs = self.resource_group.discs() if self.resource_group else ()
        found = tuple(disc for disc in map(self._primary_of, discs) if disc)
        return found or ((self.resource_references,) if self.resource_references else ())

    def _primary_of(self, group: ResourceGroup) -> tuple[str, ...]:
        """What an item says of its resource goes before what the list of the release says."""
        return tuple(
            item.resource_reference
            for item in group.in_order()
            if item.resource_type == "Primary"
            or (not item.resource_type and item.resource_reference not in self.secondary_references)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """MessageHeader."""

    message_id: str
    thread_id: str = ""
    file_name: str = ""
    sender_dpid: str = ""
    sender_name: str = ""
    on_behalf_of_dpid: str = ""
    on_behalf_of_name: str = ""
    recipients: tuple[str, ...] = ()  # DPIDs
    recipient_names: tuple[str, ...] = ()
    created: datetime | None = None
    created_text: str = ""
    control_type: str = ""  # LiveMessage, TestMessage or empty
    comment: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogItem:
    """One release of a CatalogListMessage (3.8): what a partner could deliver."""

    territories: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    display_artist_name: str = ""
    contributors: tuple[str, ...] = ()
    labels: tuple[Localized, ...] = ()
    genres: tuple[Localized, ...] = ()
    p_lines: tuple[CopyrightLine, ...] = ()
    c_lines: tuple[CopyrightLine, ...] = ()
    release_date: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A local anchor: `kind` is its letter (P, A, R, T, V, Q, X, C, W, S), `name` as sent."""

    kind: str
    name: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A use of an anchor; `kind` is the letter that this element must reach."""

    element: str
    kind: str
    name: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenValue:
    """A value outside the allowed-value sets: `UserDefined` with what stands for it."""

    element: str
    namespace: str = ""
    value: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A percentage of rights, as sent.

    `owner` is the place of the thing that the right is in; shares of one owner, right and
    territory add up to 100 at most.
    """

    text: str
    owner: Place = NOWHERE
    right_type: str = ""
    territories: tuple[str, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole ERN message.

    Attributes:
        version: `43`, `411`, `382`, …
        alias: the message says `ern/38` and is read as 3.8.2.
        schema_version: MessageSchemaVersionId of 3.8; the namespace decides.
        update_indicator: OriginalMessage or UpdateMessage of 3.8: deprecated, decides nothing.
        main_is_assumed: no release is marked as the main one (3.8), the only candidate is taken.
        other_files: of supplemental documents, fingerprints and releases.
        more: collections, works, cue sheets, chapters, catalogue transfers, as sent.
    """

    type: str  # NewReleaseMessage, PurgeReleaseMessage, CatalogListMessage
    version: str
    header: Header
    alias: bool = False
    profile: str = ""
    profile_variant: str = ""
    business_profile: str = ""
    language: str = ""
    avs_version: str = ""
    schema_version: str = ""
    update_indicator: str = ""
    is_backfill: bool = False
    publication_date: str = ""  # of a CatalogListMessage
    parties: tuple[Party, ...] = ()
    resources: tuple[Resource, ...] = ()
    releases: tuple[Release, ...] = ()
    main_is_assumed: bool = False
    deals: tuple[Deal, ...] = field(default=())
    visibilities: tuple[Visibility, ...] = ()
    catalog_items: tuple[CatalogItem, ...] = ()
    other_files: tuple[File, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    references: tuple[Reference, ...] = ()
    open_values: tuple[OpenValue, ...] = ()
    shares: tuple[Share, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    @property
    def comment(self) -> str:
        """The sender's comment on the message (3.8)."""
        return self.header.comment

    @property
    def main_release(self) -> Release | None:
        """The main release, None when there is none."""
        return next((r for r in self.releases if r.is_main), None)

    def resource(self, reference: str) -> Resource | None:
        """The resource with this anchor."""
        return next((r for r in self.resources if r.reference == reference), None)
