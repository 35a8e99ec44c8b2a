"""A release with its tracks, its display dates, and the book that keeps what was compiled."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from catalog.deal_terms import ShowTerms
from catalog.rights import ReasonCode
from catalog.rights_answers import verdict_rows
from catalog.rights_anywhere import tables_of
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import Audience, ReleaseRights, RightsBook
from catalog.rights_show import KINDS
from catalog.rights_terms import ReleaseTerms, Subject, VisibilityTerms, release_terms
from ddex.ern.model import (
    Deal,
    Header,
    Identifier,
    Localized,
    Message,
    Period,
    Release,
    Resource,
    Visibility,
)
from tests.unit.catalog.rights_cases import terms as deal

DE = Audience(territory="DE", tier="", wanted=(("SubscriptionModel", "OnDemandStream"),))
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ALBUM = Subject(reference="R0", identifier="04006381333931", title="Album", deals=(0,))
TRACK = Subject(reference="R1", kind="TrackRelease", recording="one", resources=("A1",), deals=(1,))
CLIP = Subject(reference="R2", kind="ClipRelease", resources=("A2",))


def release(*deals: str, subjects: tuple[Subject, ...] = (ALBUM, TRACK, CLIP)) -> ReleaseTerms:
    said = tuple(deal(text, number) for number, text in enumerate(deals, 1))
    return ReleaseTerms(subjects, said)


TERMS = release("DE : Sub / OD : 2026-01-01..", "FR : Sub / OD : 2026-01-01..2026-08-01")


def test_the_album_covers_its_tracks_and_those_without_a_track_release_but_no_clips() -> None:
    rights = ReleaseRights(TERMS)
    assert rights.verdict("", DE, NOW).allowed
    assert rights.verdict("one", DE, NOW).allowed
    assert rights.verdict("unheard of", DE, NOW).allowed
    assert rights.of_subject(CLIP, DE).at(NOW).reason.code is ReasonCode.NO_DEALS


def test_a_feed_may_say_that_the_album_does_not() -> None:
    rights = ReleaseRights(TERMS, RightsPolicy(album_covers_tracks=False))
    assert not rights.verdict("one", DE, NOW).allowed
    assert not rights.verdict("unheard of", DE, NOW).allowed
    upward = ReleaseRights(TERMS, RightsPolicy(tracks_open_album=True))
    assert upward.verdict("", replace(DE, territory="FR"), NOW).allowed
    assert not ReleaseRights(TERMS).verdict("", replace(DE, territory="FR"), NOW).allowed


def test_a_policy_of_a_feed_is_read_and_nonsense_in_it_is_not_said() -> None:
    said = {"rights": {"tis": True, "album_covers_tracks": "no", "other": False}, "name": "strict"}
    assert RightsPolicy.from_json(said) == RightsPolicy(tis=True)
    assert RightsPolicy.from_json({"rights": [1]}) == RightsPolicy.from_json(None) == RightsPolicy()


def test_rows_tell_each_release_the_main_one_first() -> None:
    rows = verdict_rows(ReleaseRights(TERMS), DE, NOW)
    assert [row["release_reference"] for row in rows] == ["R0", "R1", "R2"]
    assert rows[0] == {
        "release_reference": "R0",
        "identifier": "04006381333931",
        "title": "Album",
        "allowed": True,
        "reason": "allowed: Available.",
        "deal": "deal 1",
        "since": "2025-12-31T23:00:00+00:00",
        "until": None,
        "next_change": None,
    }
    assert rows[2]["reason"] == "no_deals: Its sender has no deal for it, anywhere. (Deal)"
    assert len(verdict_rows(ReleaseRights(TERMS), DE, NOW, only={"one"})) == 2


def test_anywhere_is_over_all_territories_that_are_named() -> None:
    pairs = DE.wanted
    nothing = ReleaseRights(release(subjects=())).anywhere(NOW, pairs)
    assert (nothing.allowed, nothing.opens, nothing.next_change) == (False, None, None)
    later = ReleaseRights(release("NZ,US : Sub / OD : 2026-08-01..", subjects=(ALBUM,)))
    found = later.anywhere(NOW, pairs)
    assert not found.allowed
    assert found.opens == found.next_change == datetime(2026, 7, 31, 12, tzinfo=UTC)
    assert ReleaseRights(TERMS).anywhere(NOW, pairs).allowed
    changes = ReleaseRights(TERMS).anywhere(NOW, pairs).next_change
    assert changes == datetime(2026, 8, 1, 22, tzinfo=UTC)  # the track's own deal in France ends


def test_anywhere_takes_what_is_asked_for_or_whatever_is_granted() -> None:
    sold = ReleaseRights(release("DE : Pay / PD : 2026-01-01..2026-07-31", subjects=(ALBUM,)))
    assert not sold.anywhere(NOW, DE.wanted).allowed
    found = sold.anywhere(NOW)
    assert found.allowed
    assert found.next_change == datetime(2026, 7, 31, 22, tzinfo=UTC)
    nothing = ReleaseRights(release("DE : / OD : 2026-01-01..", "DE : Sub / : 2026-01-01.."))
    assert not nothing.anywhere(NOW).allowed


def test_what_is_announced_may_not_be_played_yet() -> None:
    early = ReleaseRights(release("DE : Sub / OD : 2026-01-01.. : pre", subjects=(ALBUM,)))
    assert not early.anywhere(NOW).allowed
    assert early.announced(NOW).allowed


def test_deals_that_differ_in_their_places_only_cost_one() -> None:
    """Also where each of many tracks has a deal of its own for fifty thousand codes."""
    codes = tuple(f"{n:05d}" for n in range(50_000))
    album = deal("DE : Sub / OD : 2026-01-01..", 1)
    deals = [replace(album, number=n, territories=("DE", *codes)) for n in range(1, 501)]
    tracks = [
        Subject(reference=f"R{n}", kind="TrackRelease", recording=str(n), deals=(n,))
        for n in range(1, 500)
    ]
    before = tables_of.cache_info().misses
    rights = ReleaseRights(ReleaseTerms((ALBUM, *tracks), tuple(deals)))
    assert rights.anywhere(NOW + timedelta(days=1)).allowed
    assert tables_of.cache_info().misses - before <= 3  # the album, a track without deals, one with


def shown(
    *said: dict[str, str], visible: tuple[VisibilityTerms, ...] = (), at: str, **policy: bool
) -> list[str]:
    """What may be shown at a time in Germany of a release with one deal from the 1st of July on,
    and with these display dates in deals of its own each."""
    first = deal("DE : Sub / OD : 2026-07-01..", 1)
    deals = tuple(replace(first, shows=ShowTerms(**dates)) for dates in said) or (first,)
    subject = Subject(
        reference="R0", deals=tuple(range(len(deals))), visibilities=tuple(range(len(visible)))
    )
    rights = ReleaseRights(ReleaseTerms((subject,), deals, visible), RightsPolicy(**policy))
    state = rights.shown("", "DE", datetime.fromisoformat(at))
    return [kind for kind in KINDS if getattr(state, kind)]


ALL = list(KINDS)
STEPS = {"release": "2026-05-01", "tracks": "2026-05-10", "cover": "2026-05-20"}


@pytest.mark.parametrize(
    ("dates", "at", "kinds"),
    [
        ({}, "1990-01-01T00:00Z", ALL),
        ({"release": "2026-06-01"}, "2026-05-31T23:59+02:00", []),
        ({"release": "2026-06-01"}, "2026-06-01T00:00+02:00", ALL),
        (STEPS, "2026-04-30T23:59+02:00", []),
        (STEPS, "2026-05-01T00:00+02:00", ["release", "clips"]),
        (STEPS, "2026-05-10T00:00+02:00", ["release", "tracks", "clips"]),
        (STEPS, "2026-05-20T00:00+02:00", ALL),
        ({"release": "2026-05-01", "clips": "2026-06-15"}, "2026-06-14T00:00Z", ALL[:3]),
        ({"release": "2026-05-01", "clips": "2026-06-15"}, "2026-06-16T00:00Z", ALL),
        ({"release": "2026-06-01", "pre_order": "2026-05-01"}, "2026-05-02T00:00Z", ["release"]),
        ({"release": "2026-09-01"}, "2026-07-01T00:00+02:00", ALL),
        ({"release": "soon"}, "2026-06-30T00:00Z", []),
        ({"release": "soon"}, "2026-07-01T00:00+02:00", ALL),
        ({"tracks": "2026-06-01"}, "2026-05-01T00:00Z", ["release", "cover", "clips"]),
        ({"release": "2026-06-01T12:00:00Z"}, "2026-06-01T11:59Z", []),
        ({"release": "2026-06-01T12:00:00Z"}, "2026-06-01T12:00Z", ALL),
    ],
)
def test_what_is_shown_when(dates: dict[str, str], at: str, kinds: list[str]) -> None:
    assert shown(dates, at=at) == kinds


def test_the_earliest_of_several_deals_shows_it() -> None:
    assert (
        shown({"release": "2026-06-01"}, {"release": "2026-05-01"}, at="2026-05-02T00:00Z") == ALL
    )


def test_without_dates_a_feed_may_show_nothing_before_the_deal() -> None:
    assert shown(at="2026-06-30T21:59Z", announce_undated=False) == []
    assert shown(at="2026-06-30T22:00Z", announce_undated=False) == ALL


def test_visibility_counts_in_its_territories() -> None:
    dates = ShowTerms(release="2026-06-01T00:00:00")
    everywhere = VisibilityTerms(shows=dates)
    for visible, kinds in (
        (everywhere, []),
        (replace(everywhere, territories=("DE",)), []),
        (replace(everywhere, territories=("FR",)), ALL),
        (replace(everywhere, excluded_territories=("DE",)), ALL),
        (replace(everywhere, excluded_territories=("FR",)), []),
    ):
        assert shown(visible=(visible,), at="2026-05-31T21:59Z") == kinds
    assert shown(visible=(everywhere,), at="2026-05-31T22:00Z") == ALL


def test_a_takedown_hides_everything_while_it_holds() -> None:
    terms = release("DE : Sub / OD : 2026-01-01..", "DE : / : 2026-06-01..2026-06-30 : down",
                    subjects=(replace(ALBUM, deals=(0, 1)),))  # fmt: skip
    rights = ReleaseRights(terms)
    for at, expected in (("2026-05-31T21:59Z", True), ("2026-06-01T00:00+02:00", False),
                         ("2026-07-01T00:00+02:00", True)):  # fmt: skip
        assert rights.shown("", "DE", datetime.fromisoformat(at)).release is expected
    assert rights.shown("", "FR", NOW).release
    assert not rights.shown("", "ZZ", NOW).release


def test_the_book_keeps_by_digest_and_policy_and_forgets_the_oldest() -> None:
    book = RightsBook(most=2)
    calls: list[int] = []

    def terms() -> ReleaseTerms:
        calls.append(1)
        return TERMS

    first = book.read("a", RightsPolicy(), terms)
    assert book.read("a", RightsPolicy(), terms) is first
    assert book.read("a", RightsPolicy(tis=True), terms) is not first
    assert book.read("", RightsPolicy(), terms) is not book.read("", RightsPolicy(), terms)
    book.read("b", RightsPolicy(), terms)
    book.read("c", RightsPolicy(), terms)
    assert set(book.under(RightsPolicy())) == {"c"}  # it was full, and began again
    assert len(calls) == 6


def test_equal_deals_are_compiled_once() -> None:
    rights = ReleaseRights(
        release("DE : Sub / OD : 2026-01-01..",
                subjects=(ALBUM, *(replace(TRACK, recording=f"r{n}", deals=()) for n in range(9))))
    )  # fmt: skip
    tables = rights.tables(DE)
    assert tables.of("r1") is tables.of("r2") is tables.of("unheard of") is tables.of("")
    assert tables.one is tables.of("")  # the album's deal is all there is
    assert ReleaseRights(TERMS).tables(DE).one is None


def test_a_desk_says_what_the_release_says() -> None:
    book = RightsBook()
    plain = release("DE : Sub / OD : 2026-01-01..2026-06-30", subjects=(ALBUM,))
    rights = {"plain": book.read("plain", RightsPolicy(), partial(_same, plain)),
              "own": book.read("own", RightsPolicy(), partial(_same, TERMS))}  # fmt: skip
    desk = book.desk(RightsPolicy(), DE)
    for at in (NOW, datetime(2026, 6, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)):
        for name, recording in itertools.product(rights, ("", "one", "unheard of")):
            expected = rights[name].verdict(recording, DE, at)
            assert desk.verdict(name, recording, at) is expected
    assert book.desk(RightsPolicy(), DE) is desk
    with pytest.raises(KeyError):
        desk.verdict("never read", "", NOW)


def test_a_message_becomes_terms_and_terms_survive_json() -> None:
    terms = release_terms(_message(), {"A1": "rec"})
    assert [(s.reference, s.kind, s.identifier, s.title, s.recording) for s in terms.subjects] == [
        ("R0", "Release", "4006381333931", "Album", ""),
        ("R1", "TrackRelease", "GBAYE2600001", "Song", "rec"),
    ]
    assert [s.deals for s in terms.subjects] == [(0,), (0, 1)]
    assert [s.visibilities for s in terms.subjects] == [(0,), ()]
    assert [d.number for d in terms.deals] == [1, 2]
    assert terms.deals[0].shows.release == "2025-12-01"
    assert ReleaseTerms.from_json(terms.to_json()) == terms
    assert terms.digest == ReleaseTerms.from_json(terms.to_json()).digest
    assert terms.digest != release_terms(_message(), {}).digest
    assert release_terms(replace(_message(), releases=())).subjects == ()


def _message() -> Message:
    given: dict[str, Any] = {
        "commercial_models": ("SubscriptionModel",),
        "use_types": ("Stream",),
        "territories": ("DE",),
        "periods": (Period(start="2026-01-01"),),
    }
    track = Release(reference="R1", kind="TrackRelease", resource_references=("A1",))
    album = Release(
        reference="R0",
        is_main=True,
        identifiers=(Identifier(kind="ICPN", value="4006381333931"),),
        titles=(Localized(text="Album"),),
    )
    sound = Resource(
        reference="A1",
        kind="SoundRecording",
        identifiers=(Identifier(kind="ISRC", value="GB-AYE-26-00001"),),
        titles=(Localized(text="Song"),),
    )
    return Message(
        type="NewReleaseMessage",
        version="43",
        header=Header(message_id="M"),
        resources=(sound,),
        releases=(track, album),
        deals=(
            Deal(release_references=("R0", "R1"), release_display_start="2025-12-01", **given),
            Deal(release_references=("R1", "R1"), **given),
        ),
        visibilities=(Visibility(reference="V1", release_references=("R0",), territories=("DE",)),),
    )


def _same(terms: ReleaseTerms) -> ReleaseTerms:
    return terms
