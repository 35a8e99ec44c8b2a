"""What accounting leaves out for most listeners changes no verdict: all rules say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from server.usage import duck, rules
from server.usage.policy import Policy
from tests.unit.server.usage.test_accounting import POLICY, Fact, judged, later, plays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

WIDE = replace(POLICY, recording_cap=5, day_cap=9, loop=8, accounts_per_address=9)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBPyConnection]:
    with duck.connect(tmp_path_factory.mktemp("duck"), memory_mb=200, threads=1) as made:
        yield made


def by_all_rules(connection: DuckDBPyConnection, policy: Policy) -> dict[str, str]:
    """Play -> reason, of the facts that `judged` has left."""
    connection.execute("CREATE OR REPLACE TABLE judged (row BIGINT, reason VARCHAR)")
    rules.judge(connection, policy, "facts", "rowid", late=True)
    found = connection.execute(
        "SELECT play_id, coalesce(reason, '') FROM facts LEFT JOIN judged ON facts.rowid = row"
        " WHERE fixed IS NULL"
    )
    return dict(found.fetchall())


def same(connection: DuckDBPyConnection, facts: Sequence[Fact], policy: Policy) -> set[str]:
    """The reasons there are, by both ways."""
    found = judged(connection, facts, policy)
    assert found == by_all_rules(connection, policy)
    return set(found.values())


@settings(max_examples=60, deadline=None)
@given(
    plays(),
    st.sampled_from([POLICY, WIDE, replace(WIDE, zone="Asia/Kolkata"), Policy()]),
    st.integers(0, 24),
    st.lists(st.sampled_from(["counted", "counted", "excluded"]), min_size=24, max_size=24),
    st.booleans(),
)
def test_any_plays_get_the_verdicts_of_all_rules(
    connection: DuckDBPyConnection,
    facts: list[Fact],
    policy: Policy,
    known: int,
    verdicts: list[str],
    late: bool,  # noqa: FBT001 - drawn
) -> None:
    """The first `known` plays stand in the ledger, or some at any time (`late`)."""
    ordered = facts if late else sorted(facts, key=lambda fact: fact.used_at)
    facts = [
        replace(fact, fixed=verdicts[place % 24]) if place < known else fact
        for place, fact in enumerate(ordered)
    ]
    same(connection, facts, policy)


def test_a_loop_a_crowd_and_two_at_once_stand_beside_plain_plays(
    connection: DuckDBPyConnection,
) -> None:
    facts = [
        *(Fact(play_id=f"loop{n}", used_at=later(n * 200)) for n in range(10)),
        *(Fact(play_id=f"crowd{n}", account=f"acc{n}", address="one") for n in range(10)),
        *(Fact(play_id=f"over{n}", account="bob", used_at=later(n)) for n in range(2)),
        *(Fact(play_id=f"same{n}", account="dee", recording_id=f"{n}") for n in range(2)),
        Fact(play_id="plain", account="cy", address="two"),
        Fact(play_id="visitor", account=None, address="two"),
        Fact(play_id="nobody", account=None),
    ]
    assert same(connection, facts, WIDE) == {"", "loop", "address", "concurrent"}
    left = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    assert left == {"accounted", "facts", "judged"}


def test_no_plays_have_no_verdicts(connection: DuckDBPyConnection) -> None:
    assert same(connection, [], Policy()) == set()
