"""What single messages make of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog import fold
from catalog.models import Event, Recording, Release, Track
from catalog.rights_terms import ReleaseTerms
from core.ids import public_id
from ddex.ern.model import (
    ContentItem,
    Deal,
    Header,
    Identifier,
    Period,
    Release as ErnRelease,
    ResourceGroup,
)
from tests.integration.catalog.world import (
    OWNERS,
    STREAM,
    Said,
    catalogue,
    group_of,
    message,
    tell,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

pytestmark = pytest.mark.integration
ALBUM = Said(tracks=((0, 0), (1, 0)))


@pytest.fixture
def session() -> Iterator[Session]:
    database = catalogue()
    with database.write() as opened:
        yield opened
    database.close()


def test_a_dpid_is_the_same_owner_in_every_spelling() -> None:
    spelled = replace(message(ALBUM).header, sender_dpid="pa-dpida-2026000001-a")
    assert fold.owner_of(replace(message(ALBUM), header=spelled)) == OWNERS[0]


def test_ids_are_derived_from_owner_and_identifiers(session: Session) -> None:
    tell(session, ALBUM)
    release = session.scalars(select(Release)).one()
    assert release.id == public_id("release", OWNERS[0], "04006381333930")
    assert release.artist_id == public_id("party", OWNERS[0], "The Lanterns")
    assert [
        (r.id, r.isrc) for r in session.scalars(select(Recording).order_by(Recording.isrc))
    ] == [
        (public_id("recording", OWNERS[0], "GBAYE2600000"), "GBAYE2600000"),
        (public_id("recording", OWNERS[0], "GBAYE2600001"), "GBAYE2600001"),
    ]


def test_the_owner_is_whom_the_sender_sends_for() -> None:
    sent = replace(
        message(ALBUM),
        header=Header(message_id="m", sender_dpid=OWNERS[0], on_behalf_of_dpid=OWNERS[1]),
    )
    assert fold.owner_of(sent) == OWNERS[1]


@pytest.mark.parametrize(
    ("identifiers", "identity"),
    [
        (("ICPN=0123456789012", "GRid=A1-2425G-ABC1234002-M"), "00123456789012"),
        (("GRid=a1-2425g-abc1234002-m", "ProprietaryId=x"), "A12425GABC1234002M"),
        (("ProprietaryId=Album 7",), "PADPIDA2026000001A::Album 7"),
        ((), "R0"),
    ],
)
def test_the_identity_of_a_release(identifiers: tuple[str, ...], identity: str) -> None:
    split = (text.partition("=") for text in identifiers)
    release = ErnRelease(
        reference="R0",
        identifiers=tuple(
            Identifier(
                kind=kind,
                value=value,
                namespace=OWNERS[0] if kind == "ProprietaryId" else "",
            )
            for kind, _, value in split
        ),
    )
    assert fold.identity_of(release) == identity


def test_recordings_without_identifiers_do_not_meet_in_their_anchors(session: Session) -> None:
    for number in (0, 1):
        said = Said(release=number)
        sent = message(said)
        bare = tuple(replace(resource, identifiers=()) for resource in sent.resources)
        tell(session, said, replace(sent, resources=bare))
    assert len(session.scalars(select(Recording)).all()) == 2


def test_deals_are_stored_as_their_terms(session: Session) -> None:
    track_release = ErnRelease(reference="R1", kind="TrackRelease", resource_references=("A2",))
    track_deal = replace(STREAM, release_references=("R1",), territories=("FR", "DE"))
    sent = message(ALBUM)
    tell(
        session,
        ALBUM,
        replace(sent, releases=(*sent.releases, track_release), deals=(STREAM, track_deal)),
    )
    release = session.scalars(select(Release)).one()
    rights = ReleaseTerms.from_json(release.rights)
    (album,) = rights.deals_of(rights.subjects[0])
    assert (album.territories, album.periods) == (("Worldwide",), (("2026-01-01", ""),))
    first, second = session.scalars(select(Track).order_by(Track.position))
    (own,) = (s for s in rights.subjects if s.recording)
    assert own.recording == second.recording_id != first.recording_id
    assert [deal.territories for deal in rights.deals_of(own)] == [("FR", "DE")]


def _discs(*names: str) -> ResourceGroup:
    return ResourceGroup(
        groups=tuple(
            replace(group_of(*name.split()), sequence=number)
            for number, name in reversed(list(enumerate(names, 1)))
        )
    )


def _places(group: ResourceGroup | None) -> list[tuple[int, int, str]]:
    said = Said(tracks=tuple((number, 0) for number in range(4)))
    sent = message(said, group)
    return [(p.disc, p.number, p.resource.reference) for p in fold.placed(sent)]


def test_discs_in_their_order() -> None:
    assert _places(_discs("A1 A2", "A3 A4")) == [
        (1, 1, "A1"),
        (1, 2, "A2"),
        (2, 1, "A3"),
        (2, 2, "A4"),
    ]


def test_items_follow_their_sequence_numbers() -> None:
    group = ResourceGroup(
        items=(
            ContentItem(resource_reference="A2", sequence=2),
            ContentItem(resource_reference="A1", sequence=1),
        )
    )
    assert _places(group) == [(1, 1, "A1"), (1, 2, "A2")]


def test_groups_within_a_disc_are_its_tracks() -> None:
    work = replace(_discs("A1 A2", "A3"), sequence=1)
    assert _places(ResourceGroup(groups=(work, replace(group_of("A4"), sequence=2)))) == [
        (1, 1, "A1"),
        (1, 2, "A2"),
        (1, 3, "A3"),
        (2, 1, "A4"),
    ]


def test_a_group_without_recordings_is_no_disc() -> None:
    assert _places(_discs("A90", "A1", "A90 A2")) == [(1, 1, "A1"), (2, 1, "A2")]


def test_a_release_without_groups_lists_its_resources() -> None:
    sent = message(ALBUM)
    [main] = sent.releases
    plain = replace(main, resource_group=None, resource_references=("A2", "A90", "A1"))
    places = fold.placed(replace(sent, releases=(plain,)))
    assert [(p.disc, p.number, p.resource.reference) for p in places] == [
        (1, 1, "A2"),
        (1, 2, "A1"),
    ]


def test_no_main_release_says_nothing(session: Session) -> None:
    assert tell(session, ALBUM, replace(message(ALBUM), releases=())) is None
    assert session.scalars(select(Release)).all() == []


def test_take_down_and_return(session: Session) -> None:
    kinds = []
    for number, deals in enumerate(((STREAM,), (STREAM,), (), (STREAM,))):
        event = tell(session, replace(ALBUM, stamp=number, deals=deals, title=f"T{number}"))
        assert event is not None
        kinds.append((event.kind, session.scalars(select(Release.state)).one()))
    assert kinds == [
        ("made_available", "available"),
        ("changed", "available"),
        ("taken_down", "taken_down"),
        ("made_available", "available"),
    ]
    assert len(session.scalars(select(Event)).all()) == 4


def test_a_take_down_by_a_marked_deal(session: Session) -> None:
    """As ERN 3.8 says it."""
    event = tell(
        session, replace(ALBUM, deals=(Deal(release_references=("R0",), is_takedown=True),))
    )
    assert event is not None
    assert event.kind == "taken_down"


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("2026-11-19", "taken_down"),
        ("2026-11-21", "available"),  # a day lasts to its end, and longest in the west
        ("2026-11-21T11:59:00Z", "taken_down"),
        ("2026-12-31", "available"),
        ("no date", "taken_down"),
        ("", "available"),
    ],
)
def test_a_take_down_by_deals_that_were_over(session: Session, end: str, state: str) -> None:
    ended = replace(STREAM, periods=(Period(start="2026-01-01", end=end),))
    tell(session, replace(ALBUM, deals=(ended,)))
    assert session.scalars(select(Release.state)).one() == state


def test_an_older_message_is_not_applied(session: Session) -> None:
    assert tell(session, replace(ALBUM, stamp=1, title="New")) is not None
    assert tell(session, replace(ALBUM, stamp=0, title="Old")) is None
    assert session.scalars(select(Release.title)).one() == "New"


def test_binaries_stay_until_they_are_sent_again() -> None:
    update = Said(stamp=1, title="New", tracks=((0, None), (1, None)), cover=None)
    replaced = Said(stamp=2, title="New", tracks=((0, 7), (1, None)), cover=8)
    kept, new = told([ALBUM, update]), told([ALBUM, update, replaced])
    assert set(_masters(kept)) == {"audio 0 0", "audio 1 0"}
    assert kept["releases"][0]["artwork"] == "cover 0"
    assert set(_masters(new)) == {"audio 0 7", "audio 1 0"}
    assert new["releases"][0]["artwork"] == "cover 8"
    assert [row["id"] for row in new["recordings"]] == [row["id"] for row in kept["recordings"]]


def test_a_track_that_left_the_album_leaves_the_list() -> None:
    shorter = Said(stamp=1, tracks=((1, None),), cover=None)
    [track] = told([ALBUM, shorter])["tracks"]
    assert (track["position"], track["number"]) == (1, 1)
    assert track["recording_id"] == public_id("recording", OWNERS[0], "GBAYE2600001")


def test_two_owners_of_one_isrc_have_their_own_recordings() -> None:
    found = told([ALBUM, replace(ALBUM, release=1, owner=1, feed=1)])
    assert len(found["recordings"]) == 4


def test_keys_fit_their_columns(session: Session) -> None:
    tell(session, ALBUM)
    for row in (*session.scalars(select(Release)), *session.scalars(select(Recording))):
        assert len(row.order_key) <= 130
        assert len(row.id) <= 40


def _masters(dump: dict[str, list[dict[str, object]]]) -> list[object]:
    return [row["master"] for row in dump["recordings"]]
