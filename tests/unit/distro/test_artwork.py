from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from distro import artwork

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(1, len(artwork.STYLES) + 1))
def test_every_style_has_contrast_and_colour(seed: int) -> None:
    picture = artwork.cover(seed, 160)
    assert picture.shape == (160, 160, 3)
    assert picture.std() > 25
    assert np.abs(picture[..., 0].astype(int) - picture[..., 2]).mean() > 15
    assert np.array_equal(picture, artwork.cover(seed, 160))


def test_seeds_differ_within_a_style() -> None:
    again = 1 + len(artwork.STYLES)
    assert not np.array_equal(artwork.cover(1, 80), artwork.cover(again, 80))


def test_the_file_is_a_square_jpeg_without_odd_modes(tmp_path: Path) -> None:
    path = tmp_path / "cover.jpg"
    artwork.write_jpeg(path, 1, 300)
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 300))
    assert artwork.SIZE == 1600
