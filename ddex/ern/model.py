"""The domain model of an ERN message, the same for every version. DDEX words keep their meaning.

References (`A1`, `R0`, `P1`, `T1`) are kept as sent: rules judge them, the model does not.
Values that depend on territory are tuples of `Localized`; `for_territory` resolves them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - typing.get_type_hints works
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the XML a thing stands: 1-based line and element path."""

    line: int = 0
    xpath: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """A text for some territory and language; empty territory means everywhere."""

    text: str
    territory: str = ""
    language: str = ""
    is_default: bool = False
    subtitle: str = ""
    kind: str = ""


def for_territory(values: tuple[Localized, ...], territory: str = "") -> Localized | None:
    """Exact territory, else default, else Worldwide or unnamed, else the first; None if empty."""
    exact = [v for v in values if territory and v.territory == territory]
    default = [v for v in values if v.is_default]
    world = [v for v in values if v.territory in {"", "Worldwide"}]
    for group in (exact, default, world, list(values)):
        if group:
            return group[0]
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier with its kind: ISRC, ICPN, GRid, ISWC, ISNI, DPID, ProprietaryId."""

    kind: str
    value: str
    namespace: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An entry of PartyList (or an inline party of 3.8)."""

    reference: str
    names: tuple[Localized, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    place: Place = Place()

    @property
    def name(self) -> str:
        """The default name, empty when the party has none."""
        found = for_territory(self.names)
        return found.text if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A display artist or contributor: a party in one or more roles."""

    party_reference: str
    roles: tuple[str, ...]
    sequence: int | None = None
    instruments: tuple[str, ...] = ()
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyrightLine:
    """A P or C line."""

    text: str
    year: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSum:
    """A declared hash of a file, as sent."""

    algorithm: str
    value: str
    data_type: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the message names. `uri` is as sent: hostile until the match phase judged it."""

    uri: str
    hashes: tuple[HashSum, ...] = ()
    size_kb: float | None = None
    provided: bool | None = None  # IsProvidedInDelivery; None when absent
    is_clip: bool = False
    technical_reference: str = ""
    container: str = ""
    codec: str = ""
    bit_rate: str = ""
    channels: str = ""
    sampling_rate: str = ""
    bit_depth: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What sound recordings, images, videos and texts have in common."""

    reference: str
    kind: str  # SoundRecording, Image, Video, Text, SheetMusic, Software, …
    type: str = ""  # MusicalWorkSoundRecording, FrontCoverImage, …
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    additional_titles: tuple[Localized, ...] = ()
    display_artist_names: tuple[Localized, ...] = ()
    display_artists: tuple[Credit, ...] = ()
    contributors: tuple[Credit, ...] = ()
    p_line: CopyrightLine | None = None
    c_line: CopyrightLine | None = None
    duration: timedelta | None = None
    advisories: tuple[Localized, ...] = ()
    language: str = ""
    version_types: tuple[str, ...] = ()
    works: tuple[Identifier, ...] = ()
    files: tuple[File, ...] = ()
    first_publication: str = ""
    is_supplemental: bool = False
    place: Place = Place()

    def identifier(self, kind: str) -> str:
        """The first identifier of this kind as sent, empty when there is none."""
        return next((i.value for i in self.identifiers if i.kind == kind), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One entry of a resource group: a resource in its order."""

    resource_reference: str
    sequence: int | None = None
    display_sequence: str = ""
    linked_references: tuple[str, ...] = ()
    is_bonus: bool = False
    is_hidden: bool = False
    is_instant_gratification: bool = False
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """A group of resources: the release, a disc, a side, a multi-movement work."""

    titles: tuple[Localized, ...] = ()
    sequence: int | None = None
    type: str = ""
    items: tuple[ContentItem, ...] = ()
    groups: tuple[ResourceGroup, ...] = ()
    linked_references: tuple[str, ...] = ()
    place: Place = Place()

    def flat(self) -> Iterator[ContentItem]:
        """All content items: own ones first, then those of the groups, depth first."""
        yield from self.items
        for group in self.groups:
            yield from group.flat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The main release, a track or clip release, or the release that a purge names."""

    reference: str
    kind: str = "Release"  # Release, TrackRelease, ClipRelease, PurgedRelease
    is_main: bool = False
    types: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    additional_titles: tuple[Localized, ...] = ()
    display_artist_names: tuple[Localized, ...] = ()
    display_artists: tuple[Credit, ...] = ()
    labels: tuple[Localized, ...] = ()  # text is the party's name, kind its reference
    genres: tuple[Localized, ...] = ()  # subtitle is the sub-genre
    p_line: CopyrightLine | None = None
    c_line: CopyrightLine | None = None
    duration: timedelta | None = None
    release_date: str = ""
    original_release_date: str = ""
    advisories: tuple[Localized, ...] = ()
    resource_group: ResourceGroup | None = None
    resource_references: tuple[str, ...] = ()  # one for a track release; all for a 3.8 release
    place: Place = Place()

    def identifier(self, kind: str) -> str:
        """The first identifier of this kind as sent, empty when there is none."""
        return next((i.value for i in self.identifiers if i.kind == kind), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A validity period as sent: dates (`YYYY-MM-DD`) or date-times, start or end may be empty."""

    start: str = ""
    end: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One deal, for the releases it names."""

    release_references: tuple[str, ...]
    commercial_models: tuple[str, ...] = ()
    use_types: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    excluded_territories: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    is_out_of_band: bool = False
    is_takedown: bool = False  # 3.8 TakeDown or AllDealsCancelled
    is_pre_order: bool = False
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """MessageHeader."""

    message_id: str
    thread_id: str = ""
    sender_dpid: str = ""
    sender_name: str = ""
    on_behalf_of_dpid: str = ""
    recipients: tuple[str, ...] = ()  # DPIDs
    created: datetime | None = None
    created_text: str = ""
    control_type: str = ""  # LiveMessage, TestMessage or empty
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A local anchor: `kind` is its letter (P, A, R, T, V, Q, X), `name` as sent."""

    kind: str
    name: str
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A use of an anchor; `kind` is the letter that this element must reach."""

    element: str
    kind: str
    name: str
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenValue:
    """A value outside the allowed-value sets: `UserDefined` with what stands for it."""

    element: str
    namespace: str = ""
    value: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A percentage of rights, as sent."""

    text: str
    place: Place = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole ERN message."""

    type: str  # NewReleaseMessage, PurgeReleaseMessage, CatalogListMessage
    version: str  # "43", "411", "382", …
    header: Header
    profile: str = ""
    language: str = ""
    avs_version: str = ""
    parties: tuple[Party, ...] = ()
    resources: tuple[Resource, ...] = ()
    releases: tuple[Release, ...] = ()
    deals: tuple[Deal, ...] = field(default=())
    other_files: tuple[File, ...] = ()  # of supplemental documents and fingerprints
    anchors: tuple[Anchor, ...] = ()
    references: tuple[Reference, ...] = ()
    open_values: tuple[OpenValue, ...] = ()
    shares: tuple[Share, ...] = ()
    place: Place = Place()

    @property
    def main_release(self) -> Release | None:
        """The main release, None when the message marks none."""
        return next((r for r in self.releases if r.is_main), None)

    def resource(self, reference: str) -> Resource | None:
        """The resource with this anchor."""
        return next((r for r in self.resources if r.reference == reference), None)
