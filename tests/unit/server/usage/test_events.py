"""Lines of the spool and play ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.usage.events import Opened, PlayIds, Progressed, decode, encode

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
OPENED = Opened(
    play="p",
    at=AT,
    account=None,
    release="r",
    recording="x",
    feed="f",
    deal="Deal\n[1]\u2028",
    territory="GB",
    tier="t",
    model="m",
    use="u",
    duration_ms=5,
)
PROGRESSED = Progressed(play="p", at=AT, heard_ms=1, position_ms=2, event="end", seq=3)


@pytest.mark.parametrize("event", [OPENED, PROGRESSED])
def test_a_line_says_the_event(event: Opened | Progressed) -> None:
    line = encode(event)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]",
        b"5",
        b"{}",
        b"\xff\xfe",
        b'{"v":2,"kind":"open"}',
        b'{"v":1,"kind":"other","at":"2026-01-01T00:00:00+00:00"}',
        b'{"v":1,"kind":"progress","at":"then"}',
        b'{"v":1,"kind":"progress","at":"2026-01-01T00:00:00+00:00","play":"p"}',
        encode(OPENED)[:-9],
    ],
)
def test_a_torn_line_is_no_event(line: bytes) -> None:
    assert decode(line) is None


def test_play_ids_are_ours_and_never_twice() -> None:
    ids = PlayIds(b"k" * 32)
    made = {ids.make() for _ in range(100)}
    assert len(made) == 100
    assert all(ids.genuine(one) and len(one) == 39 for one in made)
    one = made.pop()
    assert not PlayIds(b"x" * 32).genuine(one)
    assert not ids.genuine(one[:-1] + ("A" if one[-1] != "A" else "B"))
    assert not ids.genuine(one + "\n")
    assert not ids.genuine("é" * 22 + "." + "b" * 16)
