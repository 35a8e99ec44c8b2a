from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings, strategies as st

from transcode import mp4


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def n(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "big")


def trun(durations: list[int], *, own: bool = True) -> bytes:
    flags = 0x301 if own else 0x201
    rows = b"".join((n(each) if own else b"") + n(100 + i) for i, each in enumerate(durations))
    return box(b"trun", n(flags), n(len(durations)), n(0), rows)


def fragment(decode_time: int, durations: list[int], *, own: bool = True) -> bytes:
    tfhd = box(b"tfhd", n(0x02003A), n(1), n(1), n(1_024), n(77), n(0))
    tfdt = box(b"tfdt", n(0x01000000), n(decode_time, 8))
    traf = box(b"traf", tfhd, tfdt, trun(durations, own=own))
    return box(b"moof", box(b"mfhd", n(0), n(1)), traf) + box(b"mdat", b"x" * 9)


INIT = box(b"ftyp", b"iso6") + box(b"moov", box(b"mvhd", n(0)))


def test_layout_finds_init_and_fragments() -> None:
    one, two = fragment(0, [1_024, 1_024]), fragment(2_048, [1_024, 336])
    found = mp4.layout(INIT + one + two + box(b"mfra", b""))
    assert found.init_end == len(INIT)
    assert [part.decode_time for part in found.fragments] == [0, 2_048]
    assert [part.samples for part in found.fragments] == [2_048, 1_360]
    assert found.fragments[1].sizes == (100, 101)
    assert (found.fragments[1].start, found.fragments[1].end) == (
        len(INIT + one),
        len(INIT + one + two),
    )


@pytest.mark.parametrize(("durations", "own"), [([1_024, 336], True), ([336], True)])
def test_the_last_duration_is_filled(durations: list[int], own: bool) -> None:  # noqa: FBT001 - parameter
    data = bytearray(fragment(0, durations, own=own))
    mp4.fill_last(data, 1_024)
    assert mp4.fragments(bytes(data))[0].durations == (1_024,) * len(durations)


def test_a_fragment_of_one_sample_keeps_its_duration_in_tfhd() -> None:
    data = bytearray(fragment(0, [336], own=False))
    mp4.fill_last(data, 555)
    assert mp4.fragments(bytes(data))[0].durations == (555,)


def test_samples_of_full_default_duration_stay_as_they_are() -> None:
    data = bytearray(fragment(0, [1_024, 1_024], own=False))
    before = bytes(data)
    mp4.fill_last(data, 1_024)
    assert bytes(data) == before


def test_many_samples_on_one_default_cannot_be_filled() -> None:
    with pytest.raises(mp4.BoxFault, match="no duration of its own"):
        mp4.fill_last(bytearray(fragment(0, [1, 1], own=False)), 1_000)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0\0\x04free", "impossible size 4"),
        (b"\0\0\x10\0free", "impossible size 4096"),
        (b"\0\0\0", "cut off"),
        (b"\0\0\0\x01mdat\0", "cut off"),
        (box(b"mdat", b""), "mdat without moof"),
        (box(b"moof", b"") + box(b"mdat", b""), "moof has no traf"),
        (fragment(0, [1_024])[:-17], "moof without mdat"),
    ],
)
def test_broken_boxes_are_named(data: bytes, message: str) -> None:
    with pytest.raises(mp4.BoxFault, match=message):
        mp4.layout(data)


def test_a_trun_that_claims_too_much_is_refused() -> None:
    lie = box(b"trun", n(0x301), n(2**31), n(0))
    traf = box(b"traf", box(b"tfhd", n(0), n(1)), box(b"tfdt", n(0), n(0)), lie)
    with pytest.raises(mp4.BoxFault, match="cannot hold"):
        mp4.layout(box(b"moof", traf) + box(b"mdat", b""))


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 255))
def test_hostile_bytes_give_a_fault_or_a_layout(tail: bytes, at: int, value: int) -> None:
    data = bytearray(INIT + fragment(0, [1_024, 336]) + tail)
    data[at % len(data)] = value
    for read in (mp4.layout, mp4.track):
        with contextlib.suppress(mp4.BoxFault):  # any other exception fails the test
            read(bytes(data))
