"""However the stream is cut, each byte goes to its write or the ordinary way, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from ingest.doors.common.guard import Guard
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.sftp.express import Express
from ingest.doors.sftp.requests import Writing

HANDLE = b"\0\0\0\7"


@dataclass
class FakeUpload:
    append: bool = False
    size: int = 0


@dataclass
class FakeBehind:
    """Keeps the bytes; refuses those from `full_at` on."""

    upload: FakeUpload
    full_at: int = 1 << 60
    body: bytearray = field(default_factory=bytearray)

    def write(self, offset: int, piece: bytes) -> bool:
        if offset >= self.full_at:
            raise Refused(Reason.NO_SPACE, "full")
        self.body.extend(bytes(max(0, offset + len(piece) - len(self.body))))
        self.body[offset : offset + len(piece)] = piece
        self.upload.size = len(self.body)
        return False


@dataclass
class FakeDesk:
    behind: FakeBehind
    answers: list[tuple[int, bool]] = field(default_factory=list)
    active: float = 0.0
    peer: str = "192.0.2.7"
    username: str = "alpha"

    def held(self, handle: bytes) -> object:
        known = handle == HANDLE
        return Writing(cast("Any", self.behind.upload), cast("Any", self.behind)) if known else None

    def answer(self, request: int, fault: Refused | None) -> None:
        self.answers.append((request, fault is None))

    def hold(self, behind: object, seconds: float) -> None:
        raise AssertionError((behind, seconds))

    def disconnect(self, code: int, text: str) -> None:
        raise AssertionError((code, text))

    def channel_lost(self) -> None:
        raise AssertionError


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def write_packet(request: int, offset: int, data: bytes, handle: bytes = HANDLE) -> bytes:
    body = b"\6" + _u32(request) + _u32(len(handle)) + handle + offset.to_bytes(8, "big")
    body += _u32(len(data)) + data
    return _u32(len(body)) + body


def _desk(*, append: bool = False, full_at: int = 1 << 60) -> tuple[FakeDesk, Express]:
    desk = FakeDesk(FakeBehind(FakeUpload(append), full_at))
    express = Express(desk, desk, Guard().session("feed_a", "192.0.2.7", "sftp"))
    express.rests = True
    return desk, express


def _feed(express: Express, stream: bytes, cuts: list[int]) -> bytes:
    ordinary, at = b"", 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        if cut > at:
            ordinary += express.take(stream[at:cut])
            at = cut
    return ordinary


@given(
    st.lists(st.binary(max_size=60), max_size=6),
    st.sampled_from([b"", b"\0\0\0\5\4abcd", b"\0\0\0\1\5" + write_packet(9, 0, b"late"), b"\0\0"]),
    st.lists(st.integers(0, 1000), max_size=12),
)
def test_any_cutting(pieces: list[bytes], after: bytes, cuts: list[int]) -> None:
    desk, express = _desk()
    stream, at = b"", 0
    for number, piece in enumerate(pieces):
        stream += write_packet(number, at, piece)
        at += len(piece)
    ordinary = _feed(express, stream + after, cuts)
    assert bytes(desk.behind.body) == b"".join(pieces)
    assert desk.answers == [(number, True) for number in range(len(pieces))]
    assert ordinary == (after if len(after) > 4 else b"")


@pytest.mark.parametrize(
    "packet",
    [
        write_packet(1, 0, b"data", handle=b"\0\0\0\1"),
        write_packet(1, 0, b"data", handle=b"longer"),
        write_packet(1, 0, b"data")[:-4] + b"!data",
        b"\0\0\0\5" + write_packet(1, 0, b"data")[4:],
        b"\xff\xff\xff\xff" + write_packet(1, 0, b"data")[4:],
        write_packet(1, 0, b"")[:-4] + b"\xff\xff\xff\xff",
    ],
)
def test_odd_writes_go_the_ordinary_way(packet: bytes) -> None:
    desk, express = _desk()
    packet = packet.ljust(29, b"\0")
    if packet == write_packet(1, 0, b"data")[:-4] + b"!data":
        packet = _u32(len(packet) - 4) + packet[4:]
    assert express.take(packet) == packet
    assert desk.answers == []
    assert express.take(b"more") == b"more", "and so does what follows"


def test_nothing_is_taken_while_the_session_works() -> None:
    desk, express = _desk()
    express.rests = False
    packet = write_packet(1, 0, b"data")
    assert express.take(packet) == packet
    assert desk.answers == []


def test_a_refused_write_is_answered_at_its_end() -> None:
    desk, express = _desk(full_at=4)
    stream = write_packet(1, 0, b"four") + write_packet(2, 4, b"more") + write_packet(3, 0, b"x")
    assert _feed(express, stream, [40, 64]) == b""
    assert desk.answers == [(1, True), (2, False), (3, True)]


def test_append_goes_to_the_end() -> None:
    desk, express = _desk(append=True)
    express.take(write_packet(1, 0, b"one") + write_packet(2, 0, b"two"))
    assert bytes(desk.behind.body) == b"onetwo"
