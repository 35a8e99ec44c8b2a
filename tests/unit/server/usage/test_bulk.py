"""Sums of many plays have the verdicts that accounting gives each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from server.usage import accounting, bulk, duck
from server.usage.policy import Policy
from tests.unit.server.usage.test_accounting import POLICY, Fact, judged, later, plays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

WIDE = replace(POLICY, recording_cap=5, day_cap=9, loop=8, accounts_per_address=9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("duck")


@pytest.fixture(scope="module")
def connection(folder: Path) -> Iterator[DuckDBPyConnection]:
    with duck.connect(folder / "scratch", memory_mb=200, threads=1) as made:
        yield made


def summed(
    connection: DuckDBPyConnection, folder: Path, policy: Policy, *cuts: datetime, at_once: int = 7
) -> list[tuple[str, int, datetime, str, str]]:
    """(isrc, quantity, used_at, verdict, reason) of the table `facts`."""
    path = folder / "facts.parquet"
    duck.copy(connection, "FROM facts", path)
    connection.execute("DROP VIEW accounted; DROP TABLE facts")
    bulk.sum_up(connection, path, policy, cuts, at_once=at_once)
    return connection.execute(
        "SELECT isrc, quantity, used_at, verdict, reason FROM summed ORDER BY ALL"
    ).fetchall()


def each_alone(facts: Sequence[Fact]) -> list[Fact]:
    return [replace(fact, isrc=fact.play_id) for fact in facts]


@settings(max_examples=40, deadline=None)
@given(
    plays(),
    st.sampled_from([POLICY, WIDE, replace(WIDE, zone="Asia/Kolkata"), Policy()]),
    st.booleans(),
    st.lists(st.sampled_from([None, None, "counted", "excluded"]), min_size=24, max_size=24),
)
def test_any_plays_get_the_verdicts_of_accounting(
    connection: DuckDBPyConnection,
    folder: Path,
    facts: list[Fact],
    policy: Policy,
    late: bool,  # noqa: FBT001 - drawn
    fixed: list[str | None],
) -> None:
    facts = each_alone(facts)
    if late:
        facts = [replace(fact, fixed=one) for fact, one in zip(facts, fixed, strict=False)]
    expected = judged(connection, facts, policy)
    found = summed(connection, folder, policy)
    assert {play: reason for play, _, _, _, reason in found} == expected
    assert all(quantity == 1 for _, quantity, *_ in found)


def test_a_loop_a_crowd_and_two_at_once_stand_beside_plain_plays(
    connection: DuckDBPyConnection, folder: Path
) -> None:
    facts = [
        *(Fact(play_id=f"loop{n}", used_at=later(n * 200)) for n in range(10)),
        *(Fact(play_id=f"crowd{n}", account=f"acc{n}", address="one") for n in range(10)),
        *(Fact(play_id=f"over{n}", account="bob", used_at=later(n)) for n in range(2)),
        Fact(play_id="plain", account="cy", address="two"),
        Fact(play_id="visitor", account=None, address="two"),
        Fact(play_id="nobody", account=None),
    ]
    expected = judged(connection, each_alone(facts), WIDE)
    found = summed(connection, folder, WIDE)
    assert {play: reason for play, _, _, _, reason in found} == expected
    assert set(expected.values()) == {"", "loop", "address", "concurrent"}


def test_alike_plays_are_one_row_between_two_cuts(
    connection: DuckDBPyConnection, folder: Path
) -> None:
    facts = [
        Fact(play_id=f"p{n}", account=f"a{n}", used_at=later(n * 600), heard_ms=heard)
        for n, heard in enumerate([180_000, 180_000, 180_000, 1_000, 180_000])
    ]
    judged(connection, facts)
    assert summed(connection, folder, Policy(), later(600)) == [
        ("GBAAA2600001", 1, later(0), "counted", ""),
        ("GBAAA2600001", 1, later(1800), "excluded", "too_short"),
        ("GBAAA2600001", 3, later(600), "counted", ""),
    ]
    names = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    assert names == {"summed"}


def test_no_plays_are_no_rows(connection: DuckDBPyConnection, folder: Path) -> None:
    accounting.make_facts(connection)
    judged(connection, [])
    assert summed(connection, folder, Policy(), later(0)) == []
