from __future__ import annotations

import numpy as np
import pytest

from transcode.check_delay import aligned
from transcode.check_media import Measured
from transcode.manifest import Segment

SOUND = np.random.default_rng(3).normal(0, 4_000, 40_000).astype("<i2")


def measured(name: str, late: int = 0, *, gain: float = 1.0, rate: int = 44_100) -> Measured:
    head = np.concatenate([np.zeros(late), SOUND * gain]).astype("<i2")
    return Measured(
        name=name,
        codecs="mp4a.40.2",
        rate=rate,
        channels=1,
        bits=0,
        target=6,
        segments=(Segment(samples=40_960, bytes=9),),
        starts=(0,),
        head=head.tobytes(),
    )


@pytest.mark.parametrize("late", [1, 23, 1_024])
def test_a_rendition_that_is_late_is_found_to_the_sample(late: int) -> None:
    (found,) = aligned([measured("a"), measured("b", late, gain=0.7)])
    assert (found.code, found.place) == ("HLS-318", "b")
    assert f": {late} samples against a" in found.message


@pytest.mark.parametrize(
    ("late", "gain", "rate"), [(0, 0.5, 44_100), (99, 0.0, 44_100), (99, 1.0, 48_000)]
)
def test_what_fits_or_says_nothing_is_let_be(late: int, gain: float, rate: int) -> None:
    assert aligned([measured("a"), measured("b", late, gain=gain, rate=rate)]) == []
