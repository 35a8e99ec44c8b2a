"""The domain model of a MEAD message, the same for every version: facts about subjects.

A fact is one statement: its kind (`mood`, `bpm`, `award`), the value that stands for it, and every
other value below its element as `details`, so that nothing that was sent is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ddex.xml import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.ern.model import Localized, Message

RELEASE, RECORDING, WORK, PARTY = "release", "recording", "work", "party"

_NOWHERE = Spot()


@dataclass(frozen=True, slots=True, kw_only=True)
class Id:
    """An identifier as sent: ISRC, ICPN, GRid, ISWC, ISNI and so on."""

    kind: str
    value: str
    namespace: str = ""
    place: Spot = _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who made the metadata: an entry of MetadataSourceList."""

    reference: str
    name: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement about a subject.

    Attributes:
        kind: of `ddex.mead.paths.KINDS`, or the element's own name when we know no word for it.
        value: allowed values as sent (`JazzFusion`), else text; the sender's own for UserDefined.
        namespace: of a UserDefined value.
        territory: empty means everywhere.
        sources: references of the MetadataSources.
        details: (relative path, value) of all else below the element; `@` marks an attribute.
    """

    kind: str
    value: str
    namespace: str = ""
    language: str = ""
    territory: str = ""
    sources: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    place: Spot = _NOWHERE

    def detail(self, *paths: str) -> str:
        """The first value at one of these paths."""
        return next((v for path in paths for p, v in self.details if p == path), "")

    def to_json(self) -> dict[str, Any]:
        """All but the place and what is empty; `sources` stay references."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "value": self.value,
            "namespace": self.namespace,
            "language": self.language,
            "territory": self.territory,
            "sources": list(self.sources),
            "details": [list(pair) for pair in self.details],
        }
        return {name: value for name, value in found.items() if value or name == "value"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fact:
        """The inverse of `to_json`."""
        return cls(
            kind=data["kind"],
            value=data["value"],
            namespace=data.get("namespace", ""),
            language=data.get("language", ""),
            territory=data.get("territory", ""),
            sources=tuple(data.get("sources", ())),
            details=tuple((path, value) for path, value in data.get("details", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What facts are about: a release, recording, work or party, as its summary names it.

    `priority` is the (start, end) of the period in which it is a priority item. `summary` holds
    what the summary says beyond identifiers, titles and artists.
    """

    kind: str
    identifiers: tuple[Id, ...]
    titles: tuple[Localized, ...] = ()
    artists: tuple[Localized, ...] = ()
    facts: tuple[Fact, ...] = ()
    territory: str = ""
    priority: tuple[str, str] = ("", "")
    reference: str = ""
    summary: tuple[tuple[str, str], ...] = ()
    place: Spot = _NOWHERE

    @property
    def title(self) -> str:
        """The first title, empty when there is none."""
        return self.titles[0].text if self.titles else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mead:
    """A MeadMessage. `message` holds what it has in common with ERN: type, version and header."""

    message: Message
    subscription_id: str = ""
    sources: tuple[Source, ...] = ()
    subjects: tuple[Subject, ...] = ()

    def source(self, reference: str) -> Source | None:
        """The metadata source of this reference."""
        return next((each for each in self.sources if each.reference == reference), None)
