"""The gate by itself, with a source that can be told to change, fail and stall."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from core.clock import ManualClock
from core.errors import Unavailable
from server.errors import PlanChanged, PlayRefused, SignInRequired
from server.playback.gate import Gate, Ruling, Standing
from server.playback.tokens import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
YES = Ruling(allowed=True, reason="allowed", message="", until=None, next_change=None)
NO = Ruling(allowed=False, reason="ended", message="Ended.", until=None, next_change=None)
LATE = int((NOW + timedelta(hours=5)).timestamp())
GRANT = Grant("acc", 1, "rel", "rec", "a" * 64, "GB", "premium", "Model", "Use", LATE)


class Source:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.answer = YES
        self.named: list[str] = []
        self.last = 5
        self.epoch = 1
        self.tier = "premium"
        self.broken = False
        self.asked = 0
        self.during: Callable[[], None] = lambda: None

    def ruling(self, grant: Grant, at: datetime) -> Ruling:  # noqa: ARG002 - the protocol's
        self.asked += 1
        answer = self.answer
        self.during()
        return answer

    def events_after(self, last: int | None) -> tuple[int, Sequence[str]]:
        if self.broken:
            raise OSError("no database")
        return self.last, ([] if last is None else list(self.named))

    def standings(self, accounts: Collection[str]) -> Mapping[str, Standing]:
        return dict.fromkeys(accounts, Standing(self.epoch, self.tier, "GB"))


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def gate(source: Source, clock: ManualClock) -> Gate:
    return Gate(source, clock)


async def test_it_asks_once_and_remembers(gate: Gate, source: Source) -> None:
    for _ in range(10):
        await gate.admit(GRANT)
    assert source.asked == 1


async def test_a_crowd_is_one_question(gate: Gate, source: Source) -> None:
    source.during = lambda: time.sleep(0.05)
    async with anyio.create_task_group() as crowd:
        for _ in range(300):
            crowd.start_soon(gate.admit, GRANT)
    assert source.asked == 1


async def test_a_crowd_survives_who_asked_for_it(gate: Gate, source: Source) -> None:
    """He leaves while his question is under way; another one asks."""
    source.during = lambda: time.sleep(0.05)
    await gate.admit(replace(GRANT, release="other"))
    async with anyio.create_task_group() as crowd:
        with anyio.CancelScope() as gone:

            async def leave() -> None:
                gone.cancel()

            crowd.start_soon(leave)
            for _ in range(3):
                crowd.start_soon(gate.admit, GRANT)
            await gate.admit(GRANT)
    await gate.admit(GRANT)
    assert source.asked <= 3


async def test_a_crowd_hears_that_nothing_can_be_known(gate: Gate, source: Source) -> None:
    def breaks() -> None:
        time.sleep(0.05)
        raise OSError("no database")

    source.during = breaks
    told: list[str] = []

    async def admitted() -> None:
        try:
            await gate.admit(GRANT)
        except (Unavailable, OSError) as wrong:
            told.append(type(wrong).__name__)

    async with anyio.create_task_group() as crowd:
        for _ in range(20):
            crowd.start_soon(admitted)
    assert sorted(set(told)) == ["OSError", "Unavailable"]
    assert (len(told), source.asked) == (20, 1)


async def test_a_clock_that_is_set_back_hides_no_take_down(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    await gate.admit(GRANT)
    source.answer, source.named = NO, ["rel"]
    clock.advance(timedelta(hours=-1))
    with pytest.raises(PlayRefused):
        await gate.admit(GRANT)


async def test_an_event_makes_it_ask_again(gate: Gate, source: Source, clock: ManualClock) -> None:
    await gate.admit(GRANT)
    source.answer, source.named = NO, ["rel"]
    clock.advance(timedelta(seconds=9))
    await gate.admit(GRANT)
    clock.advance(timedelta(seconds=2))
    with pytest.raises(PlayRefused):
        await gate.admit(GRANT)


async def test_events_of_others_cost_nothing(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    await gate.admit(GRANT)
    source.named = ["other"]
    clock.advance(timedelta(seconds=20))
    await gate.admit(GRANT)
    assert source.asked == 1


async def test_the_next_change_needs_no_event(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    source.answer = replace(YES, next_change=NOW + timedelta(seconds=3))
    await gate.admit(GRANT)
    source.answer = NO
    clock.advance(timedelta(seconds=3))
    with pytest.raises(PlayRefused):
        await gate.admit(GRANT)


async def test_each_territory_model_and_use_is_judged_by_itself(gate: Gate, source: Source) -> None:
    for other in (
        GRANT,
        replace(GRANT, account="", territory="DE"),
        replace(GRANT, model="Other"),
        replace(GRANT, use="Other"),
        replace(GRANT, recording="other"),
        replace(GRANT, release="other"),
    ):
        await gate.admit(other)
    assert source.asked == 6


async def test_it_lets_nothing_through_when_it_can_not_learn(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    await gate.admit(GRANT)
    source.broken = True
    clock.advance(timedelta(seconds=40))
    await gate.admit(GRANT)
    clock.advance(timedelta(seconds=10))
    with pytest.raises(Unavailable):
        await gate.admit(GRANT)
    source.broken = False
    await gate.admit(GRANT)


async def test_at_the_start_it_lets_nothing_through_unseen(gate: Gate, source: Source) -> None:
    source.broken = True
    with pytest.raises(Unavailable):
        await gate.admit(GRANT)


async def test_an_ended_session_is_heard_of(gate: Gate, source: Source, clock: ManualClock) -> None:
    await gate.admit(GRANT)
    source.epoch = 2
    await gate.admit(GRANT)
    clock.advance(timedelta(seconds=11))
    with pytest.raises(SignInRequired):
        await gate.admit(GRANT)


async def test_another_plan_is_heard_of(gate: Gate, source: Source, clock: ManualClock) -> None:
    await gate.admit(GRANT)
    source.tier = "free"
    clock.advance(timedelta(seconds=11))
    with pytest.raises(PlanChanged):
        await gate.admit(GRANT)


async def test_it_says_until_when_it_holds(gate: Gate, source: Source) -> None:
    assert await gate.admit(GRANT) == GRANT.expires
    source.answer = replace(YES, next_change=NOW + timedelta(seconds=30))
    other = replace(GRANT, release="other")
    assert await gate.admit(other) == (NOW + timedelta(seconds=30)).timestamp()


async def test_an_ended_session_of_this_process_is_heard_of_at_once(
    gate: Gate, source: Source
) -> None:
    await gate.admit(GRANT)
    source.epoch = 2
    gate.forget_account("acc")
    with pytest.raises(SignInRequired):
        await gate.admit(GRANT)


async def test_a_verdict_read_while_an_event_came_is_not_kept(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    """Read before the change, stored after it: the old verdict must not stay for ever."""
    await gate.admit(replace(GRANT, release="warm"))

    def meanwhile() -> None:
        source.during = lambda: None
        source.answer, source.named = NO, ["rel"]
        clock.advance(timedelta(seconds=11))
        anyio.from_thread.run(gate.admit, replace(GRANT, release="warm"))

    source.during = meanwhile
    await gate.admit(GRANT)
    with pytest.raises(PlayRefused):
        await gate.admit(GRANT)


async def test_slow_requests_of_others_do_not_keep_a_take_down_waiting(
    gate: Gate, source: Source, clock: ManualClock
) -> None:
    """All threads that requests share are taken."""
    await gate.admit(GRANT)
    source.answer, source.named = NO, ["rel"]
    clock.advance(timedelta(seconds=11))
    shared = anyio.to_thread.current_default_thread_limiter()
    others = [object() for _ in range(int(shared.total_tokens))]
    for other in others:
        await shared.acquire_on_behalf_of(other)
    try:
        with anyio.fail_after(20), pytest.raises(PlayRefused):
            await gate.admit(GRANT)
    finally:
        for other in others:
            shared.release_on_behalf_of(other)
