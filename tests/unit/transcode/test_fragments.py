from __future__ import annotations

import pytest

from transcode import fragments, mp4


@pytest.mark.parametrize("durations", [[1024, 1024, 1024], [1024, 1024, 77], [5]])
def test_a_segment_reads_back_as_it_was_written(durations: list[int]) -> None:
    units = [bytes([index]) * (index + 3) for index in range(len(durations))]
    data = fragments.segment(units, durations, number=4, decode_time=2**33)
    (found,) = mp4.fragments(data)
    assert found.decode_time == 2**33
    assert list(found.durations) == durations
    assert list(found.sizes) == [len(unit) for unit in units]
    assert data[found.end - sum(found.sizes) : found.end] == b"".join(units)
    assert found.end == len(data)


def test_the_data_offset_points_at_the_first_unit() -> None:
    data = fragments.segment([b"music"], [1024], number=1, decode_time=0)
    trun = data.index(b"trun")
    offset = int.from_bytes(data[trun + 12 : trun + 16], "big")
    assert data[offset : offset + 5] == b"music"
