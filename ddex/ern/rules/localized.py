"""Rule 15: what listeners are shown is there for every territory that a deal names.

The territories of deals are judged by kind: those that some value of the message speaks of, and one
for all others. Equal sets of territories are judged once, however many recordings have them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ddex.ern.model import Localized
from ddex.ern.model_values import NOWHERE
from ddex.ern.rules.contents import played, resources_by_reference
from ddex.ern.rules.deals import is_active
from ddex.ern.rules.places import Below
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ddex.ern.model import Credit, Deal, Message, Place, Release, Resource
    from ddex.ern.model_values import Scoped
    from ddex.ern.rules.context import Context
    from ddex.findings import Placed

WORLDWIDE = "Worldwide"
MAIN_ROLES = frozenset({"MainArtist", "Soloist", "Conductor", "Orchestra", "Ensemble", "Choir"})
"""Classical releases of 3.8 give their main artists the role they play."""
_CLAUSE = "DDEX release profiles, metadata for every territory of a deal"


def _rule(code: str, text: str, remedy: str, wrong: str, right: str, status: str = "") -> Rule:
    return Rule(
        code=code,
        number=15,
        severity=Severity.HOLD,
        ack_status=status or "MetadataMissing",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


_NAME = "<DisplayArtistName>The Lanterns</DisplayArtistName>"
_LINE = "<PLineText>(P) 2026 Night Owl Records</PLineText>"
NO_TITLE = _rule(
    "ERN-1501",
    "Release and recordings have a display title in every territory of their deals.",
    "Add the title, for the territory or as the default.",
    "<DisplayTitleText></DisplayTitleText><DisplayTitle><TitleText></TitleText></DisplayTitle>",
    "<DisplayTitleText>Ferry Lights</DisplayTitleText>"
    "<DisplayTitle><TitleText>Ferry Lights</TitleText></DisplayTitle>",
)
NO_ARTIST = _rule(
    "ERN-1502",
    "Release and recordings have a display artist name in every territory of their deals.",
    "Add the name as it is to be shown, for the territory or as the default.",
    "<DisplayArtistName></DisplayArtistName>",
    _NAME,
    "PrimaryArtistNameMissing",
)
NO_MAIN_ARTIST = _rule(
    "ERN-1503",
    "Release and recordings have a display artist with a name and the role MainArtist (in ERN 3.8 "
    "also Soloist, Conductor, Orchestra, Ensemble or Choir).",
    "Give the artist whose release it is the role MainArtist.",
    "<DisplayArtistRole>FeaturedArtist</DisplayArtistRole>",
    "<DisplayArtistRole>MainArtist</DisplayArtistRole>",
    "PrimaryArtistNameMissing",
)
NO_LABEL = _rule(
    "ERN-1504",
    "The release has a label in every territory of its deals.",
    "Name the label, for the territory or as the default.",
    '<ReleaseLabelReference ApplicableTerritoryCode="JP">P2</ReleaseLabelReference>',
    "<ReleaseLabelReference>P2</ReleaseLabelReference>",
)
NO_GENRE = _rule(
    "ERN-1505",
    "The release has a genre in every territory of its deals.",
    "State the genre, for the territory or as the default.",
    "<Genre><GenreText></GenreText><SubGenre>Dream Pop</SubGenre></Genre>",
    "<Genre><GenreText>Pop</GenreText><SubGenre>Dream Pop</SubGenre></Genre>",
)
NO_ADVISORY = _rule(
    "ERN-1506",
    "Release and recordings say in every territory of their deals whether they are explicit.",
    "State ParentalWarningType; NoAdviceAvailable when nothing is known.",
    "<ParentalWarningType></ParentalWarningType>",
    "<ParentalWarningType>NotExplicit</ParentalWarningType>",
)
NO_P_LINE = _rule(
    "ERN-1507",
    "Each recording has a P line in every territory of its deals, and the release has one or all "
    "its recordings have.",
    "Add the P line: year and owner of the recording.",
    "<PLineText></PLineText>",
    _LINE,
)
P_LINE_OF_RELEASE = Rule(
    code="ERN-1508",
    number=15,
    severity=Severity.WARN,
    ack_status="MetadataMissing",
    clause=_CLAUSE,
    text="A recording has its own P line; without one, that of the release is shown.",
    remedy="Add the P line of the recording, which may be another than the release's.",
    wrong="<PLineText></PLineText></PLine><TechnicalDetails>",
    right=f"{_LINE}</PLine><TechnicalDetails>",
)
RULES: tuple[Rule, ...] = (
    NO_TITLE,
    NO_ARTIST,
    NO_MAIN_ARTIST,
    NO_LABEL,
    NO_GENRE,
    NO_ADVISORY,
    NO_P_LINE,
    P_LINE_OF_RELEASE,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where some deals apply: in the named territories and, when `but` is not None, in all others
    that are not in it."""

    named: frozenset[str]
    but: frozenset[str] | None

    @classmethod
    def of(cls, deals: Iterable[Deal]) -> Reach:
        """The territories of deals, all together."""
        named: set[str] = set()
        but: frozenset[str] | None = None
        for territories, excluded in {(d.territories, d.excluded_territories) for d in deals}:
            if excluded or not territories or WORLDWIDE in territories:
                but = frozenset(excluded) if but is None else but.intersection(excluded)
            named.update(territories)
        return cls(frozenset(named - {WORLDWIDE}), but)

    def kinds(self, spoken_of: frozenset[str]) -> list[str]:
        """The territories of the deals that values speak of, and one that stands for the rest."""
        but = self.but
        known = [t for t in spoken_of if t in self.named or (but is not None and t not in but)]
        others = sorted(self.named - spoken_of)[:1]
        return sorted(known) + ([WORLDWIDE] if but is not None else others)


@dataclass(frozen=True, slots=True)
class Judge:
    """Says where values are missing; `by_composites` is how 3.8 says what holds where: the first
    composite gives the defaults, and a later one for a territory says only what differs."""

    by_composites: bool
    known: dict[object, str | None] = field(default_factory=dict)

    def dangles(self, reference: str, names: Mapping[str, str]) -> bool:
        """Whether a reference points to no party of the list, which rule 6 tells."""
        return not self.by_composites and reference not in names

    def missing(
        self, values: Sequence[Scoped], reach: Reach | None, others: frozenset[str]
    ) -> str | None:
        """Where there is no value: a territory, `` for everywhere; None when there is one.

        `others` are the territories that the same element has composites for.
        """
        if not values:
            return ""
        if reach is None:
            return None
        for value in values:
            if self._holds_everywhere(value):
                return None
        layout = tuple((v.territories, v.excluded, v.is_default) for v in values)
        key = (layout, reach, others if self.by_composites else None)
        if key not in self.known:
            self.known[key] = self._first_missing(values, reach, others)
        return self.known[key]

    def _first_missing(
        self, values: Sequence[Scoped], reach: Reach, others: frozenset[str]
    ) -> str | None:
        held = frozenset(t for v in values if not v.excluded for t in v.territories)
        excluding = [frozenset(v.excluded) for v in values if v.excluded]
        nowhere = frozenset.intersection(*excluding) if excluding else frozenset()
        # Later composites say only what differs from the first, if that says it.
        from_first = self.by_composites and any(v.is_default for v in values)
        inherited = others if from_first else frozenset()
        spoken_of = held.union(inherited, *excluding) - {WORLDWIDE}
        for territory in reach.kinds(spoken_of):
            by_exclusion = bool(excluding) and territory not in nowhere
            if not (by_exclusion or territory in held or territory in inherited):
                return territory
        return None

    def _holds_everywhere(self, value: Scoped) -> bool:
        """The default of 4.x does; that of 3.8 is but the first composite."""
        unbound = not value.territories or WORLDWIDE in value.territories
        return not value.excluded and (unbound or (value.is_default and not self.by_composites))


def check_localized(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 15. Deals that are over count no more; without any deal a value is enough anywhere."""
    main = message.main_release
    if main is None or message.type != "NewReleaseMessage":
        return
    active = [deal for deal in message.deals if is_active(deal, context.today)]
    own = [deal for deal in active if main.reference in deal.release_references]
    judge = Judge(message.version.startswith("38"))
    names = {party.reference: party.name for party in message.parties}
    plays = {r.reference: r for r in played(main, resources_by_reference(message))}
    yield from _check_release(
        main, plays.values(), names, judge, Reach.of(own or active) if active else None
    )
    reach = Reach.of(active) if active else None
    for resource in plays.values():
        yield from _check_resource(resource, main, names, judge, reach)


def _check_release(
    main: Release,
    plays: Iterable[Resource],
    names: dict[str, str],
    judge: Judge,
    reach: Reach | None,
) -> Iterator[Finding]:
    of = f"the release {clip(main.reference)!r}"
    labels = [each for each in main.labels if each.text or judge.dangles(each.kind, names)]
    lines = [line for line in main.p_lines if line.text]
    if not lines and all(any(p.text for p in resource.p_lines) for resource in plays):
        lines = [line for resource in plays for line in resource.p_lines if line.text]
    composites = _composites(main)
    for rule, what, values in (
        (NO_TITLE, "display title", _shown(main.titles)),
        (NO_ARTIST, "display artist name", _artists(main, names, judge)),
        (NO_LABEL, "label", labels),
        (NO_GENRE, "genre", main.genres),
        (NO_ADVISORY, "parental warning", main.advisories),
        (NO_P_LINE, "P line", lines),
    ):
        where = judge.missing(values, reach, composites)
        if where is not None:
            yield _finding(rule, _spot(values, main, rule, judge), what, of, where)
    for where in _without_main_artist(main, main.display_artists, names):
        place = _spot(main.display_artists, main, NO_MAIN_ARTIST, judge)
        yield _finding(NO_MAIN_ARTIST, place, "MainArtist", of, where)


def _check_resource(
    resource: Resource, main: Release, names: dict[str, str], judge: Judge, reach: Reach | None
) -> Iterator[Finding]:
    of = f"{resource.kind} {clip(resource.reference)!r}"
    name = resource.identifier("ISRC") or resource.reference
    artists = _artists(resource, names, judge)
    if judge.by_composites:  # 3.8 leaves out the name that is the same as for the release
        artists = artists or _artists(main, names, judge)
    composites = _composites(resource) if judge.by_composites else _NONE
    for rule, what, values in (
        (NO_TITLE, "display title", _shown(resource.titles)),
        (NO_ARTIST, "display artist name", artists),
        (NO_ADVISORY, "parental warning", resource.advisories),
    ):
        where = judge.missing(values, reach, composites)
        if where is not None:
            yield _finding(rule, _spot(values, resource, rule, judge), what, of, where, name)
    for where in _without_main_artist(resource, resource.display_artists, names):
        place = _spot(resource.display_artists, resource, NO_MAIN_ARTIST, judge)
        yield _finding(NO_MAIN_ARTIST, place, "MainArtist", of, where, name)
    where = judge.missing([p for p in resource.p_lines if p.text], reach, composites)
    if where is not None:
        elsewhere = judge.missing([p for p in main.p_lines if p.text], reach, composites)
        rule = P_LINE_OF_RELEASE if elsewhere is None else NO_P_LINE
        yield _finding(rule, resource.place, "P line", of, where, name)


def _shown(titles: Sequence[Scoped]) -> list[Scoped]:
    """Titles for listeners; the ReferenceTitle of 3.8 is for those who read messages."""
    return [title for title in titles if getattr(title, "kind", "") != "ReferenceTitle"]


def _artists(of: Release | Resource, names: dict[str, str], judge: Judge) -> Sequence[Scoped]:
    """The display artist names; in 3.8 a named display artist stands for them."""
    if of.display_artist_names or not judge.by_composites:
        return of.display_artist_names
    named = (names.get(credit.party_reference) for credit in of.display_artists)
    return [Localized(text=name) for name in named if name]


_NONE: frozenset[str] = frozenset()


def _composites(of: Release | Resource) -> frozenset[str]:
    """The territories that an element has something of its own for."""
    parts = (of.territorial, of.titles, of.display_artist_names, of.advisories)
    return frozenset(t for part in parts for value in part for t in value.territories)


def _without_main_artist(
    of: Release | Resource, credits_: Sequence[Credit], names: dict[str, str]
) -> Iterator[str]:
    """Where there is no main artist: empty for everywhere, else a territory."""
    if not _has_main_artist(credits_, names):
        yield ""
    for each in of.territorial:
        if (
            each.display_artists
            and not each.is_default
            and not _has_main_artist(each.display_artists, names)
        ):
            yield next(iter(each.territories), WORLDWIDE)


def _has_main_artist(credits_: Iterable[Credit], names: dict[str, str]) -> bool:
    """Whether someone is a main artist and has a name; a party that is not there is told by 6."""
    return any(
        not MAIN_ROLES.isdisjoint(credit.roles) and names.get(credit.party_reference) != ""
        for credit in credits_
    )


_ELEMENTS: Mapping[str, tuple[str, str]] = {
    NO_TITLE.code: ("DisplayTitleText", "Title"),
    NO_ARTIST.code: ("DisplayArtistName", "DisplayArtistName"),
    NO_MAIN_ARTIST.code: ("DisplayArtist", "DisplayArtist"),
    NO_LABEL.code: ("ReleaseLabelReference", "LabelName"),
    NO_GENRE.code: ("Genre", "Genre"),
    NO_ADVISORY.code: ("ParentalWarningType", "ParentalWarningType"),
    NO_P_LINE.code: ("PLine", "PLine"),
}
"""What says it in ERN 4, and in the composites of ERN 3.8."""


def _spot(values: Sequence[object], of: Release | Resource, rule: Rule, judge: Judge) -> Placed:
    """The first value, where it has a place; else where it would stand."""
    place = getattr(values[0], "place", NOWHERE) if values else NOWHERE
    if place is not NOWHERE:
        return cast("Place", place)
    new, old = _ELEMENTS[rule.code]
    around = "Release" if of.kind in {"Release", "TrackRelease"} else of.kind
    return Below(of.place, f"{around}DetailsByTerritory/{old}" if judge.by_composites else new)


def _finding(
    rule: Rule, place: Placed, what: str, of: str, where: str, resource: str = ""
) -> Finding:
    lack = f"has no {what}" if not where else f"has no {what} for {_land(where)}"
    return rule.at(
        place, f"{of[:1].upper()}{of[1:]} {lack}.", expected=what, value=where, resource=resource
    )


def _land(territory: str) -> str:
    return "every territory of its deals" if territory == WORLDWIDE else clip(territory)
