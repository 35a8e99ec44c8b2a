"""The judge of joins is judged: what it must find, and what it forgives."""

from __future__ import annotations

import numpy as np

from tests.e2e.player import joins
from tests.e2e.player.media import flow

SOUND = flow(6.0)[:, 0].astype(np.float64)
PLACES = [88_200, 176_400]


def _silenced(at: int, length: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Recorded after a second of silence, with another one in it."""
    parts = (np.zeros(44_100), SOUND[:at], np.zeros(length), SOUND[at:])
    return np.concatenate(parts)


def test_a_dropout_off_the_joins_is_forgiven() -> None:
    heard = joins.undropped(_silenced(120_000, 1_792), PLACES)

    assert len(heard) == 44_100 + len(SOUND)
    assert joins.place(heard, SOUND) == 44_100


def test_a_silence_at_a_join_is_found() -> None:
    for at in PLACES:
        heard = joins.undropped(_silenced(at, 512), PLACES)
        found = joins.measure(heard, SOUND, PLACES, joins.place(heard, SOUND))
        assert [one.inserted for one in found] == [512 * (one == at) for one in PLACES]


def test_lost_samples_are_found() -> None:
    heard = np.concatenate([np.zeros(9_000), SOUND[: PLACES[0]], SOUND[PLACES[0] + 37 :]])
    found = joins.measure(heard, SOUND, PLACES, joins.place(heard, SOUND))
    assert [one.inserted for one in found] == [-37, 0]
