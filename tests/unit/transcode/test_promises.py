"""What headers promise, and that hostile ones end soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from transcode import containers
from transcode.errors import MediaFault
from transcode.promises import MOST_CHUNKS, Promise, promised

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.containers import Container

FORM = b"fmt \x10\x00\x00\x00\x01\x00\x02\x00\x44\xac\x00\x00\x10\xb1\x02\x00\x04\x00\x10\x00"


def of(folder: Path, container: Container, data: bytes) -> Promise | None:
    path = folder / "x"
    path.write_bytes(data)
    return promised(path, container)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def n(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def film(edits: tuple[tuple[int, int], ...], *, handler: bytes = b"soun") -> bytes:
    """44,100 samples in a film of 1,000 ticks a second."""
    rows = b"".join(n(length, start, 1 << 16) for length, start in edits)
    elst = box(b"edts", box(b"elst", n(0, len(edits)), rows)) if edits else b""
    mdhd = box(b"mdhd", n(0, 0, 0, 44_100, 44_100, 0))
    hdlr = box(b"hdlr", n(0, 0), handler, n(0, 0, 0))
    trak = box(b"trak", elst, box(b"mdia", mdhd, hdlr))
    return box(b"ftyp", b"M4A ") + box(b"moov", box(b"mvhd", n(0, 0, 0, 1_000, 1_000)), trak)


@pytest.mark.parametrize(
    ("size", "samples"), [(400, 100), (0, None), (0xFFFFFFFF, None), (0xFFFFFFFE, 0x3FFFFFFF)]
)
def test_wav_promises_its_data_unless_streamed(
    tmp_path: Path, size: int, samples: int | None
) -> None:
    data = b"RIFF\x00\x00\x00\x00WAVE" + FORM + b"odd \x03\x00\x00\x00abc\x00"
    found = of(tmp_path, containers.WAV, data + b"data" + size.to_bytes(4, "little"))
    assert found == (Promise(samples) if samples else None)


def test_wav_of_blocks_promises_nothing(tmp_path: Path) -> None:
    adpcm = FORM[:8] + b"\x02\x00" + FORM[10:]
    data = b"RIFF\x00\x00\x00\x00WAVE" + adpcm + b"data\x90\x01\x00\x00"
    assert of(tmp_path, containers.WAV, data) is None


def test_rf64_has_its_size_elsewhere(tmp_path: Path) -> None:
    wide = b"ds64\x1c\x00\x00\x00" + bytes(8) + (1 << 34).to_bytes(8, "little") + bytes(12)
    data = b"RF64\xff\xff\xff\xffWAVE" + wide + FORM + b"data\xff\xff\xff\xff"
    assert of(tmp_path, containers.WAV, data) == Promise(1 << 32)


def test_chunks_without_end_are_a_fault(tmp_path: Path) -> None:
    data = b"RIFF\x00\x00\x00\x00WAVE" + b"none\x00\x00\x00\x00" * (MOST_CHUNKS + 1)
    with pytest.raises(MediaFault, match=f"more than {MOST_CHUNKS} chunks"):
        of(tmp_path, containers.WAV, data)


@pytest.mark.parametrize("front", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x05hello"])
def test_flac_promises_what_streaminfo_says(tmp_path: Path, front: bytes) -> None:
    head = b"fLaC\x00\x00\x00\x22" + bytes(10) + (0xAC442F << 40 | 1_234).to_bytes(8, "big")
    assert of(tmp_path, containers.FLAC_FILE, front + head + bytes(16)) == Promise(1_234)


def test_flac_without_streaminfo_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(MediaFault, match="no STREAMINFO"):
        of(tmp_path, containers.FLAC_FILE, b"fLaC\x04" + bytes(60))


@pytest.mark.parametrize(
    ("edits", "samples"),
    [
        ((), 44_100),
        (((1_000, 0),), 44_100),
        (((999, 0),), 44_100),  # within a tick of all
        (((500, 0),), 22_005),  # at least: an edit may end anywhere within a tick
        (((300, 0xFFFFFFFF), (500, 0)), 22_005),  # the first is empty
    ],
)
def test_mp4_promises_what_its_edit_list_takes(
    tmp_path: Path, edits: tuple[tuple[int, int], ...], samples: int
) -> None:
    found = of(tmp_path, containers.MP4_FILE, film(edits))
    assert found == Promise(samples, 44_100)
    assert found.at(88_200) == 2 * samples


def test_a_film_without_sound_promises_nothing(tmp_path: Path) -> None:
    assert of(tmp_path, containers.MP4_FILE, film((), handler=b"vide")) is None


def test_boxes_in_boxes_promise_nothing(tmp_path: Path) -> None:
    data = b""
    for _ in range(5_000):
        data = box(b"moov", data)
    assert of(tmp_path, containers.MP4_FILE, data) is None


def page(flags: int) -> bytes:
    return b"OggS\x00" + bytes([flags]) + bytes(30)


@pytest.mark.parametrize(
    ("flags", "second"),
    [((2, 0, 4), 0), ((2, 2, 0, 4, 4), 0), ((2, 0, 4, 2, 0, 4), 3), ((0,), 0)],
)
def test_a_second_stream_of_ogg_is_found(
    tmp_path: Path, flags: tuple[int, ...], second: int
) -> None:
    path = tmp_path / "x.ogg"
    path.write_bytes(b"".join(map(page, flags)))
    assert containers.ogg_second(path) == 36 * second
