"""A sender's web service over real HTTP: its Atom feed is asked, what it lists is delivered."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from core.outbound import Outbound
from ingest import feeds
from ingest.feed_terms import FeedTerms
from ingest.watchers.atom import AtomPoller
from ingest.watchers.atom_loop import wait_after
from tests.fixtures.packages import SENDER, SIDES, Shape, good
from tests.fixtures.service import Service
from tests.integration.watchers.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder
    from ingest.watchers.watch import Round

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(120)]
MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" AvsVersionId="4"
 LanguageAndScriptCode="en"><ResourceList><SoundRecording>
<ResourceReference>A1</ResourceReference><SoundRecordingEdition><TechnicalDetails>
<TechnicalResourceDetailsReference>T1</TechnicalResourceDetailsReference>
<DeliveryFile><Type>AudioFile</Type><File><URI>{uri}</URI></File></DeliveryFile>
</TechnicalDetails></SoundRecordingEdition></SoundRecording></ResourceList>
</ern:NewReleaseMessage>"""


@dataclass(slots=True)
class Sender:
    """A web service: what it has by path, and what it was asked."""

    url: str = ""
    things: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    etag: str = '"1"'
    cut: set[str] = field(default_factory=set)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def publish(self, *entries: str, next_page: str = "", path: str = "/feed") -> None:
        """Write a page of the feed."""
        link = f'<link rel="next" href="{next_page}"/>' if next_page else ""
        self.things[path] = (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="urn:ddex"><id>urn:f</id>'
            f"<title>Releases</title><updated>2026-01-01T00:00:00Z</updated>{link}"
            f"{''.join(entries)}</feed>"
        ).encode()

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


def entry(name: str, href: str, release: str = "0000000000017", updated: str = "1") -> str:
    return (
        f"<entry><id>urn:{name}</id><title>{name}</title><updated>{updated}</updated>"
        f"<d:ReleaseId><ICPN>{release}</ICPN></d:ReleaseId>"
        f'<link rel="alternate" href="{href}"/><link rel="delete" href="{href}"/></entry>'
    )


class Handler(BaseHTTPRequestHandler):
    """Serves a `Sender`."""

    protocol_version = "HTTP/1.1"
    sender: Sender

    def do_GET(self) -> None:
        told = self.headers.get("if-none-match")
        self.sender.asked.append((self.path, self.headers.get("authorization"), told))
        if self.path in self.sender.moved:
            self._answer(301, b"", location=self.sender.moved[self.path])
        elif self.path.startswith("/feed") and told == self.sender.etag:
            self._answer(304, b"")
        elif self.path in self.sender.things:
            status = self.sender.statuses.get(self.path, 200)
            self._answer(status, self.sender.things[self.path], etag=self.sender.etag)
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.path in self.sender.cut:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif status != 304:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    handler = type("Bound", (Handler,), {"sender": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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


def ask(tmp_path: Path, sender: Sender, *, private: bool = True) -> Asking:
    bucket: Any = None  # nobody looks at one here
    world = World(tmp_path, bucket)
    terms = FeedTerms.read({"watch": {"url": f"{sender.url}/feed"}})
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
        terms = (f"watch.url={sender.url}/feed", "watch.interval_s=1")
        service.feed = service.run(
            *("feeds", "create", "--name", "web", "--dpid", SIDES.sender_dpid),
            *("--protocol", "atom"),
            *(part for term in terms for part in ("--set", term)),
        )
        service.until(lambda: service.states() == ["live"], 60, "the album is live")
    finally:
        service.stop()
