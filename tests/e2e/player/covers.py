"""Covers drawn with numpy: enough likeness to real ones to judge a page by."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

SIZE = 640


@dataclass(frozen=True, slots=True)
class Cover:
    """How to draw it, and the hue and chroma that the pages are told."""

    kind: str
    hue: float
    chroma: float
    seed: int


def _rgb(hue: float, light: float, sat: float = 0.55) -> np.ndarray:
    return np.array(colorsys.hls_to_rgb((hue / 360 - 0.08) % 1, light, sat))


@cache
def draw(cover: Cover, size: int) -> bytes:
    """The cover as WebP of `size` px."""
    rng = np.random.default_rng(cover.seed)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    base = _rgb(cover.hue, 0.16, 0.5)
    top = _rgb(cover.hue + 20, 0.62, 0.6)
    field = np.clip(y * 0.8 + 0.2 * np.sin(x * 3 + cover.seed), 0, 1)[..., None]
    picture = top * (1 - field) + base * field
    picture = {"orbs": _orbs, "waves": _waves, "sun": _sun, "rings": _rings, "tiles": _tiles}[
        cover.kind
    ](picture, x, y, cover, rng)
    picture = np.clip(picture + rng.normal(0, 0.018, (SIZE, SIZE, 1)), 0, 1)
    image = Image.fromarray((picture * 255).astype(np.uint8))
    out = BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(out, "WEBP", quality=82)
    return out.getvalue()


def _disc(picture, x, y, at, radius, light, dark):  # noqa: ANN001, ANN202
    distance = np.hypot(x - at[0], y - at[1]) / radius
    shade = np.clip((x - at[0] + y - at[1]) / radius * 0.5 + 0.5, 0, 1)[..., None]
    body = light * (1 - shade) + dark * shade
    mask = np.clip((1 - distance) * SIZE * radius, 0, 1)[..., None]
    return picture * (1 - mask) + body * mask


def _orbs(picture, x, y, cover, rng):  # noqa: ANN001, ANN202
    spots = [(0.36, 0.36, 0.24), (0.72, 0.24, 0.14), (0.62, 0.62, 0.25), (0.25, 0.78, 0.14)]
    for turn, (cx, cy, radius) in enumerate(spots):
        hue = cover.hue + (60, 40, 140, 10)[turn]
        picture = _disc(picture, x, y, (cx, cy), radius, _rgb(hue, 0.68), _rgb(hue, 0.3))
    return picture


def _waves(picture, x, y, cover, rng):  # noqa: ANN001, ANN202
    for layer in range(6):
        edge = 0.2 + layer * 0.13 + 0.06 * np.sin(x * (4 + layer) + layer * 1.7 + cover.seed)
        colour = _rgb(cover.hue + layer * 9, 0.72 - layer * 0.1, 0.6)
        mask = np.clip((y - edge) * SIZE, 0, 1)[..., None]
        picture = picture * (1 - mask) + colour * mask
    return picture


def _sun(picture, x, y, cover, rng):  # noqa: ANN001, ANN202
    picture = _disc(picture, x, y, (0.5, 0.46), 0.2, _rgb(35, 0.62, 0.9), _rgb(15, 0.55, 0.85))
    sea = np.clip((y - 0.56) * SIZE, 0, 1)[..., None]
    water = _rgb(cover.hue, 0.24, 0.4) + 0.04 * np.sin(y * 160)[..., None]
    return picture * (1 - sea) + water * sea


def _rings(picture, x, y, cover, rng):  # noqa: ANN001, ANN202
    distance = np.hypot(x - 0.5, y - 0.62)
    for ring in range(7, 0, -1):
        colour = _rgb(cover.hue + ring * 14, 0.25 + 0.07 * ring, 0.6)
        mask = np.clip((ring * 0.075 - distance) * SIZE, 0, 1)[..., None]
        picture = picture * (1 - mask) + colour * mask
    return picture


def _tiles(picture, x, y, cover, rng):  # noqa: ANN001, ANN202
    count = 4
    pick = rng.integers(0, 4, (count, count))
    tones = np.array([_rgb(cover.hue + 25 * k, 0.3 + 0.14 * k, 0.6) for k in range(4)])
    cells = pick[(y * count).astype(int), (x * count).astype(int)]
    picture = tones[cells]
    curve = np.hypot((x * count) % 1, (y * count) % 1)
    mask = np.clip((0.92 - curve) * SIZE / count, 0, 1)[..., None]
    return picture * (1 - mask) + tones[(cells + 2) % 4] * mask
