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


@pytest.mark.parametrize(
    ("durations", "own", "read"),
    [([1_024, 336], True, (1_024, 336)), ([7, 9], False, (1_024,) * 2)],
)
def test_durations_stand_in_trun_or_by_default_in_tfhd(
    durations: list[int],
    own: bool,  # noqa: FBT001 - parameter
    read: tuple[int, ...],
) -> None:
    assert mp4.fragments(fragment(0, durations, own=own))[0].durations == read


def test_samples_are_as_the_track_says_where_the_fragment_does_not() -> None:
    tfhd = box(b"tfhd", n(0x020000), n(1))
    tfdt = box(b"tfdt", n(0x01000000), n(0, 8))
    samples = box(b"trun", n(0x1), n(3), n(120))
    traf = box(b"traf", tfhd, tfdt, samples)
    data = box(b"moof", box(b"mfhd", n(0), n(1)), traf) + box(b"mdat", b"x" * 9)
    (one,) = mp4.fragments(data, (1_024, 7))
    assert (one.durations, one.sizes, one.data_at) == ((1_024,) * 3, (7,) * 3, 120)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x47" + bytes(187) + b"\x47", "MPEG-TS"),
        (b"ID3\4", "packed audio"),
        (b"\xff\xf1\x50", "packed audio"),
        (b"\xef\xbb\xbfWEBVTT", "WebVTT"),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_what_is_no_mp4_is_told_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert not mp4.is_fragmented(data)
    assert mp4.kind_of(data) == kind


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
