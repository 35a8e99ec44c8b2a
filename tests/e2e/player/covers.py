"""Covers drawn with numpy: enough likeness to real ones to judge a page by."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 640
Field = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cover:
    """How to draw it, and the hue and chroma that the pages are told."""

    kind: str
    hue: float
    chroma: float
    seed: int


@dataclass(frozen=True, slots=True)
class Plane:
    """Coordinates of every pixel, 0 to 1."""

    x: Field
    y: Field

    def disc(self, picture: Field, at: tuple[float, float], radius: float, hue: float) -> Field:
        """A lit ball of `hue` over the picture."""
        dx, dy = self.x - at[0], self.y - at[1]
        shade = np.clip((dx + dy) / radius * 0.5 + 0.5, 0, 1)[..., None]
        body = _rgb(hue, 0.68) * (1 - shade) + _rgb(hue, 0.3) * shade
        return _over(picture, body, (1 - np.hypot(dx, dy) / radius) * SIZE * radius)


def _over(picture: Field, colour: Field, cover: Field) -> Field:
    mask = np.clip(cover, 0, 1)[..., None]
    return np.asarray(picture * (1 - mask) + colour * mask)


def _rgb(hue: float, light: float, sat: float = 0.55) -> Field:
    return np.array(colorsys.hls_to_rgb((hue / 360 - 0.08) % 1, light, sat))


@cache
def draw(cover: Cover, size: int) -> bytes:
    """The cover as WebP of `size` px."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    plane = Plane(columns, rows)
    fade = np.clip(plane.y * 0.8 + 0.2 * np.sin(plane.x * 3 + cover.seed), 0, 1)[..., None]
    picture = _rgb(cover.hue + 20, 0.62, 0.6) * (1 - fade) + _rgb(cover.hue, 0.16, 0.5) * fade
    picture = MOTIFS[cover.kind](picture, plane, cover)
    grain = np.random.default_rng(cover.seed).normal(0, 0.018, (SIZE, SIZE, 1))
    image = Image.fromarray((np.clip(picture + grain, 0, 1) * 255).astype(np.uint8))
    out = BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(out, "WEBP", quality=82)
    return out.getvalue()


def _orbs(picture: Field, plane: Plane, cover: Cover) -> Field:
    spots = [(0.36, 0.36, 0.24, 60), (0.72, 0.24, 0.14, 40), (0.62, 0.62, 0.25, 140)]
    for x, y, radius, turn in [*spots, (0.25, 0.78, 0.14, 10)]:
        picture = plane.disc(picture, (x, y), radius, cover.hue + turn)
    return picture


def _waves(picture: Field, plane: Plane, cover: Cover) -> Field:
    for layer in range(6):
        swing = 0.06 * np.sin(plane.x * (4 + layer) + layer * 1.7 + cover.seed)
        colour = _rgb(cover.hue + layer * 9, 0.72 - layer * 0.1, 0.6)
        picture = _over(picture, colour, (plane.y - 0.2 - layer * 0.13 - swing) * SIZE)
    return picture


def _sun(picture: Field, plane: Plane, cover: Cover) -> Field:
    picture = plane.disc(picture, (0.5, 0.46), 0.2, 30)
    water = _rgb(cover.hue, 0.24, 0.4) + 0.04 * np.sin(plane.y * 160)[..., None]
    return _over(picture, water, (plane.y - 0.56) * SIZE)


def _rings(picture: Field, plane: Plane, cover: Cover) -> Field:
    distance = np.hypot(plane.x - 0.5, plane.y - 0.62)
    for ring in range(7, 0, -1):
        colour = _rgb(cover.hue + ring * 14, 0.25 + 0.07 * ring, 0.6)
        picture = _over(picture, colour, (ring * 0.075 - distance) * SIZE)
    return picture


def _tiles(_: Field, plane: Plane, cover: Cover) -> Field:
    count = 4
    pick = np.random.default_rng(cover.seed).integers(0, 4, (count, count))
    tones = np.array([_rgb(cover.hue + 25 * k, 0.3 + 0.14 * k, 0.6) for k in range(4)])
    cells = pick[(plane.y * count).astype(int), (plane.x * count).astype(int)]
    curve = np.hypot((plane.x * count) % 1, (plane.y * count) % 1)
    return _over(tones[cells], tones[(cells + 2) % 4], (0.92 - curve) * SIZE / count)


MOTIFS: dict[str, Callable[[Field, Plane, Cover], Field]] = {
    "orbs": _orbs,
    "waves": _waves,
    "sun": _sun,
    "rings": _rings,
    "tiles": _tiles,
}
