"""Accounting against a plain reading of its rules, and its promises on any set of plays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import md5
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from server.usage import accounting, duck
from server.usage.policy import REASONS, Market, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from duckdb import DuckDBPyConnection

START = datetime(2026, 11, 21, 9)  # noqa: DTZ001 - facts are UTC without saying so
LONG = 180_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A row of facts."""

    play_id: str
    used_at: datetime = START
    account: str | None = "ada"
    address: str | None = None
    bot: bool = False
    operator: bool = False
    preview: bool = False
    feed_id: str = "f"
    release_id: str = "r"
    recording_id: str = "x"
    isrc: str = "GBAAA2600001"
    deal: str = "d"
    territory: str = "GB"
    tier: str = "premium"
    model: str = "m"
    use: str = "u"
    heard_ms: int = LONG
    excess_ms: int = 0
    duration_ms: int = LONG
    fixed: str | None = None


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBPyConnection]:
    with duck.connect(tmp_path_factory.mktemp("duck"), memory_mb=200, threads=1) as made:
        yield made


def judged(
    connection: DuckDBPyConnection, facts: Sequence[Fact], policy: Policy | None = None
) -> dict[str, str]:
    """Play -> reason, empty when it counts."""
    accounting.make_facts(connection)
    names = Fact.__slots__
    marks = f"({', '.join('?' * len(names))})"
    values: list[Any] = [getattr(fact, name) for fact in facts for name in names]
    if facts:
        rows = ", ".join([marks] * len(facts))
        connection.execute(f"INSERT INTO facts ({', '.join(names)}) VALUES {rows}", values)  # noqa: S608
    accounting.account(connection, policy or Policy())
    found = connection.execute("SELECT play_id, reason, verdict, quantity FROM accounted")
    told = {}
    for play, reason, verdict, quantity in found.fetchall():
        assert verdict == (REASONS[reason][0] if reason else "counted")
        assert quantity == 1
        told[play] = reason
    return told


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"heard_ms": 30_000}, ""),
        ({"heard_ms": 29_999}, "too_short"),
        ({"heard_ms": 19_500, "duration_ms": 20_000}, ""),
        ({"heard_ms": 19_499, "duration_ms": 20_000}, "too_short"),
        ({"heard_ms": 29_999, "duration_ms": 0}, "too_short"),
        ({"heard_ms": 30_000, "duration_ms": 0}, ""),
        ({"heard_ms": 0, "duration_ms": 300}, "too_short"),
        ({"preview": True}, "preview"),
        ({"operator": True}, "operator"),
        ({"bot": True}, "bot"),
        ({"excess_ms": 60_000}, ""),
        ({"excess_ms": 60_001}, "speed"),
        ({"account": None}, ""),
    ],
)
def test_rules_of_one_play(
    connection: DuckDBPyConnection, changes: dict[str, Any], reason: str
) -> None:
    assert judged(connection, [replace(Fact(play_id="p"), **changes)]) == {"p": reason}


def test_thresholds_by_market_and_recipient(connection: DuckDBPyConnection) -> None:
    policy = Policy(
        markets=(
            Market(),
            Market(territory="DE", least_ms=31_000),
            Market(feed_id="it's", least_ms=60_000),
            Market(territory="DE", feed_id="it's", least_ms=5_000),
        )
    )
    plays = [
        Fact(play_id=f"{territory}/{feed}/{heard}", territory=territory, feed_id=feed,
             heard_ms=heard * 1000, account=None)
        for territory in ("GB", "DE") for feed in ("f", "it's") for heard in (4, 5, 30, 31, 60)
    ]  # fmt: skip
    counted = {play for play, reason in judged(connection, plays, policy).items() if not reason}
    assert counted == {
        "GB/f/30", "GB/f/31", "GB/f/60", "GB/it's/60", "DE/f/31", "DE/f/60",
        "DE/it's/5", "DE/it's/30", "DE/it's/31", "DE/it's/60",
    }  # fmt: skip


def test_two_streams_of_one_account_count_once_and_joins_are_none(
    connection: DuckDBPyConnection,
) -> None:
    plays = [
        Fact(play_id="a"),
        Fact(play_id="b", used_at=later(60)),
        Fact(play_id="c", used_at=later(176), recording_id="y"),  # 4 s before the end of a
        Fact(play_id="other", account="bob", used_at=later(60)),
        Fact(play_id="visitor", account=None, used_at=later(60)),
    ]
    told = judged(connection, plays)
    assert told == {"a": "", "b": "concurrent", "c": "concurrent", "other": "", "visitor": ""}
    assert judged(connection, [plays[0], plays[2]]) == {"a": "", "c": ""}


def test_a_tier_with_more_streams(connection: DuckDBPyConnection) -> None:
    plays = [
        Fact(play_id=str(number), tier="family", used_at=later(number * 10), recording_id=name)
        for number, name in enumerate("xyzw")
    ]  # fmt: skip
    told = judged(connection, plays, Policy(streams={"family": 3}))
    assert told == {"0": "", "1": "", "2": "", "3": "concurrent"}


def test_caps_of_a_day_stand_in_the_policys_zone(connection: DuckDBPyConnection) -> None:
    plays = [Fact(play_id=str(n), used_at=later(n * 200)) for n in range(5)]
    assert Counter(judged(connection, plays, Policy(recording_cap=3)).values()) == {
        "": 3,
        "recording_cap": 2,
    }
    others = [replace(fact, recording_id=f"x{n}") for n, fact in enumerate(plays)]
    assert judged(connection, others, Policy(day_cap=4))["4"] == "day_cap"
    # 10:55 to 11:08 UTC: midnight in New Zealand is between
    midnight = [
        replace(fact, used_at=fact.used_at + timedelta(hours=1, minutes=55)) for fact in plays
    ]
    assert Counter(judged(connection, midnight, Policy(recording_cap=3)).values())[""] == 3
    zone = Policy(recording_cap=3, zone="Pacific/Auckland")
    assert Counter(judged(connection, midnight, zone).values())[""] == 5


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [(datetime(2026, 10, 24, 22), 25), (datetime(2026, 3, 28, 23), 23)],  # noqa: DTZ001
)
def test_days_on_which_clocks_change_have_25_and_23_hours(
    connection: DuckDBPyConnection, midnight: datetime, hours: int
) -> None:
    """Berlin: what is heard in the hour that comes twice, or before the next midnight, counts."""
    policy = Policy(day_cap=2, zone="Europe/Berlin")
    plays = [
        Fact(play_id=name, used_at=midnight + timedelta(hours=at), recording_id=name)
        for name, at in (("a", 0), ("b", 2), ("c", hours - 0.1), ("next", hours), ("before", -0.1))
    ]
    told = judged(connection, plays, policy)
    assert told == {"a": "", "b": "", "c": "day_cap", "next": "", "before": ""}


def test_loops_and_crowded_addresses_are_quarantined_whole(connection: DuckDBPyConnection) -> None:
    loops = [Fact(play_id=f"l{n}", used_at=later(n * 200)) for n in range(6)]
    crowd = [
        Fact(play_id=f"c{n}", account=f"acc{n}", address="one", recording_id="y") for n in range(4)
    ]
    told = judged(connection, [*loops, *crowd], Policy(loop=5, accounts_per_address=3))
    assert {told[f"l{n}"] for n in range(6)} == {"loop"}
    assert {told[f"c{n}"] for n in range(4)} == {"address"}
    visitors = [replace(each, account=None, address="two") for each in loops]
    assert set(judged(connection, visitors, Policy(loop=5)).values()) == {"loop"}


def test_what_the_ledger_has_goes_before_what_comes_late(connection: DuckDBPyConnection) -> None:
    known = Fact(play_id="known", used_at=later(100), fixed="counted")
    assert judged(connection, [known, Fact(play_id="late")]) == {"late": "concurrent"}
    assert judged(connection, [replace(known, fixed="excluded"), Fact(play_id="late")]) == {
        "late": ""
    }
    caps = [replace(known, play_id=f"k{n}", used_at=later(n * 400 + 3600)) for n in range(3)]
    assert judged(connection, [*caps, Fact(play_id="late")], Policy(recording_cap=3)) == {
        "late": "recording_cap"
    }


# ---- any set of plays

POLICY = Policy(streams={"family": 2}, recording_cap=2, day_cap=4, loop=6, accounts_per_address=2)


@st.composite
def plays(draw: st.DrawFn) -> list[Fact]:
    one = st.builds(
        Fact,
        play_id=st.just(""),
        used_at=st.integers(0, 400).map(lambda step: later(step * 15)),
        account=st.sampled_from(["ada", "bob", "cy", None]),
        address=st.sampled_from(["one", "two", None]),
        bot=st.sampled_from([False] * 9 + [True]),
        operator=st.sampled_from([False] * 9 + [True]),
        recording_id=st.sampled_from(["x", "y", "z"]),
        tier=st.sampled_from(["premium", "family"]),
        heard_ms=st.sampled_from([0, 20_000, 30_000, 60_000, LONG]),
        excess_ms=st.sampled_from([0, 0, 0, 61_000]),
        duration_ms=st.sampled_from([0, 20_000, LONG]),
    )
    return [
        replace(fact, play_id=f"p{n}") for n, fact in enumerate(draw(st.lists(one, max_size=24)))
    ]


def plainly(facts: Sequence[Fact]) -> dict[str, str]:
    """The same rules, play by play."""
    told: dict[str, str] = {}
    for fact in facts:
        if fact.operator or fact.bot or fact.excess_ms > POLICY.speed_ms:
            told[fact.play_id] = "operator" if fact.operator else "bot" if fact.bot else "speed"
        elif not (
            fact.heard_ms >= 30_000
            or (0 < fact.duration_ms < 30_000 and fact.heard_ms >= fact.duration_ms - 500)
        ):
            told[fact.play_id] = "too_short"
    left = [fact for fact in facts if fact.play_id not in told]
    crowded = {
        place for place in ("one", "two")
        if len({fact.account for fact in left if fact.address == place} - {None}) > 2
    }  # fmt: skip
    often = Counter((fact.account or fact.address, fact.recording_id) for fact in left)
    for fact in left:
        listener = fact.account or fact.address
        if fact.address in crowded:
            told[fact.play_id] = "address"
        elif listener and often[listener, fact.recording_id] > POLICY.loop:
            told[fact.play_id] = "loop"
    left = [fact for fact in left if fact.play_id not in told and fact.account]
    for account in {fact.account for fact in left}:
        told |= _of_account([fact for fact in left if fact.account == account])
    return {fact.play_id: told.get(fact.play_id, "") for fact in facts}


def _of_account(facts: list[Fact]) -> dict[str, str]:
    def end(fact: Fact) -> datetime:
        return fact.used_at + timedelta(milliseconds=fact.heard_ms)

    told: dict[str, str] = {}
    ordered = sorted(facts, key=lambda fact: (fact.used_at, _tie(fact)))
    for place, fact in enumerate(ordered):
        slack = fact.used_at + timedelta(milliseconds=POLICY.join_ms)
        running = sum(end(earlier) > slack for earlier in ordered[:place])
        if running >= POLICY.streams.get(fact.tier, 1):
            told[fact.play_id] = "concurrent"
    songs: Counter[str] = Counter()
    day = 0
    for fact in ordered:
        if fact.play_id in told:
            continue
        songs[fact.recording_id] += 1
        if songs[fact.recording_id] > POLICY.recording_cap:
            told[fact.play_id] = "recording_cap"
        elif (day := day + 1) > POLICY.day_cap:
            told[fact.play_id] = "day_cap"
    return told


def _tie(fact: Fact) -> int:
    return int.from_bytes(md5(fact.play_id.encode(), usedforsecurity=False).digest()[8:], "little")


@settings(max_examples=25, deadline=None)
@given(plays(), st.randoms(use_true_random=False))
def test_any_plays_in_any_order_are_judged_as_the_rules_say(
    connection: DuckDBPyConnection, facts: list[Fact], random: Random
) -> None:
    expected = plainly(facts)
    assert judged(connection, facts, POLICY) == expected
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert judged(connection, shuffled, POLICY) == expected
    assert set(expected) == {fact.play_id for fact in facts}
