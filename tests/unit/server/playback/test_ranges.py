"""Ranges and conditions."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from server.playback.ranges import Answer, select

TAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("bytes=0-0", Answer(206, 0, 1)),
        ("bytes=0-", Answer(206, 0, 100)),
        ("bytes=90-", Answer(206, 90, 100)),
        ("bytes=90-500", Answer(206, 90, 100)),
        ("bytes=-5", Answer(206, 95, 100)),
        ("bytes=-500", Answer(206, 0, 100)),
        (" bytes=1-2 ", Answer(206, 1, 3)),
        ("bytes=100-", Answer(416)),
        ("bytes=-0", Answer(416)),
        ("bytes=5-4", Answer(200, 0, 100)),
        ("bytes=-", Answer(200, 0, 100)),
        ("bytes=0-1,4-5", Answer(200, 0, 100)),
        ("lines=0-1", Answer(200, 0, 100)),
        ("bytes=a-b", Answer(200, 0, 100)),
    ],
)
def test_ranges(header: str, answer: Answer) -> None:
    assert select(100, TAG, {"range": header}) == answer


def test_conditions() -> None:
    assert select(9, TAG, {"if-none-match": TAG}).status == 304
    assert select(9, TAG, {"if-none-match": f'"x", W/{TAG}'}).status == 304
    assert select(9, TAG, {"if-none-match": "*"}).status == 304
    assert select(9, TAG, {"if-none-match": '"x"'}).status == 200
    assert select(9, TAG, {"if-match": f'"x", {TAG}'}).status == 200
    assert select(9, TAG, {"if-match": "*"}).status == 200
    assert select(9, TAG, {"if-match": f"W/{TAG}"}).status == 412
    assert select(9, TAG, {"if-match": '"x"', "if-none-match": TAG}).status == 412
    assert select(9, TAG, {"range": "bytes=0-1", "if-range": TAG}).status == 206
    assert select(9, TAG, {"range": "bytes=0-1", "if-range": '"x"'}).status == 200


@given(st.text(max_size=30), st.integers(min_value=0, max_value=1000))
def test_any_header_gives_a_span_inside_the_object(header: str, size: int) -> None:
    answer = select(size, TAG, {"range": header})
    assert 0 <= answer.start <= answer.end <= size
