"""What the fold takes from a message: plain JSON values, so that they are kept beside its bytes.

A reading names recordings by their keys, not by their ids: the ids depend on whose release it is,
which a transfer between feeds decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from catalog.deal_terms import DealTerms, ShowTerms
from catalog.identity import identity_of, owner_of, placed, recording_key
from catalog.rights_terms import ReleaseTerms, Subject, VisibilityTerms, release_terms
from ddex.ern.model import for_territory
from ddex.identifiers import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from catalog.identity import Placed
    from ddex.ern.model import (
        Clip,
        ContentItem,
        Credit,
        Localized,
        Message,
        Release,
        Resource,
        ResourceGroup,
    )

Shape = dict[str, Any]
_DAY_MS = 86_400_000
READER = 4
"""Raise it when `read` takes other things from a message under the same names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One message.

    Attributes:
        type: NewReleaseMessage or PurgeReleaseMessage.
        owner, identity: what the release's id derives from; no identity, no release.
        release: columns of `Release` as the message says them.
        rights: `ReleaseTerms.to_json()`, with keys for the ids of recordings.
        tracks: `{key, disc, number, title, artist, flags, work}` in order.
        recordings: `{key, reference, facts}`, each once.
        images: anchors of the covers, the front cover first.
    """

    type: str
    owner: str
    identity: str = ""
    release: Shape = field(default_factory=dict)
    rights: Shape = field(default_factory=dict)
    tracks: list[Shape] = field(default_factory=list)
    recordings: list[Shape] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def to_json(self) -> Shape:
        """All fields."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reading:
        """The inverse of `to_json`."""
        return cls(**{name: data[name] for name in _FIELDS})


_FIELDS = tuple(Reading.__dataclass_fields__)
_KEPT = (Reading, ReleaseTerms, Subject, VisibilityTerms, DealTerms, ShowTerms)
_NAMES = [name for kind in _KEPT for name in kind.__dataclass_fields__]
VERSION = crc32(" ".join([str(READER), *_NAMES]).encode()) >> 1
"""Kept readings of another version are made again: other fields, another version."""


def read(message: Message) -> Reading:
    """What the message says of its release."""
    main = message.main_release
    if main is None:
        return Reading(type=message.type, owner=owner_of(message))
    if message.type != "NewReleaseMessage":
        return Reading(type=message.type, owner=owner_of(message), identity=identity_of(main))
    parties = {party.reference: party.name for party in message.parties}
    places = placed(message)
    keys = {place.resource.reference: recording_key(message, place.resource) for place in places}
    return Reading(
        type=message.type,
        owner=owner_of(message),
        identity=identity_of(main),
        release=_release(message, main, places, parties),
        rights=release_terms(message, keys).to_json(),
        tracks=list(_tracks(message, places, parties)),
        recordings=list(_recordings(message, places, parties)),
        images=list(_images(message)),
    )


def _release(
    message: Message, main: Release, places: Sequence[Placed], parties: Mapping[str, str]
) -> Shape:
    return {
        "identity": identity_of(main),
        "icpn": _digits(main.identifier("ICPN")) or None,
        "grid": compact(main.identifier("GRid"))[:18] or None,
        "proprietary_ids": [
            f"{i.namespace}::{i.value}" for i in main.identifiers if i.kind == "ProprietaryId"
        ],
        "type": (main.types[0] if main.types else "")[:60],
        "title": text(main.titles),
        "artist": _artist(main.display_artist_names, main.display_artists, parties),
        "label": text(main.labels),
        "genre": text(main.genres),
        "labels": [_localized(one) for one in main.labels],
        "genres": [{**_localized(one), "key": getattr(one, "key", "")} for one in main.genres],
        "p_line": main.p_line.text if main.p_line else "",
        "c_line": main.c_line.text if main.c_line else "",
        "release_date": main.release_date[:40],
        "original_release_date": main.original_release_date[:40],
        "advisory": text(main.advisories)[:40],
        "language": message.language[:40],
        "credits": _credits(main.display_artists, parties),
        "duration_ms": sum(_milliseconds(place.resource) for place in places),
        "groups": _groups(main.resource_group),
    }


def _tracks(
    message: Message, places: Sequence[Placed], parties: Mapping[str, str]
) -> Iterator[Shape]:
    main = message.main_release
    group = main.resource_group if main else None
    items = {item.resource_reference: item for item in group.flat()} if group else {}
    works = dict(_works(group)) if group else {}
    for place in places:
        resource = place.resource
        yield {
            "key": recording_key(message, resource),
            "disc": place.disc,
            "number": place.number,
            "title": text(resource.titles),
            "artist": _artist(resource.display_artist_names, resource.display_artists, parties),
            "flags": list(_flags(items.get(resource.reference))),
            "work": works.get(resource.reference, ""),
        }


def _recordings(
    message: Message, places: Sequence[Placed], parties: Mapping[str, str]
) -> Iterator[Shape]:
    known = set()
    for place in places:
        resource = place.resource
        key = recording_key(message, resource)
        if key in known:
            continue
        known.add(key)
        facts = {
            "title": text(resource.titles),
            "artist": _artist(resource.display_artist_names, resource.display_artists, parties),
            "advisory": text(resource.advisories)[:40],
            "p_line": resource.p_line.text if resource.p_line else "",
            "duration_ms": _milliseconds(resource),
            "credits": _credits(resource.contributors, parties),
            "works": [work.value for work in resource.works],
            "version": ", ".join(resource.version_types),
            "clip": _clip(resource.clips),
        }
        yield {"key": key, "reference": resource.reference, "facts": facts}


def _clip(clips: Sequence[Clip]) -> list[int] | None:
    """`[start, end]` of the part that is its preview in milliseconds, end 0 where nothing says it;
    what we are told to make goes before what others have made."""
    said = [clip for clip in clips if clip.start or clip.end or clip.duration]
    if not said:
        return None
    chosen = next((clip for clip in said if clip.expression == "Instructive"), said[0])
    start = chosen.start or timedelta()
    end = chosen.end or (start + chosen.duration if chosen.duration else timedelta())
    found = [max(0, min(round(at / timedelta(milliseconds=1)), _DAY_MS)) for at in (start, end)]
    return found if found[0] < found[1] or not found[1] else None


def _images(message: Message) -> Iterator[str]:
    images = [r for r in message.resources if r.kind == "Image"]
    yield from (r.reference for r in images if r.type == "FrontCoverImage")
    yield from (r.reference for r in images if r.type != "FrontCoverImage")


def _flags(item: ContentItem | None) -> Iterator[str]:
    for name in ("bonus", "hidden", "instant_gratification"):
        if item is not None and getattr(item, f"is_{name}"):
            yield name


def _works(group: ResourceGroup) -> Iterator[tuple[str, str]]:
    """Resource reference and title of the multi-movement work that it is part of."""
    for inner in group.groups:
        if "Work" in inner.type:
            yield from ((item.resource_reference, text(inner.titles)) for item in inner.flat())
        else:
            yield from _works(inner)


def _groups(group: ResourceGroup | None) -> list[Shape]:
    """Discs, sides and works in their order: `{title, type, tracks}`."""
    inner = sorted(group.groups, key=lambda g: g.sequence or 0) if group else ()
    return [
        {
            "title": text(one.titles),
            "type": one.type,
            "tracks": [item.resource_reference for item in one.flat()],
        }
        for one in inner
    ]


def _digits(icpn: str) -> str:
    """As delivered, without blanks and hyphens: 8, 12, 13 or 14 digits; ids use the GTIN-14."""
    return re.sub(r"[^0-9]", "", icpn)[:14]


def _artist(
    names: tuple[Localized, ...], artists: tuple[Credit, ...], parties: Mapping[str, str]
) -> str:
    found = for_territory(names)
    if found:
        return found.text
    return ", ".join(parties.get(one.party_reference, "") for one in artists).strip(", ")


def _credits(found: tuple[Credit, ...], parties: Mapping[str, str]) -> list[Shape]:
    roles: dict[str, list[str]] = {}
    for credit in found:
        for role in credit.roles:
            name = parties.get(credit.party_reference, "")
            if name and name not in roles.setdefault(role, []):
                roles[role].append(name)
    return [{"role": role, "names": names} for role, names in roles.items()]


def _localized(value: Localized) -> Shape:
    """All of it but what is empty."""
    said = {
        "text": value.text,
        "subtitle": value.subtitle,
        "kind": value.kind,
        "language": value.language,
        "territories": list(value.territories),
        "excluded": list(value.excluded),
        "is_default": value.is_default,
    }
    return {name: found for name, found in said.items() if found}


def text(values: tuple[Localized, ...]) -> str:
    """The text for everywhere, empty when there is none."""
    found = for_territory(values)
    return found.text if found else ""


def _milliseconds(resource: Resource) -> int:
    return round(resource.duration.total_seconds() * 1000) if resource.duration else 0
