"""All that a message says about the rights of its release: once per message, as plain values.

This is what the catalogue keeps of a release for rights, and its digest is the key under which the
compiled rights are remembered.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from catalog.deal_terms import DealTerms, ShowTerms
from ddex.ern.model import for_territory
from ddex.identifiers import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ddex.ern.model import Message, Release

_CLIP = "ClipRelease"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibilityTerms:
    """Display dates for some territories, of some releases (ERN 4.2 and later)."""

    territories: tuple[str, ...] = ()
    excluded_territories: tuple[str, ...] = ()
    shows: ShowTerms

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "territories": list(self.territories),
            "excluded_territories": list(self.excluded_territories),
            "shows": self.shows.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VisibilityTerms:
        """The inverse of `to_json`."""
        return cls(
            territories=tuple(data.get("territories") or ()),
            excluded_territories=tuple(data.get("excluded_territories") or ()),
            shows=ShowTerms.from_json(data.get("shows") or {}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One release of a message: the main release, a track or clip release.

    Attributes:
        reference: its anchor (`R0`).
        kind: Release, TrackRelease, ClipRelease.
        identifier: its best identifier: ICPN as sent, GRid, ISRC (a track's is that of its
            recording), or `namespace::value`.
        title: in the message's own language.
        recording: public id of the recording that a track release is about, else empty.
        resources: anchors of its resources.
        deals, visibilities: places in the lists of the `ReleaseTerms`.
    """

    reference: str
    kind: str = "Release"
    identifier: str = ""
    title: str = ""
    recording: str = ""
    resources: tuple[str, ...] = ()
    deals: tuple[int, ...] = ()
    visibilities: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "reference": self.reference,
            "kind": self.kind,
            "identifier": self.identifier,
            "title": self.title,
            "recording": self.recording,
            "resources": list(self.resources),
            "deals": list(self.deals),
            "visibilities": list(self.visibilities),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Subject:
        """The inverse of `to_json`."""
        return cls(
            reference=str(data["reference"]),
            kind=str(data.get("kind") or "Release"),
            identifier=str(data.get("identifier") or ""),
            title=str(data.get("title") or ""),
            recording=str(data.get("recording") or ""),
            resources=tuple(data.get("resources") or ()),
            deals=tuple(data.get("deals") or ()),
            visibilities=tuple(data.get("visibilities") or ()),
        )


@dataclass(frozen=True)
class ReleaseTerms:
    """A message's releases, the main release first, with all deals and visibilities once."""

    subjects: tuple[Subject, ...]
    deals: tuple[DealTerms, ...] = ()
    visibilities: tuple[VisibilityTerms, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the JSON in its one form, 64 hexadecimal digits."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def deals_of(self, subject: Subject) -> tuple[DealTerms, ...]:
        """The deals that name this release."""
        return tuple(self.deals[index] for index in subject.deals)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "subjects": [subject.to_json() for subject in self.subjects],
            "deals": [terms.to_json() for terms in self.deals],
            "visibilities": [terms.to_json() for terms in self.visibilities],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReleaseTerms:
        """The inverse of `to_json`."""
        return cls(
            tuple(Subject.from_json(each) for each in data.get("subjects") or ()),
            tuple(DealTerms.from_json(each) for each in data.get("deals") or ()),
            tuple(VisibilityTerms.from_json(each) for each in data.get("visibilities") or ()),
        )


def release_terms(message: Message, recordings: Mapping[str, str] | None = None) -> ReleaseTerms:
    """What the message says, its main release first; without one, the releases in their order.

    Args:
        message: the message.
        recordings: public ids of recordings by the anchors of their resources.
    """
    deals = tuple(DealTerms.from_deal(deal, n) for n, deal in enumerate(message.deals, 1))
    named = _by_reference(deal.release_references for deal in message.deals)
    shown = _by_reference(each.release_references for each in message.visibilities)
    ordered = sorted(message.releases, key=lambda r: (not r.is_main, r.kind == _CLIP))
    subjects = tuple(
        Subject(
            reference=release.reference,
            kind="Release" if release.is_main else release.kind,
            identifier=_identifier(message, release),
            title=_title(message, release),
            recording=_recording(release, recordings or {}),
            resources=_resources(release),
            deals=named.get(release.reference, ()),
            visibilities=shown.get(release.reference, ()),
        )
        for release in ordered
    )
    visibilities = tuple(
        VisibilityTerms(
            territories=each.territories,
            excluded_territories=each.excluded,
            shows=ShowTerms.from_visibility(each),
        )
        for each in message.visibilities
    )
    return ReleaseTerms(subjects, deals, visibilities)


def _by_reference(lists: Iterable[tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for index, references in enumerate(lists):
        for reference in dict.fromkeys(references):
            found.setdefault(reference, []).append(index)
    return {reference: tuple(indices) for reference, indices in found.items()}


def _recording(release: Release, recordings: Mapping[str, str]) -> str:
    if release.is_main or release.kind == _CLIP:
        return ""
    return next((recordings[r] for r in release.resource_references if r in recordings), "")


def _resources(release: Release) -> tuple[str, ...]:
    group = release.resource_group
    items = [item.resource_reference for item in group.flat()] if group else []
    return tuple(dict.fromkeys([*release.resource_references, *items]))


def _identifier(message: Message, release: Release) -> str:
    for kind in ("ICPN", "GRid", "ISRC"):
        if value := release.identifier(kind):
            return value if kind == "ICPN" else compact(value)
    if not release.is_main:
        found = (message.resource(reference) for reference in release.resource_references[:1])
        if code := next((each.identifier("ISRC") for each in found if each), ""):
            return compact(code)
    own = next(iter(release.identifiers), None)
    if own is None:
        return ""
    return f"{own.namespace}::{own.value}" if own.namespace else own.value


def _title(message: Message, release: Release) -> str:
    titles = release.titles
    if not titles:  # a track release says only what differs from its resource
        found = (message.resource(reference) for reference in release.resource_references[:1])
        titles = next((resource.titles for resource in found if resource), ())
    title = for_territory(titles)
    return title.text if title else ""
