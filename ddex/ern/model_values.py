"""Values that the whole model shares, and the one function that resolves them by territory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from ddex.ern.genres import canonical
from ddex.ern.made import dataclass
from ddex.ern.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

WORLDWIDE = "Worldwide"
NOWHERE = Place()
"""The place of what no message said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An element kept as it was sent, for which this model has no field of its own.

    `attributes` are pairs of name and value, `facts` what stands below it.
    """

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()

    def at(self, path: str) -> str:
        """Text at a path of names (`Title/TitleText`), of the first that has any."""
        name, _, rest = path.partition("/")
        found = (fact for fact in self.facts if fact.name == name)
        texts = (fact.at(rest) if rest else fact.text for fact in found)
        return next((text for text in texts if text), "")


class Scoped(Protocol):
    """What holds in some territories, maybe in some language."""

    @property
    def territories(self) -> tuple[str, ...]: ...
    @property
    def excluded(self) -> tuple[str, ...]: ...
    @property
    def is_default(self) -> bool: ...
    @property
    def language(self) -> str: ...


S = TypeVar("S", bound=Scoped)


def for_territory(values: Sequence[S], territory: str = "", language: str = "") -> S | None:
    """The value for a territory, in the language if there is one; None when there is no value.

    An exact territory wins, then one that is not excluded, then the default, then Worldwide or
    unnamed, then the first.
    """
    if len(values) == 1:
        return values[0]
    for fits in (_named, _not_excluded, _default, _everywhere, _any):
        group = [value for value in values if fits(value, territory)]
        if group:
            return _in_language(group, language)
    return None


def _named(value: Scoped, territory: str) -> bool:
    return bool(territory) and territory in value.territories


def _not_excluded(value: Scoped, territory: str) -> bool:
    return bool(territory and value.excluded) and territory not in value.excluded


def _default(value: Scoped, territory: str) -> bool:
    return value.is_default and territory not in value.excluded


def _everywhere(value: Scoped, _territory: str) -> bool:
    return not value.excluded and (not value.territories or WORLDWIDE in value.territories)


def _any(_value: Scoped, _territory: str) -> bool:
    return True


def _in_language(values: list[S], language: str) -> S:
    ranked = sorted(values, key=lambda value: not value.is_default)
    if language:
        main = language.partition("-")[0].lower()
        for same in (
            lambda value: value.language.lower() == language.lower(),
            lambda value: value.language.partition("-")[0].lower() == main,
        ):
            found = next(filter(same, ranked), None)
            if found is not None:
                return found
    return ranked[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """A text for some territories and language; neither territories nor exclusions: everywhere.

    `language` may carry a script (`ja-Kana`). `kind` is the type of a title, label or date.
    """

    text: str
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    language: str = ""
    is_default: bool = False
    subtitle: str = ""
    kind: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    @property
    def territory(self) -> str:
        """The first territory, empty when it holds everywhere or by exclusion."""
        return self.territories[0] if self.territories else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre(Localized):
    """A genre as sent: `subtitle` is the sub-genre, categories come with ERN 4.2."""

    categories: tuple[str, ...] = ()
    sub_categories: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of our own genre that fits it, empty when none does."""
        return canonical(self.text, self.subtitle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier with its kind: ISRC, ICPN, GRid, ISWC, ISNI, DPID, IPN, ProprietaryId."""

    kind: str
    value: str
    namespace: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An entry of PartyList; inline parties of 3.8 have made-up references that start with `#`."""

    reference: str
    names: tuple[Localized, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE

    @property
    def name(self) -> str:
        """The default name, empty when the party has none."""
        found = for_territory(self.names)
        return found.text if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A display artist or contributor: a party in one or more roles.

    `display_credits` are the lines to show; `more` holds what else was said of the credit.
    """

    party_reference: str
    roles: tuple[str, ...]
    sequence: int | None = None
    instruments: tuple[str, ...] = ()
    display_credits: tuple[Localized, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyrightLine:
    """A P or C line; `kind` is the PLineType."""

    text: str
    year: str = ""
    company: str = ""
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    language: str = ""
    is_default: bool = False
    kind: str = ""
    more: tuple[Fact, ...] = ()
