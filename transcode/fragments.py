"""Writes media segments of CMAF (ISO/IEC 23000-19): one `moof` with one `trun`, then `mdat`.

ffmpeg's muxer cuts from the first unit that the encoder gives, and shortens the last one. We take
the coded units from what it wrote and cut them ourselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BASE_IS_MOOF, _DURATION, _FLAGS = 0x020000, 0x08, 0x20
_OFFSET, _OWN_DURATION, _OWN_SIZE = 0x01, 0x100, 0x200
_SYNC = 0x02000000
"""Sample flags: depends on no other (ISO/IEC 14496-12, 8.8.3.1)."""


def segment(
    units: Sequence[bytes], durations: Sequence[int], *, number: int, decode_time: int
) -> bytes:
    """A whole segment: coded units with their durations in samples, from `decode_time` on."""
    usual = durations[0]
    same = all(duration == usual for duration in durations)
    tfhd = _full(b"tfhd", 0, _BASE_IS_MOOF | _DURATION | _FLAGS, _u32(1), _u32(usual), _u32(_SYNC))
    tfdt = _full(b"tfdt", 1, 0, decode_time.to_bytes(8, "big"))
    sizes = [len(unit) for unit in units]
    fields = sizes if same else [n for pair in zip(durations, sizes, strict=True) for n in pair]
    table = b"".join(map(_u32, fields))
    flags = _OFFSET | _OWN_SIZE | (0 if same else _OWN_DURATION)
    mfhd = _full(b"mfhd", 0, 0, _u32(number))
    length = 8 + len(mfhd) + 8 + len(tfhd) + len(tfdt) + 20 + len(table)
    trun = _full(b"trun", 0, flags, _u32(len(units)), _u32(length + 8), table)
    moof = _box(b"moof", mfhd, _box(b"traf", tfhd, tfdt, trun))
    return moof + _box(b"mdat", *units)


def _box(kind: bytes, *parts: bytes) -> bytes:
    return b"".join((_u32(8 + sum(map(len, parts))), kind, *parts))


def _full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(kind, (version << 24 | flags).to_bytes(4, "big"), *parts)


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")
