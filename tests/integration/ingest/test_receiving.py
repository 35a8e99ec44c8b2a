"""Finished files become deliveries when, and only when, their batch is complete."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.models import InboxFile
from ddex.choreography import manifest
from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ingest.inbox_clock import InboxClock
from tests.fixtures.packages import RECIPIENT, SENDER
from tests.integration.ingest.world import START, World

pytestmark = pytest.mark.integration
BATCH = "N_20260105100500123"
DONE = f"{BATCH}/BatchComplete_20260105100500123.xml"


@pytest.fixture
def idle(world: World) -> World:
    """Nothing runs: what is received is looked at as it is."""
    world.running = False
    return world


def _made(idle: World) -> list[tuple[str, str | None, list[str]]]:
    return [(d.release_folder, d.xml_path, [f["path"] for f in d.files]) for d in idle.deliveries()]


def _manifest(*urls: str) -> bytes:
    """A manifest of messages at these URLs, without hashes."""
    return manifest.write(
        Manifest(
            sender=MessagingParty(dpid=SENDER, name="Sender"),
            recipient=MessagingParty(dpid=RECIPIENT, name="Segue"),
            created=START,
            root=BATCH,
            messages=tuple(
                BatchMessage(message_id=url, url=url, releases=(ReleaseIds(icpn="4006381333931"),))
                for url in urls
            ),
        )
    )


def test_a_complete_batch_is_a_delivery_for_each_release_folder(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml", b"<a/>")
    idle.put(f"{BATCH}/A/resources/1.flac", b"one")
    idle.put(f"{BATCH}/B/B.xml", b"<b/>")
    assert idle.deliveries() == []
    idle.put(DONE, b"")
    assert _made(idle) == [
        ("A", "A.xml", ["A.xml", "resources/1.flac"]),
        ("B", "B.xml", ["B.xml"]),
    ]
    first = idle.deliveries()[0]
    assert (first.state, first.batch, first.bytes, first.feed_id) == (
        "received",
        BATCH,
        7,
        idle.feed,
    )
    assert idle.nudged == [d.id for d in sorted(idle.deliveries(), key=lambda d: d.release_folder)]


def test_other_feeds_are_not_completed(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml")
    mine, idle.feed = idle.feed, idle.make_feed("other")
    idle.put(f"{BATCH}/B/B.xml")
    idle.put(DONE, b"")
    assert [(d.feed_id, d.release_folder) for d in idle.deliveries()] == [(idle.feed, "B")]
    assert mine != idle.feed


def test_partial_and_hidden_files_are_no_part(idle: World) -> None:
    for name in ("A.xml", "1.flac.filepart", ".hidden", "resources/.in.2.flac", "3.tmp"):
        idle.put(f"{BATCH}/A/{name}")
    idle.put(DONE, b"")
    assert _made(idle) == [("A", "A.xml", ["A.xml"])]


def test_completion_before_the_files_waits_for_them(idle: World) -> None:
    idle.put(DONE, b"")
    assert _made(idle) == []
    idle.put(f"{BATCH}/A/A.xml")
    assert _made(idle) == [("A", "A.xml", ["A.xml"])]
    idle.put(DONE, b"")
    assert len(_made(idle)) == 1, "what is at work is not delivered twice"


def test_the_same_batch_again_without_new_files_means_all_of_it(idle: World) -> None:
    for folder in ("A", "B"):
        idle.put(f"{BATCH}/{folder}/{folder}.xml")
    idle.put(DONE, b"")
    idle.put(DONE, b"")
    assert [d.release_folder for d in idle.deliveries()] == ["A", "B"], "still at work"
    idle.settle("refused")
    idle.put(DONE, b"")
    assert [d.release_folder for d in idle.deliveries()] == ["A", "B", "A", "B"]


def test_a_mended_folder_is_delivered_alone(idle: World) -> None:
    for folder in ("A", "B"):
        idle.put(f"{BATCH}/{folder}/{folder}.xml")
    idle.put(DONE, b"")
    idle.put(f"{BATCH}/B/resources/1.flac", b"forgotten")
    idle.put(DONE, b"")
    assert _made(idle)[2:] == [("B", "B.xml", ["B.xml", "resources/1.flac"])]


def test_a_rename_completes_too(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml.filepart", b"<a/>")
    idle.put(f"{BATCH}/done.tmp", b"")
    idle.rename(f"{BATCH}/A/A.xml.filepart", f"{BATCH}/A/A.xml")
    assert idle.deliveries() == []
    idle.rename(f"{BATCH}/done.tmp", DONE)
    assert _made(idle) == [("A", "A.xml", ["A.xml"])]


def test_a_renamed_batch_folder_completes(idle: World) -> None:
    """A sender that builds the batch under another name and moves it into place."""
    idle.put("upload/A/A.xml", b"<a/>")
    idle.put("upload/BatchComplete_20260105100500123.xml", b"")
    assert idle.deliveries() == []
    idle.rename("upload", BATCH)
    assert _made(idle) == [("A", "A.xml", ["A.xml"])]


def test_removed_files_are_not_delivered(idle: World) -> None:
    for name in ("A/A.xml", "A/resources/1.flac", "A/resources/2.flac", "A_B/x.xml"):
        idle.put(f"{BATCH}/{name}")
    idle.remove(f"{BATCH}/A/resources/1.flac")
    idle.remove(f"{BATCH}/A_B")
    idle.put(DONE, b"")
    assert _made(idle) == [("A", "A.xml", ["A.xml", "resources/2.flac"])]


def test_signs_of_a_pattern_in_a_name_are_only_signs(idle: World) -> None:
    idle.put(f"{BATCH}/A_%/A.xml")
    idle.put(f"{BATCH}/AxB/A.xml")
    idle.remove(f"{BATCH}/A_%")
    with idle.database.read() as session:
        assert session.scalars(select(InboxFile.path)).all() == [f"{BATCH}/AxB/A.xml"]


def test_a_file_sent_again_has_a_new_receipt_and_digest(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml", b"first")
    idle.put(f"{BATCH}/A/1.flac", b"between")
    idle.put(f"{BATCH}/A/A.xml", b"second")
    with idle.database.read() as session:
        rows = session.scalars(select(InboxFile).order_by(InboxFile.receipt)).all()
    assert [(r.receipt, r.path[-6:], r.size) for r in rows] == [(2, "1.flac", 7), (3, "/A.xml", 6)]


def test_receipts_grow_beyond_files_that_have_gone(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(DONE, b"")
    idle.remove(BATCH)
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(DONE, b"")
    assert [d.release_folder for d in idle.deliveries()] == ["A", "A"]


def _overdue(world: World) -> None:
    world.clock.advance(timedelta(hours=24))
    partial = world.parts.data.partial
    InboxClock(inbox=world.inbox, partial=partial, probe=world.probe).round()


def test_an_empty_batch_is_refused_and_acknowledged(world: World) -> None:
    """Not at once: all that it speaks of may be on its way."""
    world.put(DONE, b"")
    assert world.deliveries() == []
    _overdue(world)
    [delivery] = world.deliveries()
    assert (delivery.state, delivery.release_folder) == ("refused", "")
    assert [f["code"] for f in delivery.findings] == ["ERN-0100"]
    assert BATCH in delivery.findings[0]["message"]
    answer = world.answer(delivery)
    assert [s.status for s in answer.statuses] == ["ErnMissing"]
    assert answer.batch_id == "20260105100500123"


def test_an_empty_batch_completed_again_is_told_again(world: World) -> None:
    for _ in range(2):
        world.put(DONE, b"")
        _overdue(world)
    assert [d.state for d in world.deliveries()] == ["refused", "refused"]
    assert len({d.acknowledgement for d in world.deliveries()}) == 2


def test_a_batch_that_was_delivered_and_taken_away_is_no_empty_one(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(DONE, b"")
    idle.remove(f"{BATCH}/A")
    idle.put(DONE, b"")
    assert len(idle.deliveries()) == 1


def test_a_folder_that_the_manifest_names_and_nobody_sent(world: World) -> None:
    world.put(f"{BATCH}/A/A.xml", b"<no-ern/>")
    world.put(DONE, _manifest("./A/A.xml", "./B/B.xml", f"{BATCH}/C/C.xml"))
    found = {d.release_folder: d for d in world.deliveries()}
    assert {name: d.state for name, d in found.items()} == dict.fromkeys("ABC", "refused")
    for name in "BC":
        assert [f["code"] for f in found[name].findings] == ["ERN-0100"]
        assert world.answer(found[name]).statuses[0].status == "ErnMissing"
        assert name in found[name].findings[0]["message"]


def test_a_manifest_of_a_mended_batch_does_not_ask_for_what_was_delivered(idle: World) -> None:
    said = _manifest("./A/A.xml", "./B/B.xml")
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(f"{BATCH}/B/B.xml")
    idle.put(DONE, said)
    idle.remove(f"{BATCH}/A")  # as tidying does with what was accepted
    idle.put(f"{BATCH}/B/B.xml", b"mended")
    idle.put(DONE, said)
    assert [d.release_folder for d in idle.deliveries()] == ["A", "B", "B"]


@pytest.mark.parametrize(
    "url",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "http://127.0.0.1/x.xml",
        "B.xml",
        "..%2f..%2fx/x.xml",
        "./",
    ],
)
def test_hostile_urls_of_a_manifest_name_no_folder(idle: World, url: str) -> None:
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(DONE, _manifest("./A/A.xml", url))
    assert [d.release_folder for d in idle.deliveries()] == ["A"]


def test_names_may_be_written_as_in_addresses(idle: World) -> None:
    idle.put(f"{BATCH}/My Album/My Album.xml")
    idle.put(f"{BATCH}/100%25/100.xml")
    idle.put(DONE, _manifest("./My%20Album/My%20Album.xml", "./100%25/100.xml"))
    assert sorted(d.release_folder for d in idle.deliveries()) == ["100%25", "My Album"]


def test_a_manifest_that_cant_be_read_holds_nobody_up(idle: World) -> None:
    idle.put(f"{BATCH}/A/A.xml")
    idle.put(DONE, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    assert [d.release_folder for d in idle.deliveries()] == ["A"]


def test_a_completion_of_another_batch(world: World) -> None:
    """It completes the batch that it lies in, and the sender is told."""
    other = "BatchComplete_20260105100500999.xml"
    world.put(f"{BATCH}/A/A.xml", b"<no-ern/>")
    world.put(f"{BATCH}/{other}", b"")
    [delivery] = world.deliveries()
    [told] = [f for f in delivery.findings if f["code"] == "ERNC-0005"]
    assert (told["value"], told["expected"]) == (other, DONE.partition("/")[2])
