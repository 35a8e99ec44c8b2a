"""Resources: recordings, images, videos and texts, their files, and the groups they stand in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ddex.ern.made import dataclass
from ddex.ern.model_values import (
    NOWHERE,
    CopyrightLine,
    Credit,
    Fact,
    Identifier,
    Localized,
)
from ddex.ern.place import Place  # noqa: TC001 - types of fields, resolved at runtime

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSum:
    """A declared hash of a file, as sent."""

    algorithm: str
    value: str
    data_type: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the message names, with what is said of its technical kind.

    `uri` is as sent (3.8: FilePath and FileName joined): hostile until the match phase judged it.
    """

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
    duration: timedelta | None = None
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A part of a resource that may be played as its preview; points count from its beginning."""

    start: timedelta | None = None
    end: timedelta | None = None
    duration: timedelta | None = None
    kind: str = ""  # ClipType, or PartType of 3.8
    expression: str = ""  # Informative or Instructive
    technical_reference: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """Another resource that this one contains or relates to: a track of a mix, a sample.

    `start` and `end` are cue points within this resource; `duration` is the part that is used.
    """

    reference: str = ""
    kind: str = ""  # ResourceRelationshipType; empty in a list of contained resources
    identifiers: tuple[Identifier, ...] = ()
    start: timedelta | None = None
    end: timedelta | None = None
    duration: timedelta | None = None
    purpose: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


_CONTAINS = frozenset({"", "HasContentFrom", "HasPart"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRelease:
    """Another release and how it relates to this one."""

    kind: str
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsController:
    """Who controls rights in a resource or its works, with what share (as sent, per cent)."""

    party_reference: str
    roles: tuple[str, ...] = ()
    share: str = ""
    of_work: bool = False
    sequence: int | None = None
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Territorial:
    """What differs in some territories and is more than one value (3.8 details by territory)."""

    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    language: str = ""
    is_default: bool = False
    display_artists: tuple[Credit, ...] = ()
    contributors: tuple[Credit, ...] = ()
    resource_groups: tuple[ResourceGroup, ...] = ()
    more: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What sound recordings, images, videos and texts have in common.

    `p_line` and `c_line` are the default ones of `p_lines` and `c_lines`. Display artists and
    contributors are those by default; where others hold, `territorial` says so.
    """

    reference: str
    kind: str  # SoundRecording, Image, Video, Text, SheetMusic, Software, …
    type: str = ""  # MusicalWorkSoundRecording, FrontCoverImage, …
    identifiers: tuple[Identifier, ...] = ()
    titles: tuple[Localized, ...] = ()
    additional_titles: tuple[Localized, ...] = ()
    display_artist_names: tuple[Localized, ...] = ()
    display_artists: tuple[Credit, ...] = ()
    contributors: tuple[Credit, ...] = ()
    display_credits: tuple[Localized, ...] = ()
    p_line: CopyrightLine | None = None
    c_line: CopyrightLine | None = None
    p_lines: tuple[CopyrightLine, ...] = ()
    c_lines: tuple[CopyrightLine, ...] = ()
    courtesy_lines: tuple[Localized, ...] = ()
    marketing_comment: tuple[Localized, ...] = ()
    keywords: tuple[Localized, ...] = ()
    synopses: tuple[Localized, ...] = ()
    labels: tuple[Localized, ...] = ()
    genres: tuple[Localized, ...] = ()
    duration: timedelta | None = None
    advisories: tuple[Localized, ...] = ()
    ratings: tuple[Localized, ...] = ()  # kind is the agency
    language: str = ""  # the first of languages
    languages: tuple[str, ...] = ()  # of performance or text
    version_types: tuple[str, ...] = ()
    works: tuple[Identifier, ...] = ()
    files: tuple[File, ...] = ()
    clips: tuple[Clip, ...] = ()
    first_publication: str = ""
    publication_dates: tuple[Localized, ...] = ()
    created: str = ""
    is_supplemental: bool = False
    is_remastered: bool = False
    is_instrumental: bool = False
    is_hidden: bool = False  # 3.8; otherwise see ContentItem
    is_bonus: bool = False  # 3.8; otherwise see ContentItem
    contained: tuple[Contained, ...] = ()
    related: tuple[RelatedRelease, ...] = ()
    rights_controllers: tuple[RightsController, ...] = ()
    territorial: tuple[Territorial, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    def identifier(self, kind: str) -> str:
        """The first identifier of this kind as sent, empty when there is none."""
        return next((i.value for i in self.identifiers if i.kind == kind), "")

    @property
    def cue_points(self) -> tuple[Contained, ...]:
        """The resources that this one contains, in the order of their start (a DJ mix)."""
        held = (each for each in self.contained if each.kind in _CONTAINS)
        timed = (each for each in held if each.start is not None)
        return tuple(sorted(timed, key=lambda each: each.start or timedelta()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One entry of a resource group: a resource in its order.

    `resource_type` is Primary or Secondary as 3.8 states it, else empty.
    """

    resource_reference: str
    sequence: int | None = None
    sequence_text: str = ""
    sequence_sub: int | None = None
    display_sequence: str = ""
    linked_references: tuple[str, ...] = ()
    resource_type: str = ""
    is_bonus: bool = False
    is_hidden: bool = False
    is_instant_gratification: bool = False
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """A group of resources: the release, a disc, a side, a multi-movement work."""

    titles: tuple[Localized, ...] = ()
    sequence: int | None = None
    sequence_text: str = ""
    type: str = ""
    display_artists: tuple[Credit, ...] = ()
    contributors: tuple[Credit, ...] = ()
    items: tuple[ContentItem, ...] = ()
    groups: tuple[ResourceGroup, ...] = ()
    linked_references: tuple[str, ...] = ()
    release_reference: str = ""
    identifiers: tuple[Identifier, ...] = ()  # of the release that the group stands for
    is_hidden: bool = False
    display_sequence: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    def flat(self) -> Iterator[ContentItem]:
        """All content items: own ones first, then those of the groups, depth first."""
        yield from self.items
        for group in self.groups:
            yield from group.flat()

    def in_order(self) -> Iterator[ContentItem]:
        """All content items as they are heard: items and groups share one numbering.

        What has no number comes last.
        """
        if not self.groups:  # most have none, and rules ask often
            yield from sorted(self.items, key=_number)
            return
        parts: tuple[ContentItem | ResourceGroup, ...] = (*self.items, *self.groups)
        for part in sorted(parts, key=_number):
            if isinstance(part, ContentItem):
                yield part
            else:
                yield from part.in_order()

    def discs(self) -> Iterator[ResourceGroup]:
        """The groups that are discs, in their order; this group itself when it is all one disc."""
        inner = sorted(self.groups, key=_number)
        works = bool(inner) and all(group.type in _WITHIN_DISC for group in inner)
        if not works and (any(map(_is_disc, inner)) or (inner and not self._has_own)):
            if self._has_own:
                yield replace(self, groups=())
            yield from inner
        else:
            yield self

    @property
    def _has_own(self) -> bool:
        return any(item.sequence is not None for item in self.items)


_DISC = re.compile(
    r"(cd|lp|dis[ck]|volume|vol\.?|set|part)\s*(\d+|[ivx]+|one|two)\b", re.IGNORECASE
)
_WITHIN_DISC = frozenset({"MultiWorkPart", "Side"})


def _is_disc(group: ResourceGroup) -> bool:
    """By its type (ERN 4), else by its title or because it holds groups (3.8 has no type)."""
    if group.type:
        return group.type not in _WITHIN_DISC
    return bool(group.groups) or any(_DISC.match(title.text) for title in group.titles)


def _number(part: ContentItem | ResourceGroup) -> tuple[bool, int, int]:
    sub = part.sequence_sub if isinstance(part, ContentItem) else None
    return part.sequence is None, part.sequence or 0, sub or 0
