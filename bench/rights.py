"""Rights decisions per second, and how long a search of 200 hits takes to be judged.

Figures: `decisions_per_second` on one core over 10,000 releases with timetables in memory, asked at
random for other releases, recordings, territories, plans and instants, in CPU time of the process;
`filter_200_ms`, median wall time to judge 200 hits at random for one audience;
`compile_per_second`, releases compiled for an audience.
The reference reads the rules deal by deal at each question, as one would without a timetable.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench._common import answer, measured_in_turn, report
from catalog.deal_dates import end_instant, start_instant
from catalog.deal_terms import DealTerms
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import Audience, RightsBook
from catalog.rights_sweep import grants_use
from catalog.rights_terms import ReleaseTerms, Subject
from ddex.data.territories import territories

if TYPE_CHECKING:
    from collections.abc import Callable

RELEASES = 10_000
QUESTIONS = 250_000
HITS = 200
ROUNDS = 5
PLACES = ("DE", "FR", "US", "AU")
SUBSCRIPTION = (("SubscriptionModel", "OnDemandStream"),)
FREE = (
    ("AdvertisementSupportedModel", "OnDemandStream"),
    ("FreeOfChargeModel", "OnDemandStream"),
)
AUDIENCES = tuple(
    Audience(territory=place, tier=tier, wanted=wanted)
    for place in PLACES
    for tier, wanted in (("premium", SUBSCRIPTION), ("free", FREE))
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 1500
SUB, AD = "SubscriptionModel", "AdvertisementSupportedModel"
WORLD = ("Worldwide",)
Shape = tuple[tuple[str, ...], tuple[str, ...], str, int]
LABELS: tuple[tuple[Shape, ...], ...] = (
    ((WORLD, (SUB, AD), "Stream", 0),),
    ((WORLD, (SUB,), "OnDemandStream", 0), (("US",), (AD,), "Stream", 365)),
    ((("DE", "FR"), (SUB, AD), "Stream", 0), (("US", "AU"), (SUB,), "Stream", 700)),
    ((("US",), (SUB, AD), "OnDemandStream", 365),),
    ((WORLD, (SUB,), "ConditionalDownload", 0), (("AU",), (SUB,), "Stream", 90)),
    ((WORLD, (SUB, AD), "Stream", 180), (("FR",), (SUB,), "OnDemandStream", 0)),
)
"""What the labels of the catalogue agreed on: territories, models, use, days until the end."""
Question = tuple[str, str, Audience, datetime]


def measure() -> dict[str, object]:
    """The whole benchmark; one core, no threads."""
    draw = random.Random(4)
    releases = {f"release-{n:05}": _terms(draw, n) for n in range(RELEASES)}
    book = RightsBook(most=2 * RELEASES)
    policy = RightsPolicy()
    for digest in releases:
        book.read(digest, policy, partial(releases.__getitem__, digest))
    compiled = _compile(book, policy, releases)
    questions = [_question(draw) for _ in range(QUESTIONS)]
    filters = [timed_filter(book, policy, draw) for _ in range(101)]
    pairs = measured_in_turn(
        lambda: _rate(lambda: _decide(book, policy, questions), len(questions)),
        lambda: _rate(lambda: _read(releases, questions[: QUESTIONS // 50]), QUESTIONS // 50),
    )
    allowed = _decide(book, policy, questions)
    figures = {
        "decisions_per_second": round(statistics.median(pairs.ours)),
        "filter_200_ms": round(statistics.median(filters) * 1000, 4),
        "filter_200_worst_ms": round(max(filters) * 1000, 4),
        "compile_per_second": compiled,
        "releases": RELEASES,
        "timetables": RELEASES * len(AUDIENCES),
        "different_timetables": _different(book, policy),
        "questions": len(questions),
        "allowed_share": round(allowed / len(questions), 3),
        **pairs.figures("per_second"),
    }
    return report("rights", "the rules read deal by deal", {"decisions": pairs.ratio}, figures)


def _different(book: RightsBook, policy: RightsPolicy) -> int:
    """How many are not shared with a release of equal deals."""
    tables = {
        id(table)
        for rights in book.under(policy).values()
        for audience in AUDIENCES
        for table in rights.tables(audience).tables
    }
    return len(tables)


def _terms(draw: random.Random, number: int) -> ReleaseTerms:
    """A release with three tracks: one of its label's sets of deals from some Friday on; one in ten
    opens on a day of its own, and in a quarter of them a track has a deal of its own."""
    day = BEGIN + timedelta(days=4 + 7 * draw.randrange(DAYS // 7))
    if draw.random() < 0.1:
        day += timedelta(days=draw.randrange(7))
    shapes = draw.choice(LABELS)
    deals = tuple(_deal(shape, day, place) for place, shape in enumerate(shapes, 1))
    own = draw.choice((0, 0, 0, 2))
    shared = tuple(range(len(deals)))
    if own:
        deals = (*deals, _deal(shapes[0], day - timedelta(days=28), len(deals) + 1))
    tracks = (
        Subject(reference=f"R{t}", kind="TrackRelease", recording=f"track-{number}-{t}",
                deals=(len(deals) - 1,) if t == own else shared)
        for t in range(1, 4)
    )  # fmt: skip
    return ReleaseTerms((Subject(reference="R0", deals=shared), *tracks), deals)


def _deal(shape: Shape, day: datetime, number: int) -> DealTerms:
    territories, models, use, days = shape
    end = (day + timedelta(days=days)).date().isoformat() if days else ""
    return DealTerms(
        territories=territories,
        commercial_models=models,
        use_types=(use,),
        periods=((day.date().isoformat(), end),),
        number=number,
    )


def _question(draw: random.Random, among: int = RELEASES) -> Question:
    number = draw.randrange(among)
    digest = f"release-{number:05}"
    recording = draw.choice(["", *(f"track-{number}-{t}" for t in range(1, 4))])
    at = BEGIN + timedelta(seconds=draw.randrange(DAYS * 86_400))
    return digest, recording, draw.choice(AUDIENCES), at


def _compile(book: RightsBook, policy: RightsPolicy, releases: dict[str, ReleaseTerms]) -> int:
    """Make every timetable once; how many releases and audiences a second."""
    began = time.perf_counter()
    for digest in releases:
        for audience in AUDIENCES:
            book.desk(policy, audience)[digest]
    return round(RELEASES * len(AUDIENCES) / (time.perf_counter() - began))


def _decide(book: RightsBook, policy: RightsPolicy, questions: list[Question]) -> int:
    """Answer all questions; how many may be heard."""
    desks = {audience.key: book.desk(policy, audience) for audience in AUDIENCES}
    heard = 0
    for digest, recording, audience, at in questions:
        if desks[audience.key].verdict(digest, recording, at).allowed:
            heard += 1
    return heard


def _rate(work: Callable[[], object], count: int) -> float:
    began = time.process_time()  # of this core, whatever else the machine does
    work()
    return count / (time.process_time() - began)


def timed_filter(book: RightsBook, policy: RightsPolicy, draw: random.Random) -> float:
    """Seconds to judge 200 hits for one audience at one instant."""
    hits = [_question(draw)[:2] for _ in range(HITS)]
    audience, at = draw.choice(AUDIENCES), BEGIN + timedelta(days=draw.randrange(DAYS))
    began = time.perf_counter()
    desk = book.desk(policy, audience)
    kept = [hit for hit in hits if desk.verdict(*hit, at).allowed]
    took = time.perf_counter() - began
    assert len(kept) <= HITS  # noqa: S101 - the list is what was timed
    return took


def _read(releases: dict[str, ReleaseTerms], questions: list[Question]) -> int:
    """The reference: all deals read at every question."""
    return sum(
        _allows(releases[digest], recording, audience, at)
        for digest, recording, audience, at in questions
    )


def _allows(terms: ReleaseTerms, recording: str, audience: Audience, at: datetime) -> bool:
    zone = territories()[audience.territory].tzinfo
    track = next((s for s in terms.subjects if s.recording == recording), None)
    indices = {*terms.subjects[0].deals, *(track.deals if track else ())}
    for deal in (terms.deals[index] for index in indices):
        if not {"Worldwide", audience.territory} & set(deal.territories):
            continue
        for model, use in audience.wanted:
            if model in deal.commercial_models and grants_use(deal.use_types, use):
                for start, end in deal.periods:
                    begin = start_instant(start, zone)
                    if begin <= at < end_instant(end, zone):
                        return True
    return False


if __name__ == "__main__":
    sys.exit(answer(measure, sys.argv[1:]))
