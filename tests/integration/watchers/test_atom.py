"""A sender's web service over real HTTP: its Atom feed is asked, what it lists is delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from core.outbound import Outbound
from ingest import feeds
from ingest.feed_terms import FeedTerms
from ingest.watchers.atom import AtomPoller
from ingest.watchers.atom_loop import wait_after
from tests.fixtures.packages import SENDER, SIDES, Shape, good
from tests.fixtures.patience import contents
from tests.fixtures.service import Service
from tests.integration.watchers.sender import Sender, entry
from tests.integration.watchers.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder
    from ingest.watchers.watch import Round

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" AvsVersionId="4"
 LanguageAndScriptCode="en"><ResourceList><SoundRecording>
<ResourceReference>A1</ResourceReference><SoundRecordingEdition><TechnicalDetails>
<TechnicalResourceDetailsReference>T1</TechnicalResourceDetailsReference>
<DeliveryFile><Type>AudioFile</Type><File><URI>{uri}</URI></File></DeliveryFile>
</TechnicalDetails></SoundRecordingEdition></SoundRecording></ResourceList>
</ern:NewReleaseMessage>"""


@dataclass(slots=True)
class Asking:
    """A feed of ours that asks the sender."""

    world: World
    feed: str
    poller: AtomPoller

    def round(self, fault: str = "") -> Round:
        done = self.poller.round(self.feed)
        assert (fault in done.fault) if fault else not done.fault, done
        return done

    def view(self) -> dict[str, bytes]:
        """Finished files; the top folder without its stamp."""
        self.world.feed = self.feed
        found = {}
        for path, data in self.world.view().items():
            top, _, rest = path.partition("/")
            name = rest if not rest.startswith("BatchComplete_") else "complete"
            assert top.startswith("N_"), path
            found[name] = data
        return found


@pytest.fixture
def asking(tmp_path: Path, sender: Sender) -> Asking:
    return ask(tmp_path, sender)


def ask(
    tmp_path: Path,
    sender: Sender,
    *,
    private: bool = True,
    rate: int | None = None,
    **agreed: object,
) -> Asking:
    bucket: Any = None  # nobody looks at one here
    world = World(tmp_path, bucket)
    watch = {"url": f"{sender.url}/feed", "plain_http": True, **agreed}
    terms = FeedTerms.read({"watch": watch, "rate_bytes_s": rate})
    with world.database.write() as session:
        feed, _ = feeds.create(
            session, world.clock, name="web", dpid=SENDER, protocol="atom", terms=terms
        )
        feed_id = feed.id
    poller = AtomPoller(
        database=world.database,
        views=world.views,
        clock=world.clock,
        outbound=Outbound(allow_private=private),
        credential=lambda _feed: ("acme", b"secret"),
    )
    return Asking(world, feed_id, poller)


def offer(sender: Sender, name: str = "one", release: str = "0000000000017") -> str:
    """A message with one file; its entry."""
    uri = f"{sender.url}/files/{name}.flac?x=1"
    sender.things[f"/files/{name}.flac?x=1"] = b"fLaC" + name.encode()
    sender.things[f"/messages/{name}"] = MESSAGE.format(uri=uri).encode()
    return entry(name, f"messages/{name}", release)


def test_it_is_fetched_no_faster_than_agreed(sender: Sender, tmp_path: Path) -> None:
    asking = ask(tmp_path, sender, rate=100)
    waits: list[float] = []
    asking.poller.pause = waits.append
    sender.publish(offer(sender))
    asking.round()
    size = len(sender.things["/messages/one"])
    assert sum(wait > 0 for wait in waits) >= 1
    assert max(waits) > size / 100 / 2


def test_what_is_listed_is_delivered_and_asked_for_once(sender: Sender, asking: Asking) -> None:
    sender.publish(offer(sender))
    done = asking.round()
    assert (done.seen, done.fetched) == (1, 1)
    view = asking.view()
    (audio,) = (path for path in view if "/resources/" in path)
    assert audio.startswith("0000000000017/resources/")
    assert audio.endswith("_one.flac")
    assert view[audio] == b"fLaCone"
    assert view["0000000000017/0000000000017.xml"] == sender.things["/messages/one"]
    assert view["complete"] == b""
    sender.asked.clear()
    assert asking.round().fetched == 0
    assert [(path, told) for path, _, told in sender.asked] == [("/feed", '"1"')]
    sender.etag = '"2"'
    assert asking.round().fetched == 0
    assert sender.paths() == ["/feed", "/feed"]


def test_pages_are_followed_and_do_not_go_round(sender: Sender, asking: Asking) -> None:
    sender.publish(offer(sender, "one", "1"), next_page="/feed2")
    sender.publish(offer(sender, "two", "2"), next_page="/feed", path="/feed2")
    assert asking.round().fetched == 2
    stamps = list(asking.world.root.glob(f"inbox/{asking.feed}/N_*"))
    assert len(stamps) == 2


def test_an_entry_that_changed_is_another_delivery(sender: Sender, asking: Asking) -> None:
    sender.publish(offer(sender))
    asking.round()
    sender.etag = '"2"'
    sender.publish(entry("one", "messages/one", updated="2"))
    assert asking.round().fetched == 1


def test_what_was_taken_back_is_passed_over(sender: Sender, asking: Asking) -> None:
    sender.publish(entry("gone", "messages/gone"), offer(sender))
    done = asking.round()
    assert (done.fetched, done.refused) == (1, 1)


def test_a_file_that_is_cut_is_fetched_again(sender: Sender, asking: Asking) -> None:
    sender.publish(offer(sender, "one", "1"), offer(sender, "two", "2"))
    sender.cut.add("/files/one.flac?x=1")
    done = asking.round(fault="127.0.0.1")
    assert done.fetched == 1
    assert not [path for path in asking.view() if path.startswith("1/")]
    assert asking.world.leftovers() == []
    sender.cut.clear()
    assert asking.round().fetched == 1
    assert asking.view()["1/1.xml"]


@pytest.mark.parametrize(
    ("status", "says", "lasting"), [(503, "503", False), (401, "401", True), (404, "404", False)]
)
def test_a_service_that_is_not_well(
    sender: Sender,
    asking: Asking,
    status: int,
    says: str,
    lasting: bool,  # noqa: FBT001
) -> None:
    sender.publish(offer(sender))
    sender.statuses["/feed"] = status
    assert asking.round(fault=says).lasting is lasting
    sender.statuses.clear()
    assert asking.round().fetched == 1


@pytest.mark.parametrize(
    "document",
    [
        b"<!DOCTYPE f [<!ENTITY a 'b'>]><feed xmlns='http://www.w3.org/2005/Atom'>&a;</feed>",
        b"<html/>",
        b"<feed",
        b"",
        b"<a>" * 400,
        b"x" * (9 << 20),
    ],
)
def test_hostile_feeds_are_faults(sender: Sender, asking: Asking, document: bytes) -> None:
    sender.things["/feed"] = document
    assert asking.round(fault="127.0.0.1").fetched == 0


def test_a_message_that_can_not_be_read_is_the_pipelines_to_judge(
    sender: Sender, asking: Asking
) -> None:
    sender.things["/messages/one"] = b"<broken"
    sender.publish(entry("one", "messages/one"))
    assert asking.round().fetched == 1
    assert asking.view()["0000000000017/0000000000017.xml"] == b"<broken"


def test_addresses_pass_the_guard(sender: Sender, tmp_path: Path) -> None:
    asking = ask(tmp_path, sender, private=False)
    sender.publish(offer(sender))
    assert asking.round(fault="no public address").lasting
    assert sender.asked == []


@pytest.mark.parametrize("href", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://["])
def test_one_hostile_entry_holds_up_no_other(sender: Sender, asking: Asking, href: str) -> None:
    sender.publish(entry("bad", href), offer(sender))
    done = asking.round()
    assert done.fetched == 1
    assert done.refused == (href != "http://[")  # an entry without a message is none


def test_a_credential_stays_at_home(sender: Sender, asking: Asking) -> None:
    sender.publish(offer(sender))
    elsewhere = sender.url.replace("127.0.0.1", "localhost")
    sender.moved["/messages/one"] = f"{elsewhere}/elsewhere"
    sender.things["/elsewhere"] = sender.things["/messages/one"]
    assert asking.round().fetched == 1
    said = {path: bearer for path, bearer, _ in sender.asked}
    assert said["/feed"] == "Basic YWNtZTpzZWNyZXQ="
    assert said["/messages/one"] == said["/feed"]
    assert said["/elsewhere"] is None


@pytest.mark.parametrize("address", ["/feed", "/elsewhere"])
def test_a_credential_is_not_sent_over_plain_http(
    sender: Sender, tmp_path: Path, address: str
) -> None:
    """The feed's own address is plain HTTP here, and nobody allowed that."""
    asking = ask(tmp_path, sender, plain_http=False, url=f"{sender.url}{address}")
    sender.things["/elsewhere"] = b""
    sender.publish(offer(sender))
    done = asking.round(fault="plain http")
    assert done.lasting
    assert "watch.plain_http" in done.fault
    assert sender.asked == []
    asking.poller.credential = lambda _feed: None  # without one there is nothing to protect
    if address == "/feed":
        assert asking.round().fetched == 1
        assert {said for _, said, _ in sender.asked} == {None}


def test_addresses_stand_to_their_base(sender: Sender, asking: Asking) -> None:
    """RFC 4287, 2: `xml:base` of the feed, of the entry, of the link, each within the other."""
    entries = offer(sender).replace("<entry>", '<entry xml:base="deep/">')
    entries = entries.replace('href="messages/one"', 'xml:base="er/" href="one"')
    sender.things["/base/deep/er/one"] = sender.things.pop("/messages/one")
    sender.publish(entries)
    feed = sender.things["/feed"]
    sender.things["/feed"] = feed.replace(b"<feed ", b'<feed xml:base="/base/" ')
    assert asking.round().fetched == 1
    assert "/base/deep/er/one" in sender.paths()


def test_files_beside_the_message_are_fetched_from_there(sender: Sender, asking: Asking) -> None:
    """An address that is relative in a message stands to where the message came from."""
    sender.publish(offer(sender))
    sender.things["/messages/one"] = MESSAGE.format(uri="resources/a%20b.flac").encode()
    sender.things["/messages/resources/a%20b.flac"] = b"fLaC beside"
    assert asking.round().fetched == 1
    assert asking.view()["0000000000017/resources/a%20b.flac"] == b"fLaC beside"


@pytest.mark.parametrize("uri", ["resources/none.flac", "../../../feed", "0000000000017.xml"])
def test_what_is_not_beside_it_is_the_pipelines_to_judge(
    sender: Sender, asking: Asking, uri: str
) -> None:
    sender.publish(offer(sender))
    sender.things["/messages/one"] = MESSAGE.format(uri=uri).encode()
    assert asking.round().fetched == 1
    assert asking.view() == {
        "complete": b"",
        "0000000000017/0000000000017.xml": sender.things["/messages/one"],
    }


def test_redirects_end(sender: Sender, asking: Asking) -> None:
    sender.moved["/feed"] = "/feed"
    asking.round(fault="redirects")


def test_rounds_wait_longer_after_faults() -> None:
    assert [wait_after(60, failures) for failures in (0, 1, 2, 30)] == [60, 120, 240, 3600]
    assert wait_after(86_400, 9) == 86_400


def test_an_album_of_a_web_service_goes_live(
    sender: Sender, tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    batch = good(tmp_path, Shape(seed=41))
    (xml,) = (path for path in batch.folder.rglob("*.xml") if "BatchComplete" not in path.name)
    text = xml.read_text(encoding="utf-8")
    for file in (path for path in xml.parent.rglob("*") if path.is_file() and path != xml):
        named = str(file.relative_to(xml.parent))
        sender.things[f"/{named}"] = file.read_bytes()
        text = text.replace(f">{named}<", f">{sender.url}/{named}<")
    sender.things["/message"] = text.encode()
    sender.publish(entry("album", "/message", xml.stem))
    service = Service(tmp_path / "data", schema_folder.root)
    service.settings = {"SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
    service.start()
    try:
        terms = (
            f"watch.url={sender.url}/feed",
            "watch.interval_s=1",
            f"watch.status_url={sender.url}/status",
            "watch.delete_taken=true",
        )
        service.feed = service.run(
            *("feeds", "create", "--name", "web", "--dpid", SIDES.sender_dpid),
            *("--protocol", "atom"),
            *(part for term in terms for part in ("--set", term)),
        )
        service.until(lambda: service.states() == ["live"], 60, "the album is live")
        service.until(lambda: len(sender.told) >= 2, 30, "the sender was told")
        written = set(contents(service.view, "ACK_*.xml"))
    finally:
        service.stop()
    first, *_, last = sender.told
    assert (first.method, first.path) == ("POST", "/status")
    assert first.body in written
    assert b"ReleaseMadeAvailableToConsumers" in first.body
    assert (last.method, last.path) == ("DELETE", "/message")
