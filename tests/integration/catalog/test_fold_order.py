"""Any order of arrival of any set of messages gives the same catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests.integration.catalog.world import STREAM, Said, told

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.integration

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
    deals=st.sampled_from([(STREAM,), ()]),
)
SETS = st.lists(SAID, min_size=2, max_size=5, unique_by=lambda said: (said.feed, said.digest))


@st.composite
def arrivals(draw: Callable[..., list[Said]]) -> tuple[list[Said], list[Said]]:
    """One set of messages in two orders."""
    said = draw(SETS)
    return said, draw(st.permutations(said))


OLD = Said(tracks=((0, 0), (1, 0)))
UPDATE = Said(stamp=1, title="New name", tracks=((0, None), (1, None)), cover=None)
SHORTER = Said(stamp=1, title="Without the second", tracks=((0, None),), cover=None)
GONE = Said(stamp=2, deals=(), tracks=((0, None),), cover=None)
BACK = Said(stamp=3, tracks=((0, 1),))
SHARED = Said(release=1, title="The same recording elsewhere", tracks=((0, 2),))
TWICE = (Said(feed=0), Said(feed=1))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(arrivals())
@example(([OLD, UPDATE], [UPDATE, OLD]))
@example(([OLD, SHORTER, SHARED], [SHORTER, SHARED, OLD]))
@example(([OLD, GONE, BACK], [BACK, OLD, GONE]))
@example((list(TWICE), list(reversed(TWICE))))
def test_any_order_of_arrival_gives_the_same_catalogue(
    orders: tuple[list[Said], list[Said]],
) -> None:
    first, second = orders
    assert told(first) == told(second)
