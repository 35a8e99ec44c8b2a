"""MEAD and catalogue lists through the same door as releases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Enrichment, LoggedMessage
from catalog.queries.deliveries import find_delivery
from catalog.queries.enrichment import about_release, words
from ddex.choreography import names
from ingest.other_messages import others
from ingest.parts import message_key
from ingest.steps import ANSWER
from tests.fixtures.mead import mead_message
from tests.fixtures.packages import RECIPIENT, SENDER
from tests.integration.ingest.batches import batch, without_deals

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.models import Delivery
    from tests.integration.ingest.world import World

STRANGER = "PADPIDA2009101501Y"


def batch_at(minute: int) -> str:
    return f"N_202611211{minute // 60 + 2}{minute % 60:02d}00000"


def send(world: World, minute: int, xml: bytes, folder: str = "X") -> Delivery:
    """A batch with one folder whose XML is this."""
    name = batch_at(minute)
    world.put(f"{name}/{folder}/{folder}.xml", xml)
    world.put(f"{name}/{names.batch_complete(name[2:])}", b"")
    return world.delivery(world.nudged[-1])


def mead(_world: World, **changes: str) -> bytes:
    """A message about the release that is here, or will be."""
    return mead_message(sender=SENDER, recipient=RECIPIENT, **changes)


def known(world: World, folder: Path) -> tuple[str, str]:
    """Deliver a release; its ICPN and the ISRC of its first track."""
    world.send_one(folder)
    isrc = min(world.masters())
    return world.release().icpn or "", isrc


def report(world: World, delivery: Delivery) -> dict[str, object]:
    with world.database.read() as session:
        found = find_delivery(session, delivery.id)
    assert found is not None
    made: dict[str, object] = found["report"]
    return made


def about(world: World, territory: str = "GB") -> dict[str, object] | None:
    with world.database.read() as session:
        return about_release(session, world.release().id, territory)


def moods(world: World, territory: str = "GB") -> list[str]:
    found = about(world, territory)
    tags = found["tags"] if found else []
    assert isinstance(tags, list)
    return [v["text"] for tag in tags if tag["kind"] == "mood" for v in tag["values"]]


def test_an_enrichment_is_applied_and_acknowledged(world: World, tmp_path: Path) -> None:
    icpn, isrc = known(world, batch(tmp_path).folder)
    artist = world.release().artist
    xml = mead(world, icpn=icpn, isrc=isrc, artist=artist.upper())
    delivery = send(world, 1, xml)
    assert world.parts.store.get(message_key(delivery.digest or "")) == xml
    assert (delivery.state, delivery.message_id) == ("recorded", "MEAD-1")
    answer = world.answer(delivery)
    assert answer.ok
    assert answer.acknowledged_message_id == "MEAD-1"
    assert report(world, delivery)["counts"] == {"applied": 3, "waiting": 0, "foreign": 0}
    assert moods(world) == ["Uplifting", "Late Night"]
    told = about(world)
    assert told is not None
    tracks, focus = told["tracks"], told["focus"]
    assert isinstance(tracks, dict)
    assert len(tracks) == 1
    assert focus == list(tracks)
    assert world.index.refreshed == [world.release().id] * 2
    with world.database.read() as session:
        logged = session.get_one(LoggedMessage, f"{delivery.id}:1")
        assert (logged.type, logged.outcome, logged.digest) == (
            "MeadMessage",
            "accept",
            delivery.digest,
        )
    assert world.seen() == []


def test_what_nobody_delivered_yet_waits(world: World, tmp_path: Path) -> None:
    made = batch(tmp_path, minute=2)
    [release] = made.releases
    text = release.message.read_text(encoding="utf-8")
    [icpn] = re.findall(r"<ICPN>(\d+)</ICPN>", text)[:1]
    delivery = send(world, 1, mead(world, icpn=icpn))
    assert delivery.state == "recorded"
    assert [f["code"] for f in delivery.findings] == ["ERN-0003", "MEA-0002"]
    world.send_one(made.folder)
    assert moods(world) == ["Uplifting", "Late Night"]


def test_the_newest_counts_in_any_order(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    late = mead(world, icpn=icpn, message_id="M-late", mood="Calm")
    early = mead(world, icpn=icpn, message_id="M-early", mood="Angry")
    send(world, 5, late)
    assert send(world, 3, early).state == "recorded"
    assert moods(world)[0] == "Calm"


def test_a_repeat_is_a_repeat(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    send(world, 1, mead(world, icpn=icpn))
    again = send(world, 2, mead(world, icpn=icpn))
    assert again.state == "repeated"
    assert world.answer(again).ok
    other = send(world, 3, mead(world, icpn=icpn, mood="Calm"))
    assert (other.state, other.findings[0]["code"]) == ("refused", "ERN-0401")


def test_only_its_own_releases_unless_the_feed_may_more(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    own = world.feed
    stranger = world.make_feed("stranger")
    world.feed = stranger
    world.change_feed(dpid=STRANGER)
    xml = mead_message(sender=STRANGER, recipient=RECIPIENT, icpn=icpn, mood="Calm")
    delivery = send(world, 1, xml)
    assert delivery.state == "recorded"
    assert [f["code"] for f in delivery.findings][-1] == "MEA-0304"
    assert about(world) is None
    world.change_feed(policy={"enriches_others": True})
    assert moods(world)[0] == "Calm"
    world.feed = own
    send(world, 2, mead(world, icpn=icpn))
    assert moods(world) == ["Uplifting", "Late Night"]  # its own feed speaks first


def test_a_bad_message_is_refused_with_findings(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    xml = mead(world, icpn=icpn).replace(SENDER.encode(), STRANGER.encode())
    delivery = send(world, 1, xml)
    assert delivery.state == "refused"
    answer = world.answer(delivery)
    assert not answer.ok
    assert answer.statuses[0].code == "ERN-0301"
    assert about(world) is None
    cut = send(world, 2, mead(world, icpn=icpn)[:-20])
    assert (cut.state, cut.findings[0]["code"]) == ("refused", "ERN-0101")
    odd = mead(world).replace(b"mead:MeadMessage", b"mead:Feed")
    assert send(world, 3, odd).findings[0]["code"] == "MEA-0101"


@pytest.mark.parametrize("flag", ["header", "manifest"])
def test_a_test_is_never_applied(world: World, tmp_path: Path, flag: str) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    xml = mead(world, icpn=icpn)
    name = batch_at(1)
    manifest = b""
    world.change_feed(policy={"takes_tests": True})
    if flag == "header":
        mark = b"</MessageCreatedDateTime>"
        xml = xml.replace(mark, mark + b"<MessageControlType>TestMessage</MessageControlType>")
    else:
        manifest = (
            '<c:ManifestMessage xmlns:c="http://ddex.net/xml/ern-c-sftp/18"><MessageHeader/>'
            f"<IsTestFlag>true</IsTestFlag><RootDirectory>{name}</RootDirectory>"
            "</c:ManifestMessage>"
        ).encode()
    world.put(f"{name}/X/X.xml", xml)
    world.put(f"{name}/{names.batch_complete(name[2:])}", manifest)
    delivery = world.delivery(world.nudged[-1])
    assert delivery.state == "tested"
    assert report(world, delivery)["test"] is True
    assert about(world) is None


def test_moods_are_words_to_search_by(world: World, tmp_path: Path) -> None:
    icpn, isrc = known(world, batch(tmp_path).folder)
    send(world, 1, mead(world, icpn=icpn, isrc=isrc))
    with world.database.read() as session:
        found = words(session, [world.release().id])
        kept = session.scalars(select(Enrichment.kind)).all()
    assert sorted(set(kept)) == ["party", "recording", "release"]
    assert "Late Night" in found[world.release().id, ""]
    assert any("Jazz Fusion" in text for text in found.values())


def test_territories_speak_for_themselves(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    send(world, 1, mead(world, icpn=icpn, mood_territory="FR"))
    assert moods(world, "FR") == ["Uplifting", "Late Night"]
    assert moods(world, "GB") == ["Late Night"]


def catalogue_list(*icpns: str, sender: str = SENDER) -> bytes:
    items = "".join(
        f"<CatalogItem><TerritoryCode>{territory}</TerritoryCode><ReleaseId><ICPN>{icpn}</ICPN>"
        "</ReleaseId><Title><TitleText>A &lt;b&gt;</TitleText></Title><DisplayArtistName>"
        "Somebody</DisplayArtistName><ContributorName>Somebody"
        "</ContributorName><DisplayTitle><TitleText>A</TitleText></DisplayTitle><LabelName>L"
        "</LabelName><ReleaseDate>2026-01-01</ReleaseDate></CatalogItem>"
        for icpn in icpns
        for territory in ("GB", "FR")
    )
    return (
        '<e:CatalogListMessage xmlns:e="http://ddex.net/xml/ern/382" MessageSchemaVersionId='
        '"ern/382"><MessageHeader><MessageThreadId>T</MessageThreadId><MessageId>LIST-1</MessageId>'
        f"<MessageSender><PartyId>{sender}</PartyId></MessageSender><MessageRecipient><PartyId>"
        f"{RECIPIENT}</PartyId></MessageRecipient><MessageCreatedDateTime>2026-11-21T10:00:00Z"
        "</MessageCreatedDateTime></MessageHeader><PublicationDate>2026-11-21T10:00:00Z"
        f"</PublicationDate>{items}</e:CatalogListMessage>"
    ).encode()


def test_a_catalogue_list_is_compared_and_changes_nothing(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    events = world.events()
    delivery = send(world, 1, catalogue_list(icpn, "4006381333931"), "list")
    assert delivery.state == "recorded"
    assert world.answer(delivery).ok
    found = report(world, delivery)
    assert found["counts"] == {"live": 1, "taken_down": 0, "unknown": 1, "not_listed": 0}
    assert found["unknown"] == [
        {
            "identifier": "ICPN:04006381333931",
            "title": "A <b>",
            "artist": "Somebody",
            "release_id": None,
            "territories": ["GB"],
        }
    ]
    assert world.events() == events
    second = send(world, 2, catalogue_list("4006381333931").replace(b"LIST-1", b"LIST-2"), "list")
    assert report(world, second)["counts"]["not_listed"] == 1  # type: ignore[index]


def test_a_list_knows_what_was_taken_down(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path / "a").folder)
    world.send_one(batch(tmp_path / "b", without_deals, minute=1).folder)
    delivery = send(world, 3, catalogue_list(icpn), "list")
    assert report(world, delivery)["counts"]["taken_down"] == 1  # type: ignore[index]


def test_a_list_of_another_sender_is_refused(world: World) -> None:
    delivery = send(world, 1, catalogue_list("4006381333931", sender=STRANGER), "list")
    assert (delivery.state, delivery.findings[0]["code"]) == ("refused", "ERN-0301")


def test_a_release_of_a_batch_that_is_a_test_is_not_published(world: World, tmp_path: Path) -> None:
    folder = batch(tmp_path).folder
    [manifest] = folder.glob("BatchComplete_*.xml")
    text = manifest.read_text(encoding="utf-8")
    flagged = text.replace("<IsTestFlag>false<", "<IsTestFlag>true<")
    assert flagged != text
    manifest.write_text(flagged, encoding="utf-8")
    assert world.send_one(folder).state == "refused"  # the feed takes no tests
    world.change_feed(policy={"takes_tests": True})
    delivery = world.send_one(folder)
    assert delivery.state == "tested"
    assert "ERN-0310" in {f["code"] for f in delivery.findings}
    assert world.answer(delivery).ok
    assert world.events() == []


def test_the_step_may_run_twice(world: World, tmp_path: Path) -> None:
    icpn, _ = known(world, batch(tmp_path).folder)
    delivery = send(world, 1, mead(world, icpn=icpn))
    before = moods(world)
    assert others(world.parts, delivery.id) == ANSWER
    again = world.delivery(delivery.id)
    assert (again.state, again.findings) == (delivery.state, delivery.findings)
    assert moods(world) == before
