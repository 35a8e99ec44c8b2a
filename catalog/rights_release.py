"""The rights of one release, compiled: every question about it or its tracks is a lookup."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from catalog.rights import Timetable, timetable
from catalog.rights_anywhere import WHATEVER, Unit, anywhere
from catalog.rights_policy import DEFAULT, RightsPolicy
from catalog.rights_show import show_table
from catalog.rights_terms import ReleaseTerms, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from catalog.deal_terms import DealTerms
    from catalog.rights import Verdict
    from catalog.rights_anywhere import Anywhere, Wanted
    from catalog.rights_show import Shown, ShowTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who listens: territory (ISO 3166-1), tier, and the (commercial model, use) pairs of it."""

    territory: str
    tier: str
    wanted: tuple[tuple[str, str], ...]
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """The one text that stands for all of it in look-ups."""
        object.__setattr__(self, "key", repr((self.territory, self.tier, self.wanted)))


MOST_AUDIENCES = 4096


@dataclass(frozen=True, slots=True)
class Tables:
    """The timetables of one release for one audience: of the release, of a track without deals of
    its own, then of each track with its own; `slots` says which, by recording."""

    tables: tuple[Timetable, ...]
    slots: Mapping[str, int]

    def of(self, recording: str) -> Timetable:
        """The timetable of a recording; `""` is the release as a whole."""
        return self.tables[self.slots.get(recording, 1) if recording else 0]

    @property
    def one(self) -> Timetable | None:
        """The timetable of everything, where the release and all its tracks stand alike."""
        first = self.tables[0]
        return first if all(table is first for table in self.tables) else None


_NOBODY = Subject(reference="")
_BARE = Subject(reference="", kind="TrackRelease")


class ReleaseRights:
    """Rights of a release and its tracks under the policy of its feed; values go in, nothing else.

    What was asked once is kept, so an instance is made once per digest: see `RightsBook`.
    """

    __slots__ = ("_instant", "_shown", "_slots", "_tables", "_units", "main", "policy", "terms")

    def __init__(self, terms: ReleaseTerms, policy: RightsPolicy = DEFAULT) -> None:
        self.terms = terms
        self.policy = policy
        self.main = self.subjects[0]
        self._instant = frozenset(r for t in terms.deals for r in t.instant_gratification)
        self._slots: dict[str, int] = {}
        self._units = self._unlike()
        self._tables: dict[str, Tables] = {}
        self._shown: dict[tuple[str, str], ShowTable] = {}

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The releases of the message, the main release first."""
        return self.terms.subjects or (_NOBODY,)

    def verdict(self, recording: str, audience: Audience, at: datetime) -> Verdict:
        """The verdict on a recording of the release; `""` is the release as a whole."""
        return self.tables(audience).of(recording).at(at)

    def tables(self, audience: Audience) -> Tables:
        """All verdicts of all times for an audience, made when they are first asked for."""
        found = self._tables.get(audience.key)
        if found is None:
            if len(self._tables) >= MOST_AUDIENCES:  # who has so many invents them
                self._tables, self._shown = {}, {}
            found = self._tables[audience.key] = self._compiled(audience)
        return found

    def shown(self, recording: str, territory: str, at: datetime) -> Shown:
        """What of the release, or of the track of a recording, may be shown."""
        table = self._shown.get((recording, territory))
        if table is None:
            subject = self.subject(recording)
            deals = dict.fromkeys((*self.main.deals, *subject.deals))
            said = dict.fromkeys((*self.main.visibilities, *subject.visibilities))
            table = show_table(
                [self.terms.deals[index] for index in deals],
                [self.terms.visibilities[index] for index in said],
                territory=territory,
                policy=self.policy,
            )
            self._shown[recording, territory] = table
        return table.at(at)

    def subject(self, recording: str) -> Subject:
        """The main release for `""`, else the track release of this recording; a recording
        without one is a track that nobody sells singly."""
        if not recording:
            return self.main
        return next((s for s in self.subjects[1:] if s.recording == recording), _BARE)

    def of_subject(self, subject: Subject, audience: Audience) -> Timetable:
        """All verdicts on one release of the message, a clip release too."""
        if subject is self.main or subject.recording:
            return self.tables(audience).of(subject.recording)
        return self._compile(subject, audience)

    def _unlike(self) -> list[Subject]:
        """One release for each set of deals: the main release, a track without deals of its own,
        then the others; `_slots` says which stands for a recording."""
        units = [self.main, _BARE]
        known = {self._likeness(_BARE): 1}
        for subject in self.subjects[1:]:
            slot = known.setdefault(self._likeness(subject), len(units))
            if slot == len(units):
                units.append(subject)
            if subject.recording and slot != 1:
                self._slots.setdefault(subject.recording, slot)
        return units

    def _likeness(self, subject: Subject) -> tuple[object, ...]:
        return subject.kind, subject.deals, self._gratified(subject)

    def _gratified(self, subject: Subject) -> frozenset[str]:
        """The resources that instant gratification of a deal may open: a track's own."""
        return frozenset() if subject is self.main else frozenset(subject.resources) & self._instant

    def _compiled(self, audience: Audience) -> Tables:
        made: list[Timetable] = []
        for unit in self._units:
            table = _shared(self._groups(unit), audience, self._gratified(unit), self.policy)
            made.append(next((known for known in made if known == table), table))
        return Tables(tuple(made), self._slots)

    def _compile(self, subject: Subject, audience: Audience) -> Timetable:
        return _timetable(self._groups(subject), audience, self._gratified(subject), self.policy)

    def anywhere(self, at: datetime, wanted: Wanted = WHATEVER) -> Anywhere:
        """Over all territories, of the release and its tracks; not for the hot path."""
        return anywhere(self._everything(), wanted, at, self.policy)

    def announced(self, at: datetime) -> Anywhere:
        """The same, as if deals of pre-orders and those agreed elsewhere granted what they say:
        whether there is, or will be, something to tell of."""
        said = (
            Unit(tuple(tuple(map(_as_granted, group)) for group in unit.groups))
            for unit in self._everything()
        )
        return anywhere(said, WHATEVER, at, self.policy)

    def _everything(self) -> Iterator[Unit]:
        for subject in self._units if self.terms.subjects[1:] else self._units[:1]:
            yield Unit(self._groups(subject), self._gratified(subject))

    def _groups(self, subject: Subject) -> tuple[tuple[DealTerms, ...], ...]:
        """The deals of the release itself, then those of others that speak for it."""
        own = self.terms.deals_of(subject)
        if subject is self.main:
            tracks = [each for each in self.subjects[1:] if each.kind == "TrackRelease"]
            others = tracks if self.policy.tracks_open_album else []
        else:
            covered = self.policy.album_covers_tracks and subject.kind == "TrackRelease"
            others = [self.main] if covered else []
        return (own, *(self.terms.deals_of(other) for other in others))


def _timetable(
    groups: tuple[tuple[DealTerms, ...], ...],
    audience: Audience,
    resources: frozenset[str],
    policy: RightsPolicy,
) -> Timetable:
    return timetable(
        groups,
        territory=audience.territory,
        wanted=audience.wanted,
        plan=audience.tier,
        resources=resources,
        policy=policy,
    )


_shared = lru_cache(maxsize=65_536)(_timetable)
"""Releases with equal deals share their timetables: most of a label's come with the same ones."""


def _as_granted(terms: DealTerms) -> DealTerms:
    return replace(terms, is_pre_order=False, is_out_of_band=False)


class Desk(dict[str, "Timetable | Tables"]):
    """Verdicts on all releases of a book under one policy for one audience, by their digests."""

    def __init__(self, kept: Mapping[str, ReleaseRights], audience: Audience) -> None:
        super().__init__()
        self._kept = kept
        self._audience = audience

    def __missing__(self, digest: str) -> Timetable | Tables:
        """Compiled when it is first asked for; KeyError when the book has no such digest."""
        tables = self._kept[digest].tables(self._audience)
        found = self[digest] = tables.one or tables
        return found

    def verdict(self, digest: str, recording: str, at: datetime) -> Verdict:
        """The verdict on a recording of a release; `""` is the release as a whole.

        `at` is aware. A look-up and a search among a handful of instants: `segue bench rights`.
        """
        table = self[digest]
        if isinstance(table, Tables):
            table = table.tables[table.slots.get(recording, 1) if recording else 0]
        half = len(table) >> 1  # as `Timetable.at`, without the call
        found: Verdict = table[bisect_right(table, at, 1, half) - 1 + half]
        return found


class RightsBook:
    """The one cache of rights: compiled releases by the digest of their terms and by policy.

    What is kept can't be out of date, because a release whose terms change has another digest.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._kept: dict[RightsPolicy, dict[str, ReleaseRights]] = {}
        self._desks: dict[tuple[RightsPolicy, str], Desk] = {}

    def under(self, policy: RightsPolicy) -> Mapping[str, ReleaseRights]:
        """What is kept under this policy, by digest; it goes on changing."""
        return self._kept.setdefault(policy, {})

    def desk(self, policy: RightsPolicy, audience: Audience) -> Desk:
        """Verdicts for this audience on what was read under this policy."""
        found = self._desks.get((policy, audience.key))
        if found is None:
            if len(self._desks) >= MOST_AUDIENCES:
                self._desks.clear()
            found = self._desks[policy, audience.key] = Desk(self.under(policy), audience)
        return found

    def read(
        self, digest: str, policy: RightsPolicy, terms: Callable[[], ReleaseTerms]
    ) -> ReleaseRights:
        """The rights of these terms; `terms` is called when they are not kept. Terms without a
        digest are compiled and not kept."""
        kept = self._kept.setdefault(policy, {})
        found = kept.get(digest) if digest else None
        if found is None:
            found = ReleaseRights(terms(), policy)
            if digest:
                if len(kept) >= self._most:  # rare: start again rather than count uses
                    kept.clear()
                    self._desks.clear()
                kept[digest] = found
        return found
