from __future__ import annotations

import itertools
from typing import Any

from server.web.shape import FLOOR, GAP, STEP, album_shape


def track(seconds: float, *, runs_on: bool, level: int = 255) -> dict[str, Any]:
    return {"seconds": seconds, "gapless_next": runs_on, "peaks": [level] * 208}


def test_tracks_that_run_on_touch_and_silence_is_a_space() -> None:
    bars = album_shape(
        [track(60, runs_on=True), track(60, runs_on=False), track(60, runs_on=False)],
        width=210, height=20,
    )  # fmt: skip
    steps = [round(b.x - a.x, 3) for a, b in itertools.pairwise(bars)]
    assert steps.count(round(STEP + GAP, 3)) == 1
    assert all(step in (round(STEP, 3), round(STEP + GAP, 3)) for step in steps)
    assert max(bar.x for bar in bars) < 210


def test_quiet_music_still_has_bars_and_nothing_has_none() -> None:
    bars = album_shape([track(10, runs_on=False, level=0)], width=70, height=20)
    assert {bar.height for bar in bars} == {FLOOR * 20}
    assert album_shape([], width=70, height=20) == []
    silent = {"seconds": 9, "gapless_next": False, "peaks": []}
    assert album_shape([silent], width=70, height=20) == []
