"""Rounds over a bucket in memory: what is taken, when, how often, and what is not."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from sqlalchemy import select

from catalog.models import InboxFile
from ingest.watchers.fetching import PART
from storage.backends.memory import MemorySource
from storage.source import ObjectChanged, StoreFault
from tests.integration.watchers.world import BATCH, COMPLETE, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from storage.source import Found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, MemorySource())


def test_what_lies_there_is_received_once(world: World) -> None:
    world.put(f"{BATCH}/r/r.xml", b"<m/>")
    world.put(f"{BATCH}/r/resources/a.flac", b"audio")
    first = world.round()
    assert (first.seen, first.fetched, first.bytes) == (2, 2, 9)
    assert world.view() == {f"{BATCH}/r/r.xml": b"<m/>", f"{BATCH}/r/resources/a.flac": b"audio"}
    before = world.receipts()
    second = world.round()
    assert (second.seen, second.fetched) == (2, 0)
    assert world.receipts() == before
    assert world.leftovers() == []


def test_rows_say_the_door_and_the_digest(world: World) -> None:
    world.put("x.xml", b"abc")
    world.round()
    with world.database.read() as session:
        row = session.scalars(select(InboxFile)).one()
    assert (row.blake3, row.size) == (blake3(b"abc").hexdigest(), 3)


def test_media_come_before_messages_and_completions_last(world: World) -> None:
    for name in (COMPLETE, f"{BATCH}/a/a.xml", f"{BATCH}/z/z.flac", f"{BATCH}/B/b.flac"):
        world.put(name, b"" if name == COMPLETE else b"x")
    world.round()
    arrived = world.arrivals()
    assert arrived[-1] == COMPLETE
    assert arrived[-2] == f"{BATCH}/a/a.xml"
    assert len(world.deliveries()) == len({row.release_folder for row in world.deliveries()})
    assert world.deliveries()


def test_an_object_written_again_is_a_new_receipt(world: World) -> None:
    world.put("x.xml", b"one")
    world.round()
    world.put("y.xml", b"y")
    world.round()
    before = world.receipts()
    world.put("x.xml", b"two!")
    assert world.round().fetched == 1
    assert world.view() == {"x.xml": b"two!", "y.xml": b"y"}
    assert world.receipts()["x.xml"] > max(before.values())


def test_objects_greater_than_a_part_are_whole(world: World) -> None:
    data = bytes(range(256)) * ((2 * PART + 4096) // 256)
    world.put("big.flac", data)
    world.put("empty.flac", b"")
    world.round()
    assert world.view() == {"big.flac": data, "empty.flac": b""}
    with world.database.read() as session:
        row = session.scalars(select(InboxFile).where(InboxFile.path == "big.flac")).one()
    assert row.blake3 == blake3(data).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "a\\b.flac",
        "a\tb.flac",
        "nul\0.flac",
        "a//b.flac",
        "a/../b.flac",
        "../../etc/passwd",
        "/abs.flac",
        "./a.flac",
        "full-folder/",
        "turn\u202egpj.flac",
        "n" * 201,
        "/".join("abcdefghijklmnopqrst"),
    ],
)
def test_names_that_no_file_may_have_are_refused_and_told(world: World, name: str) -> None:
    world.put(name)
    world.put("good.flac")
    done = world.round()
    assert world.view() == {"good.flac": b"data"}
    refused = [row for row in world.objects().values() if row.state == "refused"]
    assert len(refused) == 1
    assert refused[0].note
    assert done.fetched == 1
    assert world.round().fetched == 0


def test_names_are_composed_and_namesakes_refused(world: World) -> None:
    composed = unicodedata.normalize("NFC", "cafe\u0301.flac")
    world.put(composed, b"one")
    world.put(unicodedata.normalize("NFD", composed), b"two")
    world.round()
    assert list(world.view()) == [composed]
    states = sorted(row.state for row in world.objects().values())
    assert states == ["refused", "taken"]


@pytest.mark.parametrize(
    "name",
    [
        "acknowledgements/ACK_1_20261121120000000.xml",
        f"{BATCH}/acknowledgements/ACK_1.xml",
        "reports/r.html",
        "a.flac.part",
        ".hidden/a.flac",
        "x.filepart",
    ],
)
def test_our_answers_and_unfinished_names_are_passed_over(world: World, name: str) -> None:
    world.put(name)
    done = world.round()
    assert (done.seen, done.skipped) == (0, 1)
    assert world.view() == {}


def test_other_prefixes_are_never_seen(world: World) -> None:
    world.bucket.put("inner/x.flac", b"other")
    world.bucket.put("in.flac", b"other")
    world.put("mine.flac")
    assert world.round().seen == 1
    assert world.view() == {"mine.flac": b"data"}


class Failing:
    """A bucket that fails where it is told to."""

    def __init__(self, inner: MemorySource) -> None:
        self.inner = inner
        self.bad: dict[str, Exception] = {}
        self.listing: Exception | None = None
        self.reads: list[str] = []

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        for page in self.inner.pages(prefix, after):
            for found in page:
                yield [found]
                if self.listing:
                    raise self.listing

    def find(self, key: str) -> Found | None:
        return self.inner.find(key)

    def read(self, found: Found, start: int, end: int) -> bytes:
        self.reads.append(found.key)
        if found.key in self.bad:
            raise self.bad[found.key]
        return self.inner.read(found, start, end)

    def put(self, key: str, data: bytes | Path) -> None:
        self.inner.put(key, data)

    def copy(self, found: Found, key: str) -> None:
        self.inner.copy(found, key)

    def delete(self, found: Found) -> None:
        self.inner.delete(found)

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def failing(tmp_path: Path) -> World:
    return World(tmp_path, Failing(MemorySource()))


def _bucket(world: World) -> Failing:
    assert isinstance(world.bucket, Failing)
    return world.bucket


def test_a_completion_waits_for_what_could_not_be_fetched(failing: World) -> None:
    key = f"in/{BATCH}/r/a.flac"
    _bucket(failing).bad[key] = StoreFault("503 slow down")
    failing.put(f"{BATCH}/r/a.flac")
    failing.put(f"{BATCH}/r/r.xml")
    failing.put(COMPLETE, b"")
    done = failing.round(fault=True)
    assert "slow down" in done.fault
    assert COMPLETE not in failing.view()
    assert failing.state().failures == 1
    assert failing.leftovers() == []
    _bucket(failing).bad.clear()
    assert failing.round().fetched == 2
    assert failing.arrivals()[-1] == COMPLETE
    assert failing.state().failures == 0


def test_an_object_replaced_while_it_is_read_is_taken_as_it_is_then(failing: World) -> None:
    failing.put("x.flac", b"old")
    _bucket(failing).bad["in/x.flac"] = ObjectChanged("in/x.flac")

    failing.round()
    failing.put("x.flac", b"newer")
    _bucket(failing).bad.clear()
    failing.round()
    assert failing.view() == {"x.flac": b"newer"}


def test_one_bad_object_holds_up_nobody_else(failing: World) -> None:
    _bucket(failing).bad["in/a.flac"] = StoreFault("this key is broken")
    for name in ("a.flac", "b.flac", "c.flac"):
        failing.put(name)
    failing.round(fault=True)
    assert set(failing.view()) == {"b.flac", "c.flac"}
    assert failing.objects()["in/a.flac"].note == "this key is broken"


def test_a_listing_that_breaks_off_loses_nothing(failing: World) -> None:
    _bucket(failing).listing = StoreFault("connection reset")
    for name in ("a.flac", "b.flac"):
        failing.put(name)
    failing.round(fault=True)
    assert failing.view() == {}
    _bucket(failing).listing = None
    failing.round()
    assert set(failing.view()) == {"a.flac", "b.flac"}


def test_named_objects_are_fetched_at_once_and_once(world: World) -> None:
    for name in (f"{BATCH}/r/a.flac", f"{BATCH}/r/r.xml", COMPLETE):
        world.put(name)
    done = world.watcher.fetch(world.feed, [f"in/{COMPLETE}", f"in/{COMPLETE}", "in/gone", "x/y"])
    assert not done.fault
    assert world.arrivals()[-1] == COMPLETE  # with all that the bucket held of its batch
    assert len(world.arrivals()) == 3
    count = len(world.deliveries())
    assert world.watcher.fetch(world.feed, [f"in/{COMPLETE}"]).fetched == 0
    assert world.round().fetched == 0
    assert len(world.deliveries()) == count


def test_a_disabled_feed_is_not_looked_at(world: World) -> None:
    world.put("x.flac")
    world.change(disabled=True)
    assert world.round(fault=True).lasting
    assert world.view() == {}


def test_the_terms_of_the_feed_hold_before_anything_is_fetched(failing: World) -> None:
    watch = {"url": f"s3://{failing.name}/in"}
    failing.change(terms={"watch": watch, "types": ["flac"], "max_file_bytes": 10})
    for name in ("a.exe", "big.flac", "m.xml", "not.flac"):
        failing.put(name, b"<?xml?><mmm/>" if name == "big.flac" else b"<m></m>")
    failing.round()
    assert failing.view() == {"m.xml": b"<m></m>"}
    refused = {key: row.note for key, row in failing.objects().items() if row.state == "refused"}
    assert refused.keys() == {"in/a.exe", "in/big.flac", "in/not.flac"}
    assert all(refused.values())


def test_a_full_quota_stops_the_round_and_loses_nothing(world: World) -> None:
    world.change(terms={"watch": {"url": f"s3://{world.name}/in"}, "quota_bytes": 10})
    world.put("big.flac", b"x" * 11)
    assert "quota" in world.round(fault=True).fault
    assert world.objects()["in/big.flac"].state == "pending"
    world.change(terms={"watch": {"url": f"s3://{world.name}/in"}})
    world.restart()  # terms are kept for two seconds
    assert world.round().fetched == 1


def test_what_is_gone_is_forgotten_though_the_store_says_it_is_forbidden(failing: World) -> None:
    _bucket(failing).bad["in/x.flac"] = StoreFault("the store answered 403", retryable=False)
    failing.put("x.flac")
    failing.round(fault=True)
    found = failing.bucket.find("in/x.flac")
    assert found is not None
    failing.bucket.delete(found)
    failing.round()
    assert failing.objects() == {}


def test_a_feed_is_looked_at_in_its_hours_only(world: World) -> None:
    watch = {"url": f"s3://{world.name}/in"}
    world.put("x.flac")
    world.change(terms={"watch": watch, "schedule": "sat 13:00-14:00 UTC"})
    assert "hours" in world.round(fault=True).fault
    assert world.view() == {}
    world.clock.advance(timedelta(hours=1))
    assert world.round().fetched == 1
