"""The life of a release: purges, transfers, decisions, tests, take-downs in all their forms.

Every test runs with each phase done once, and with each done twice, as after a crash.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog import decisions as log_decisions, fold
from catalog.lifecycle import DecisionKind
from catalog.log import Log
from catalog.models import Decision, Feed, LoggedMessage, Recording, Release
from catalog.queries.deliveries import find_delivery
from core.errors import Conflict, Misuse, NotFound
from ingest import decisions, pipeline
from ingest.kept import StoredBooks
from server.services.chronicle import Chronicle
from tests.fixtures.packages import SIDES
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    retitled,
    rewrite,
    without_deals,
    without_media,
)

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.models import Delivery
    from distro.package import Packed
    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("times")]
OTHER = "PADPIDA2026000003Q"
THEIRS = replace(SHORT, sides=replace(SIDES, sender_dpid=OTHER))


def purge(release: Packed) -> None:
    """A PurgeReleaseMessage about the same release, by its ICPN."""
    text = release.message.read_text(encoding="utf-8")
    [icpn] = set(re.findall(r"<ReleaseId>\s*<ICPN[^>]*>(\d+)</ICPN>", text))
    rewrite(release, r"<ResourceList>.*</DealList>", "")
    rewrite(release, r"NewReleaseMessage\b", "PurgeReleaseMessage")
    gone = (
        f"<PurgedRelease><ReleaseId><ICPN>{icpn}</ICPN></ReleaseId><Title><TitleText>T"
        "</TitleText></Title></PurgedRelease>"
    )
    rewrite(release, r"</MessageHeader>.*</ern", f"</MessageHeader>{gone}</ern")
    without_media(release)


def no_isrc(release: Packed) -> None:
    """An ISRC that is none: the operator decides."""
    rewrite(release, r"\A(.*?)<ISRC>[^<]*</ISRC>", r"\1<ISRC>NOT AN ISRC</ISRC>")


def explicit(release: Packed) -> None:
    """The first recording says so of itself."""
    rewrite(release, r"\A(.*?)<ParentalWarningType>\w+", r"\1<ParentalWarningType>Explicit")


def codes(delivery: Delivery) -> set[str]:
    return {finding["code"] for finding in delivery.findings}


def releases(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(Release.title).order_by(Release.title)))


def availability(world: World, delivery_id: str) -> str | None:
    """Of the delivery's release now, as API and pages show it."""
    with world.database.read() as session:
        shown = find_delivery(session, delivery_id)
    assert shown is not None
    return shown["availability"]  # type: ignore[no-any-return]


def decide(world: World, kind: DecisionKind, delivery_id: str) -> None:
    with world.database.write() as session:
        decisions.decide(session, world.clock, kind, delivery_id, reason="heard it", by="ada")
    pipeline.enqueue_received(world.work, world.database)


def test_the_owner_purges_and_returns(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    recordings = world.masters().keys()
    release_id = world.release().id
    gone = world.send_one(batch(tmp_path / "2", purge, minute=1).folder)
    assert (gone.state, gone.release_id) == ("purged", release_id), gone.findings
    assert releases(world) == []
    assert world.masters() == {}
    assert world.answer(gone).release_status == "ReleaseNotAvailable"
    assert world.index.refreshed[-1] == release_id
    back = world.send_one(batch(tmp_path / "3", retitled("Back"), minute=2).folder)
    assert back.state == "live", back.findings
    assert (world.release().id, world.masters().keys()) == (release_id, recordings)
    assert world.events() == ["made_available", "purged", "made_available"]


def test_a_late_older_message_does_not_undo_a_purge(world: World, tmp_path: Path) -> None:
    purged = world.send_one(batch(tmp_path / "2", purge, minute=5).folder)
    assert (purged.state, codes(purged)) == ("purged", {"ERN-0003", "ERN-0005"})
    late = world.send_one(batch(tmp_path / "1").folder)
    assert late.state == "purged"
    assert releases(world) == []
    assert world.events() == []


def test_somebody_elses_purge_waits_for_the_operator(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    title = world.release().title
    mine, world.feed = world.feed, world.make_feed("other")
    world.change_feed(dpid=OTHER)
    foreign = batch(tmp_path / "2", purge, minute=1, shapes=(THEIRS,))
    held = world.send_one(foreign.folder)
    assert held.state == "held", held.findings
    assert "ERN-0004" in codes(held)
    assert len(releases(world)) == 1
    ahead = chronicle(world).diff(held.id)
    assert (ahead["effect"], ahead["title"], ahead["applied"]) == ("purged", title, False)
    decide(world, DecisionKind.RELEASE, held.id)
    assert releases(world) == []
    assert world.delivery(held.id).state == "purged"
    done = chronicle(world).diff(held.id)
    assert (done["effect"], done["title"], done["applied"]) == ("purged", title, True)
    with world.database.read() as session:
        kinds = sorted(session.scalars(select(Decision.kind)))
    assert kinds == ["purge", "release"]
    world.feed = mine


def test_a_purge_by_another_party_of_the_same_feed_waits_too(world: World, tmp_path: Path) -> None:
    """What the sender is told and what the catalogue did are the same."""
    world.change_feed(dpids=[SIDES.sender_dpid, OTHER])
    world.send(batch(tmp_path / "1").folder)
    held = world.send_one(batch(tmp_path / "2", purge, minute=1, shapes=(THEIRS,)).folder)
    assert (held.state, "ERN-0004" in codes(held)) == ("held", True), held.findings
    assert len(releases(world)) == 1


def test_a_sender_purges_what_it_sent_on_behalf_of_another(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1", on_behalf).folder)
    gone = world.send_one(batch(tmp_path / "2", purge, minute=1).folder)
    assert (gone.state, releases(world)) == ("purged", []), gone.findings
    assert world.events() == ["made_available", "purged"]


def on_behalf(release: Packed) -> None:
    """Sent for a label."""
    label = "<PartyId>PADPIDA2026000005U</PartyId><PartyName><FullName>L</FullName></PartyName>"
    rewrite(
        release, "</MessageSender>", f"</MessageSender><SentOnBehalfOf>{label}</SentOnBehalfOf>"
    )


def test_the_operator_releases_what_is_held(world: World, tmp_path: Path) -> None:
    held = world.send_one(batch(tmp_path / "1", no_isrc).folder)
    assert held.state == "held", held.findings
    with pytest.raises(Misuse, match="reason"), world.database.write() as session:
        decisions.decide(session, world.clock, DecisionKind.RELEASE, held.id, reason=" ", by="ada")
    ahead = chronicle(world).diff(held.id)
    assert (ahead["effect"], ahead["applied"], len(ahead["tracks"])) == ("made_available", False, 2)
    assert availability(world, held.id) is None, "nobody published it yet"
    decide(world, DecisionKind.RELEASE, held.id)
    assert availability(world, held.id) == "available"
    after = world.delivery(held.id)
    assert (after.state, after.attempt) == ("live", 2), after.findings
    assert [s.status for s in world.answer(after).statuses] == ["FileOK"]
    with world.database.read() as session:
        row = session.scalars(select(Decision)).one()
        outcomes = set(session.scalars(select(LoggedMessage.outcome)))
    assert (row.kind, row.reason, row.decided_by) == ("release", "heard it", "ada")
    assert outcomes == {"hold", "accept"}
    with pytest.raises(Conflict, match="nothing to decide"):
        decide(world, DecisionKind.REJECT, held.id)
    with pytest.raises(NotFound):
        decide(world, DecisionKind.REJECT, "dlv_none")


@pytest.mark.parametrize(
    ("kind", "status"),
    [(DecisionKind.REJECT, "UserDefined"), (DecisionKind.RESEND, "ResourceMissing")],
)
def test_the_operator_refuses_what_is_held(
    world: World, tmp_path: Path, kind: DecisionKind, status: str
) -> None:
    held = world.send_one(batch(tmp_path / "1", no_isrc).folder)
    decide(world, kind, held.id)
    after = world.delivery(held.id)
    assert after.state == "refused"
    assert after.waiting_for.startswith("Sender")
    assert after.acknowledgement != held.acknowledgement
    answer = world.answer(after)
    assert status in {each.status for each in answer.statuses}
    assert "heard it" in " ".join(each.information for each in answer.statuses)
    with world.database.read() as session:
        assert set(session.scalars(select(LoggedMessage.outcome))) == {"hold", "reject"}


def test_a_transfer_keeps_ids_and_play_counts(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    before, masters, first = world.release(), world.masters(), world.feed
    with world.database.read() as session:
        recordings = set(session.scalars(select(Recording.id)))
    second = world.make_feed("other")
    with world.database.write() as session:
        session.get_one(Feed, second).dpid = OTHER
    world.clock.advance(timedelta(minutes=1))
    with world.database.write() as session:
        log_decisions.transfer(
            session, before.id, "other", by="ada", reason="sold",
            at=world.clock(), books=StoredBooks(world.parts.store),
        )  # fmt: skip
    assert world.release().feed_id == second
    late = world.send_one(batch(tmp_path / "2", retitled("Not theirs"), minute=2).folder)
    assert late.state in {"refused", "superseded"}, "it is no longer theirs"
    world.feed = second
    other = replace(SHORT, sides=replace(SIDES, sender_dpid=OTHER))
    new = batch(tmp_path / "3", retitled("Sold"), minute=3, shapes=(other,))
    taken = world.send_one(new.folder)
    assert taken.state == "live", taken.findings
    after = world.release()
    assert (after.id, after.title, after.owner) == (before.id, "Sold", before.owner)
    assert world.masters() == masters
    with world.database.read() as session:
        assert set(session.scalars(select(Recording.id))) == recordings
    update = batch(tmp_path / "4", without_media, retitled("Kept"), minute=4, shapes=(other,))
    kept = world.send_one(update.folder)
    assert kept.state == "live", kept.findings
    assert (world.release().title, world.masters()) == ("Kept", masters)
    with pytest.raises(Conflict, match="already"), world.database.write() as session:
        log_decisions.transfer(
            session, before.id, second, by="ada", reason="again",
            at=world.clock(), books=StoredBooks(world.parts.store),
        )  # fmt: skip
    world.feed = first


def test_kept_down_and_restored(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    books, icpn = StoredBooks(world.parts.store), world.release().icpn or ""
    for name, state in (("take_down", "taken_down"), ("restore", "available")):
        kind = DecisionKind(name)
        world.clock.advance(timedelta(minutes=1))
        with world.database.write() as session:
            log_decisions.rule(
                session, kind, icpn, by="ada", reason="court", at=world.clock(), books=books
            )
        assert world.release().state == state
        update = batch(tmp_path / kind, without_media, retitled(f"T {kind}"), minute=60)
        if kind is DecisionKind.TAKE_DOWN:
            assert world.send_one(update.folder).state == "hidden"
            assert (world.release().state, world.release().locked) == ("taken_down", "take_down")
    assert world.events() == ["made_available", "taken_down", "taken_down", "made_available"]


def test_the_newest_message_counts_though_a_decision_overtook_it(
    world: World, tmp_path: Path
) -> None:
    world.send(batch(tmp_path / "1").folder)
    books, release = StoredBooks(world.parts.store), world.release()
    for kind in (DecisionKind.TAKE_DOWN, DecisionKind.RESTORE):
        world.clock.advance(timedelta(minutes=5))
        with world.database.write() as session:
            log_decisions.rule(
                session, kind, release.id, by="ada", reason="x", at=world.clock(), books=books
            )
    sent = batch(tmp_path / "2", without_media, retitled("On its way"), minute=1)
    assert world.send_one(sent.folder).state == "live"
    assert world.release().title == "On its way"


def test_a_sender_whose_clock_is_ahead_undoes_no_decision(world: World, tmp_path: Path) -> None:
    shape = replace(SHORT, start=date(2026, 1, 1))
    sent = batch(tmp_path / "1", minute=60 * 24 * 365, shapes=(shape,))
    ahead = world.send_one(sent.folder)
    assert ahead.state == "live"
    assert "ERN-0502" in codes(ahead), "it is told that the folder is of the future"
    books, release = StoredBooks(world.parts.store), world.release()
    for kind in (DecisionKind.TAKE_DOWN, DecisionKind.RESTORE, DecisionKind.TAKE_DOWN):
        with world.database.write() as session:
            log_decisions.rule(
                session, kind, release.id, by="ada", reason="x", at=world.clock(), books=books
            )
        world.clock.advance(timedelta(microseconds=1))
    assert world.release().state == "taken_down"
    before = world.events()
    with world.database.write() as session:
        found = fold.refold(session, release.id, world.clock(), Log(session, books))
    assert (found.event, world.events()) == (None, before), "the same again changes nothing"


def test_a_test_message_is_refused_by_a_feed_that_takes_none(world: World, tmp_path: Path) -> None:
    test = replace(SHORT, control_type="TestMessage")
    delivery = world.send_one(batch(tmp_path / "1", shapes=(test,)).folder)
    assert (delivery.state, delivery.findings[0]["code"]) == ("refused", "ERN-0303")


@pytest.mark.parametrize(
    "policy", [{"takes_tests": True}, {"name": "normal", "overrides": {"ERN-0303": "warn"}}]
)
def test_a_test_message_never_goes_live(
    world: World, tmp_path: Path, policy: dict[str, object]
) -> None:
    world.change_feed(policy=policy)
    test = replace(SHORT, control_type="TestMessage")
    delivery = world.send_one(batch(tmp_path / "1", shapes=(test,)).folder)
    assert delivery.state == "tested", delivery.findings
    assert [s.status for s in world.answer(delivery).statuses] == ["FileOK"]
    assert world.answer(delivery).control_type == "TestMessage"
    assert (releases(world), world.events()) == ([], [])
    with world.database.read() as session:
        assert list(session.scalars(select(LoggedMessage.outcome))) == ["test"]
    assert chronicle(world).diff(delivery.id)["effect"] == "nothing"


def test_a_batch_flagged_as_a_test_waits_for_nobody(world: World, tmp_path: Path) -> None:
    """Not even where the operator releases each delivery: there is nothing to publish."""
    world.change_feed(policy={"takes_tests": True}, terms={"process": "hold"})
    made = batch(tmp_path / "1")
    [manifest] = made.folder.glob("BatchComplete_*.xml")
    said = manifest.read_text(encoding="utf-8")
    flagged = said.replace("<IsTestFlag>false", "<IsTestFlag>true")
    assert flagged != said
    manifest.write_text(flagged, encoding="utf-8")
    delivery = world.send_one(made.folder)
    assert (delivery.state, delivery.is_test) == ("tested", True), delivery.findings
    assert (releases(world), world.events()) == ([], [])
    assert chronicle(world).diff(delivery.id)["effect"] == "nothing"


def test_the_same_recording_from_two_senders(world: World, tmp_path: Path) -> None:
    """Each release keeps its own feed and deals."""
    world.send(batch(tmp_path / "1").folder)
    world.feed = world.make_feed("other")
    world.change_feed(dpid=OTHER)
    other = replace(SHORT, sides=replace(SIDES, sender_dpid=OTHER), territories=("FR",))
    delivery = world.send_one(batch(tmp_path / "2", minute=1, shapes=(other,)).folder)
    assert delivery.state in {"live", "hidden"}, delivery.findings
    with world.database.read() as session:
        rows = session.scalars(select(Release).order_by(Release.sender)).all()
        recordings = session.scalars(select(Recording.isrc)).all()
    assert {row.feed_id for row in rows} == {world.feed, *(r.feed_id for r in rows)}
    assert len({row.feed_id for row in rows}) == 2
    assert sorted(len(row.rights["deals"][0]["territories"]) for row in rows) == [1, 1]
    assert len(recordings) == 2 * len(set(recordings))


def test_looking_back_and_ahead(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1", retitled("Old")).folder)
    then = world.clock()
    world.clock.advance(timedelta(hours=1))
    changed = batch(tmp_path / "2", without_media, retitled("New"), explicit, minute=9)
    update = world.send_one(changed.folder)
    looked, release = chronicle(world), world.release()
    [was] = looked.at(release.icpn or "", then)
    [now] = looked.at(release.id, world.clock())
    assert (was["release"]["title"], now["release"]["title"]) == ("Old", "New")
    [before] = looked.at(release.id, then - timedelta(days=1))
    assert (before["state"], before["release"]) == ("unknown", None)
    found = looked.diff(update.id)
    assert (found["effect"], found["applied"]) == ("changed", True)
    assert [one for one in found["fields"] if one["field"] == "title"] == [
        {"field": "title", "before": "Old", "after": "New"}
    ]
    [track] = found["tracks"]
    assert [(one["field"], one["after"]) for one in track["fields"]] == [("advisory", "Explicit")]
    later = batch(tmp_path / "3", without_deals, retitled("Third"), minute=20)
    ahead = looked.diff(str(later.releases[0].message))
    assert (ahead["effect"], ahead["applied"]) == ("taken_down", False)
    assert [one["territory"] for one in ahead["deals"]] == ["Worldwide"]
    assert world.release().title == "New", "nothing was applied"
    with pytest.raises(NotFound):
        looked.diff("no such thing")
    with pytest.raises(NotFound):
        looked.at("0000000000000", then)
    for edge in ("9999-12-31", "0001-01-01T00:00:00Z"):
        assert len(looked.at_text(release.id, edge)) == 1
    for none in ("yesterday", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(Misuse, match="no instant"):
            looked.at_text(release.id, none)


def chronicle(world: World) -> Chronicle:
    return Chronicle(world.database, world.parts.store, world.clock)
