"""Any order of arrival of any set of messages and decisions gives the same catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st

from catalog.lifecycle import DecisionKind
from catalog.log import ABOUT_RELEASES
from core.database import Base, Database
from ddex.ern.model import Deal, Period
from tests.integration.catalog.world import STREAM, Ruled, Said, feeds_of, hear, rows, told
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
ENDED = replace(STREAM, periods=(Period(start="2026-01-01", end="2026-02-01"),))
DOWN = Deal(release_references=("R0",), is_takedown=True, territories=("Worldwide",))

TRACKS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.integers(0, 2)),
    max_size=3,
    unique_by=lambda track: track[0],
).map(tuple)
SAID = st.builds(
    Said,
    release=st.integers(0, 1),
    feed=st.integers(0, 1),
    owner=st.sampled_from([0, 0, 0, 1]),
    stamp=st.integers(0, 1),
    created=st.none() | st.integers(0, 1),
    title=st.sampled_from(["Old", "New name"]),
    tracks=TRACKS,
    cover=st.none() | st.integers(0, 1),
    deals=st.sampled_from([(STREAM,), (), (ENDED,), (DOWN,)]),
    purge=st.sampled_from([False, False, False, True]),
)
RULED = st.builds(
    Ruled,
    kind=st.sampled_from(ABOUT_RELEASES),
    release=st.integers(0, 1),
    stamp=st.integers(0, 1),
    feed=st.integers(0, 1),
)
ENTRIES = st.one_of(SAID, SAID, SAID, RULED)


def _number(entry: Said | Ruled) -> object:
    """What the log has once."""
    if isinstance(entry, Said):
        return entry.feed, entry.digest
    feed = entry.feed if entry.kind is DecisionKind.TRANSFER else None
    return entry.kind, entry.release, entry.stamp, feed


SETS = st.lists(ENTRIES, min_size=2, max_size=6, unique_by=_number)
Arrivals = tuple[list[Said | Ruled], list[Said | Ruled], set[int]]


@st.composite
def arrivals(draw: Callable[..., Any]) -> Arrivals:
    """One set of entries in two orders, and which of the second die before they commit."""
    entries = draw(SETS)
    return entries, draw(st.permutations(entries)), draw(st.sets(st.integers(0, 5), max_size=2))


OLD = Said(tracks=((0, 0), (1, 0)))
UPDATE = Said(stamp=1, title="New name", tracks=((0, None), (1, None)), cover=None)
SHORTER = Said(stamp=1, title="Without the second", tracks=((0, None),), cover=None)
GONE = Said(stamp=2, deals=(), tracks=((0, None),), cover=None)
BACK = Said(stamp=3, tracks=((0, 1),))
SHARED = Said(release=1, title="The same recording elsewhere", tracks=((0, 2),))
TWICE = (Said(feed=0), Said(feed=1))
PURGED = Said(stamp=1, purge=True)
AFTER = Said(stamp=2, tracks=((0, None), (1, 1)), cover=None)
MOVED = Ruled(kind=DecisionKind.TRANSFER, feed=1)
THEIRS = Said(stamp=1, owner=1, feed=1, title="By the other", tracks=((0, None),), cover=None)


@settings(
    max_examples=50,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(arrivals())
@example(([OLD, UPDATE], [UPDATE, OLD], set()))
@example(([OLD, SHORTER, SHARED], [SHORTER, SHARED, OLD], {0, 2}))
@example(([OLD, GONE, BACK], [BACK, OLD, GONE], {1}))
@example((list(TWICE), list(reversed(TWICE)), set()))
@example(([OLD, PURGED, AFTER], [AFTER, PURGED, OLD], {0}))
@example(([OLD, MOVED, THEIRS, PURGED], [THEIRS, PURGED, MOVED, OLD], {2}))
def test_any_order_of_arrival_gives_the_same_catalogue(orders: Arrivals) -> None:
    first, second, crashes = orders
    assert told(first) == told(second, crashes)


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(orders=arrivals())
@example(orders=([OLD, MOVED, THEIRS, PURGED], [THEIRS, PURGED, MOVED, OLD], {2}))
def test_and_so_on_postgresql(server: Database, orders: Arrivals) -> None:
    first, second, crashes = orders
    with server.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    feeds_of(server)
    for number, entry in enumerate(second):
        hear(server, entry, crash=number in crashes)
    with server.read() as session:
        assert rows(session) == told(first)


@pytest.fixture(scope="module")
def server(postgres: str) -> Iterator[Database]:  # noqa: F811 - the fixture
    database = Database(postgres)
    Base.metadata.create_all(database.engine)
    yield database
    Base.metadata.drop_all(database.engine)
    database.close()
