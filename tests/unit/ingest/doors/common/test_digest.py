"""The running digest is the file's digest, or says that it must be read again."""

from __future__ import annotations

from blake3 import blake3
from hypothesis import given, strategies as st

from ingest.doors.common.digest import HELD, RunningDigest


def test_in_order() -> None:
    running = RunningDigest()
    running.update(0, b"abc")
    running.update(3, b"def")
    assert running.hexdigest(6) == blake3(b"abcdef").hexdigest()


def test_an_empty_file() -> None:
    assert RunningDigest().hexdigest(0) == blake3(b"").hexdigest()


def test_a_resumed_file_is_read_again() -> None:
    assert RunningDigest(usable=False).hexdigest(0) is None


def test_a_gap_or_another_size_is_read_again() -> None:
    running = RunningDigest()
    running.update(0, b"abc")
    assert running.hexdigest(4) is None
    running.update(5, b"x")
    assert running.hexdigest(6) is None


def test_overwritten_or_truncated_is_read_again() -> None:
    running = RunningDigest()
    running.update(0, b"abc")
    running.truncated(3)
    assert running.hexdigest(3) is not None
    running.update(1, b"x")
    assert running.hexdigest(3) is None
    cut = RunningDigest()
    cut.update(0, b"abc")
    cut.truncated(2)
    assert cut.hexdigest(2) is None


def test_too_much_out_of_order_is_let_go() -> None:
    running = RunningDigest()
    piece = bytes(1 << 20)
    for number in range(1, HELD // len(piece) + 2):
        running.update(number << 20, piece)
    running.update(0, piece)
    assert running.hexdigest(HELD + (2 << 20)) is None


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=20), st.randoms())
def test_any_order_of_the_pieces(pieces: list[bytes], order: object) -> None:
    body = b"".join(pieces)
    at, placed = 0, []
    for piece in pieces:
        placed.append((at, piece))
        at += len(piece)
    order.shuffle(placed)  # type: ignore[attr-defined]
    running = RunningDigest()
    for offset, piece in placed:
        running.update(offset, piece)
    assert running.hexdigest(len(body)) == blake3(body).hexdigest()


@given(st.lists(st.tuples(st.integers(0, 30), st.binary(min_size=1, max_size=10)), max_size=12))
def test_never_a_wrong_digest(writes: list[tuple[int, bytes]]) -> None:
    body = bytearray()
    running = RunningDigest()
    for offset, piece in writes:
        body.extend(bytes(max(0, offset + len(piece) - len(body))))
        body[offset : offset + len(piece)] = piece
        running.update(offset, piece)
    assert running.hexdigest(len(body)) in (None, blake3(bytes(body)).hexdigest())
