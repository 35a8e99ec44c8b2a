"""The rights of one release, compiled: every question about it or its tracks is a lookup."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from catalog.deal_dates import FIRST, DateUnreadable, end_instant
from catalog.rights import timetable
from catalog.rights_policy import DEFAULT, RightsPolicy
from catalog.rights_reach import reach
from catalog.rights_show import show_table
from catalog.rights_terms import ReleaseTerms, Subject
from ddex.data.territories import territories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from catalog.deal_terms import DealTerms
    from catalog.rights import Timetable, Verdict
    from catalog.rights_show import Shown, ShowTable

_LAST_DAY = timezone(-timedelta(hours=12))
"""Where a day of the calendar ends last."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Anywhere:
    """A release over all territories that its deals name.

    Attributes:
        allowed: somebody may use some of it somewhere now.
        opens: the next instant at which that begins where it is not so now, None if never.
        next_change: the next instant at which any verdict changes anywhere, None if never.
    """

    allowed: bool
    opens: datetime | None = None
    next_change: datetime | None = None


MOST_AUDIENCES = 4096


class Page(dict[str, "Timetable"]):
    """The timetables of one release for one audience, by recording; `""` is the release itself."""

    def __init__(self, rights: ReleaseRights, audience: Audience) -> None:
        super().__init__()
        self._rights = rights
        self._audience = audience

    def __missing__(self, recording: str) -> Timetable:
        """Compiled when it is first asked for."""
        subject = self._rights.subject(recording)
        made = self[recording] = self._rights.compile(subject, self._audience)
        return made


class ReleaseRights:
    """Rights of a release and its tracks under the policy of its feed; values go in, nothing else.

    What was asked once is kept, so an instance is made once per digest: see `RightsBook`.
    """

    def __init__(self, terms: ReleaseTerms, policy: RightsPolicy = DEFAULT) -> None:
        self.terms = terms
        self.policy = policy
        self.subjects = terms.subjects or (Subject(reference=""),)
        self.main = self.subjects[0]
        self._tracks = {each.recording: each for each in self.subjects[1:] if each.recording}
        self._instant = frozenset(r for t in terms.deals for r in t.instant_gratification)
        self._pages: dict[str, Page] = {}
        self._tables: dict[tuple[object, ...], Timetable] = {}
        self._shown: dict[tuple[str, str], ShowTable] = {}

    def page(self, audience: Audience) -> Page:
        """All verdicts for this audience: `page(audience)[recording].at(instant)`."""
        found = self._pages.get(audience.key)
        if found is None:
            if len(self._pages) >= MOST_AUDIENCES:
                self._forget()
            found = self._pages[audience.key] = Page(self, audience)
        return found

    def verdict(self, recording: str, audience: Audience, at: datetime) -> Verdict:
        """The verdict on a recording of the release; `""` is the release as a whole."""
        return self.page(audience)[recording].at(at)

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
        return self._tracks.get(recording) or Subject(reference="", kind="TrackRelease")

    def compile(self, subject: Subject, audience: Audience) -> Timetable:
        """All verdicts on one release of the message; the same for equal deals."""
        key = (
            audience.key,
            subject is self.main,
            subject.kind,
            subject.deals,
            self._gratified(subject),
        )
        found = self._tables.get(key)
        if found is None:
            found = self._tables[key] = self._compiled(subject, audience)
        return found

    def _forget(self) -> None:
        """Start again: nobody has so many audiences but who invents territories or plans."""
        self._pages, self._tables, self._shown = {}, {}, {}

    def _gratified(self, subject: Subject) -> frozenset[str]:
        """The resources that instant gratification of a deal may open: a track's own."""
        return frozenset() if subject is self.main else frozenset(subject.resources) & self._instant

    def _compiled(self, subject: Subject, audience: Audience) -> Timetable:
        return timetable(
            self._groups(subject),
            territory=audience.territory,
            wanted=audience.wanted,
            plan=audience.tier,
            resources=self._gratified(subject),
            policy=self.policy,
        )

    def anywhere(self, wanted: tuple[tuple[str, str], ...], at: datetime) -> Anywhere:
        """Over all territories; as costly as compiling for each, so not for the hot path."""
        said = [table.at(at) for table in self._everywhere(wanted)]
        opens = [v.until for v in said if v.until and not v.allowed]
        changes = [v.next_change for v in said if v.next_change]
        return Anywhere(
            allowed=any(verdict.allowed for verdict in said),
            opens=min(opens, default=None),
            next_change=min(changes, default=None),
        )

    def is_over(self, at: datetime) -> bool:
        """Whether nothing that the message grants, to anybody, lasts beyond this instant."""
        return not any(_lasts(terms, at) for terms in self.terms.deals if not terms.is_takedown)

    def _everywhere(self, wanted: tuple[tuple[str, str], ...]) -> Iterator[Timetable]:
        named = {
            code
            for terms in self.terms.deals
            for code in reach(
                terms.territories, terms.excluded_territories, tis=self.policy.tis
            ).members
        }
        alike = {
            (each is self.main, each.kind, each.deals, self._gratified(each)): each
            for each in self.subjects
        }
        for place in territories().values():
            if place.code in named:
                audience = Audience(territory=place.code, tier="", wanted=wanted)
                for subject in alike.values():
                    yield self._compiled(subject, audience)

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


def _lasts(terms: DealTerms, at: datetime) -> bool:
    """Whether the deal is not over yet in the last place on earth where a day ends."""
    return not terms.periods or any(_end(end) > at for _, end in terms.periods)


def _end(text: str) -> datetime:
    try:
        return end_instant(text, _LAST_DAY)
    except DateUnreadable:
        return FIRST


class RightsBook:
    """The one cache of rights: compiled releases by the digest of their terms and by policy.

    What is kept can't be out of date, because a release whose terms change has another digest.
    """

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, RightsPolicy], ReleaseRights] = OrderedDict()

    def get(self, digest: str, policy: RightsPolicy) -> ReleaseRights | None:
        """What is kept under this digest and policy."""
        return self._kept.get((digest, policy))

    def read(
        self, digest: str, policy: RightsPolicy, terms: Callable[[], ReleaseTerms]
    ) -> ReleaseRights:
        """The rights of these terms; `terms` is called when they are not kept. Terms without a
        digest are compiled and not kept."""
        found = self._kept.get((digest, policy)) if digest else None
        if found is None:
            found = ReleaseRights(terms(), policy)
            if digest:
                self._kept[digest, policy] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found
