from __future__ import annotations

import numpy as np
import pytest

from transcode.image_probe import MOST_CHROMA, dominant, oklab


def flat(red: float, green: float, blue: float) -> np.ndarray:
    return np.tile(np.array([red, green, blue]), (64, 64, 1))


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((1, 0, 0), (0.628, 0.2249, 0.1258)),
        ((0, 0, 1), (0.452, -0.0324, -0.3115)),
    ],
)
def test_oklab_of_known_colours(
    rgb: tuple[float, float, float], expected: tuple[float, float, float]
) -> None:
    light, a, b = oklab(np.array([rgb], dtype=float))
    assert (light[0], a[0], b[0]) == pytest.approx(expected, abs=0.001)


def test_strong_colour_is_found_and_its_chroma_bounded() -> None:
    hue, chroma = dominant(flat(1, 0, 0))
    assert hue == pytest.approx(29.2, abs=0.5)
    assert chroma == MOST_CHROMA


def test_hues_around_zero_do_not_average_to_the_other_side() -> None:
    image = flat(0.9, 0.45, 0.6)
    hue, _ = dominant(image)
    assert hue < 15 or hue > 345


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_grey_has_no_chroma(grey: float) -> None:
    assert dominant(flat(grey, grey, grey)) == (0.0, 0.0)


def test_under_six_percent_of_colour_does_not_count() -> None:
    image = flat(0.5, 0.5, 0.5)
    image[:3, :, :] = (0.1, 0.2, 0.9)  # 4.7 %
    assert dominant(image) == (0.0, 0.0)
    image[:5, :, :] = (0.1, 0.2, 0.9)  # 7.8 %
    assert dominant(image)[1] > 0.1
