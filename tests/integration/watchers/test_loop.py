"""The watchers of a service together: a store that hangs or fails holds up nobody."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from catalog.models import Feed
from ingest.watchers.loop import Watchers
from ingest.watchers.queues import Queues
from ingest.watchers.state import state_of
from storage.backends.memory import MemorySource
from storage.source import StoreFault
from tests.integration.watchers.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingest.watchers.watch import Round
    from ingest.watchers.watched import Watched
    from storage.source import Source


def _no_queue(_: Watched) -> None:
    raise StoreFault("there is no queue")


def _watchers(world: World) -> Watchers:
    queues = Queues(connect=_no_queue)  # type: ignore[arg-type]
    return Watchers(watcher=world.watcher, queues=queues, database=world.database, interval_s=0.05)


async def _until(ask: Callable[[], object]) -> None:
    async with asyncio.timeout(80):
        while not ask():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("trouble", ["hangs", "fails", "crashes"])
async def test_a_store_in_trouble_holds_up_nobody(tmp_path: Path, trouble: str) -> None:
    release = threading.Event()
    good = MemorySource()

    def connect(place: Watched) -> Source:
        if place.place.bucket == "bad-bucket":
            if trouble == "hangs":
                release.wait(120)
            raise StoreFault("it is away") if trouble != "crashes" else RuntimeError("a bug")
        return good

    world = World(tmp_path, good, connect=connect)
    bad = world.make_feed("bad", "s3://bad-bucket/in")
    world.put("a.flac")
    watchers = _watchers(world)
    running = asyncio.ensure_future(watchers.run())
    await _until(world.view)
    world.put("b.flac")
    await _until(lambda: len(world.view()) == 2)
    with world.database.read() as session:
        state = state_of(session, bad)
    if trouble == "fails":
        assert state is not None
        assert state.fault == "it is away"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    release.set()
    await _until(lambda: not watchers.busy)


async def test_feeds_that_come_and_go_are_followed(tmp_path: Path) -> None:
    world = World(tmp_path, MemorySource())
    world.change(disabled=True)
    world.put("a.flac")
    watchers = _watchers(world)
    running = asyncio.ensure_future(watchers.run())
    await asyncio.sleep(0.1)
    assert world.view() == {}
    world.change(disabled=False)
    await _until(world.view)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await _until(lambda: not watchers.busy)


def test_the_state_tells_what_was_taken_and_what_was_refused(tmp_path: Path) -> None:
    world = World(tmp_path, MemorySource())
    with world.database.read() as session:
        assert state_of(session, world.feed) is None
    world.put("good.flac", b"1234")
    world.put("bad\\name.flac")
    world.round()
    with world.database.read() as session:
        state = state_of(session, world.feed)
    assert state is not None
    assert (state.seen, state.fetched, state.bytes, state.pending) == (2, 1, 4, 0)
    assert [one.key for one in state.refused] == ["in/bad\\\\name.flac"]
    told = state.to_json()
    assert told["refused"][0]["note"]
    assert told["good_at"] == world.clock().isoformat()


def test_objects_come_no_faster_than_agreed(tmp_path: Path) -> None:
    world = World(tmp_path, MemorySource())
    with world.database.read() as session:
        terms = dict(session.get_one(Feed, world.feed).terms)
    world.change(terms={**terms, "rate_bytes_s": 1})
    world.put("a.flac", b"1234567890" * 100)
    rounds: list[Round] = []
    looking = threading.Thread(target=lambda: rounds.append(world.watcher.round(world.feed)))
    looking.start()
    line = world.views.guard.rate(world.feed)
    while looking.is_alive() and not line.take(0):
        threading.Event().wait(0.01)
    world.watcher.stop()
    looking.join(80)
    assert [(done.fetched, done.fault) for done in rounds] == [(0, "the service stops")]
    world.change(terms=terms)
    world.restart()
    assert world.round().fetched == 1
    assert world.leftovers() == []
