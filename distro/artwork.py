"""Abstract covers, drawn from distance fields so that every edge is smooth; same seed, same cover.

An image is a float array (size, size, 3) from 0 to 1; x grows to the right, y downwards, both from
0 to 1 whatever the size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Field = NDArray[np.float32]

SIZE = 1600
QUALITY = 92

PALETTES = (
    ("#3b1236", "#e86a6d", "#f2a65a", "#4f9d69", "#f7d58b", "#c8506b"),
    ("#0f2a47", "#f0653e", "#f8b878", "#5b7fb0", "#ffe2b0", "#2c3f6b"),
    ("#152238", "#f15a3c", "#f6c445", "#5fb3ae", "#f0ead8", "#26438f"),
    ("#4a1c2c", "#d9652b", "#eda24c", "#f6d9a6", "#fbeed0", "#a83f26"),
    ("#0d0f26", "#6c5ce7", "#b39ddb", "#e8defc", "#2f2b6b", "#46d5c4"),
    ("#03131c", "#0c7c74", "#f2b05e", "#57c7a9", "#e9f4d4", "#e0653a"),
)


def cover(seed: int, size: int = SIZE) -> NDArray[np.uint8]:
    """A cover as 8-bit RGB, shape (size, size, 3)."""
    rng = np.random.default_rng([seed, 77])
    palette = [_colour(each) for each in PALETTES[(seed - 1) % len(PALETTES)]]
    draw = STYLES[(seed - 1) % len(STYLES)]
    picture = draw(rng, palette, size)
    picture += 0.018 * rng.standard_normal((size, size, 1)).astype(np.float32)
    return (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def write_jpeg(path: Path, seed: int, size: int = SIZE) -> None:
    """The cover as a JPEG file."""
    Image.fromarray(cover(seed, size)).save(path, "JPEG", quality=QUALITY, subsampling=0)


def orchard(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """Glassy fruit on threads before a warm dusk."""
    x, y = _grid(size)
    picture = _blend(_shade(y, palette[5], palette[0], palette[0] * 0.75), palette[1], _glow(x, y))
    spots = [(0.36, 0.40, 0.26), (0.70, 0.28, 0.145), (0.64, 0.64, 0.24), (0.27, 0.75, 0.125)]
    spots += [(0.87, 0.50, 0.068)]
    drift = rng.uniform(-0.02, 0.02, (len(spots), 2)).tolist()
    moved = [(cx + d, cy + e, r) for (cx, cy, r), (d, e) in zip(spots, drift, strict=True)]
    for place, (cx, cy, r) in enumerate(moved):
        colour = palette[(2, 1, 3, 5, 4)[place]]
        thread = _edge(0.0016 - np.abs(x - cx - 0.006 * np.sin(9 * y + place)), size)
        picture = _blend(picture, palette[4], 0.55 * thread * (y < cy))
        _shadow(picture, x, y, (cx + 0.02, cy + 0.05, r))
        picture = _blend(picture, _ball(x, y, (cx, cy, r), colour), _disc(x, y, (cx, cy, r), size))
    return picture


def harbour(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """A sun going down in broken water."""
    x, y = _grid(size)
    horizon = float(rng.uniform(0.54, 0.60))
    sky = _shade(y / horizon, palette[3], palette[2], palette[4])
    sea = _shade((y - horizon) / (1 - horizon), palette[5], palette[0], palette[0] * 0.7)
    picture = _blend(sky, sea, _edge(y - horizon, size))
    sun = (0.5, horizon - 0.02, 0.21)
    picture = _blend(picture, palette[1], _disc(x, y, sun, size) * _edge(horizon - y, size))
    for row in range(18):
        cy = horizon + 0.018 + row * 0.023
        half = max(0.02, 0.23 - row * 0.010) * float(rng.uniform(0.55, 1.0))
        cx = 0.5 + float(rng.uniform(-0.03, 0.03))
        bar = np.minimum(half - np.abs(x - cx), 0.0052 - np.abs(y - cy))
        picture = _blend(picture, palette[1] * 0.9 + 0.1, 0.9 * _edge(bar, size))
    return picture


def paper(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """Cut paper: quarter circles and discs on a grid."""
    cells = 4
    x, y = _grid(size)
    picture = np.zeros((size, size, 3), dtype=np.float32)
    for row in range(cells):
        for column in range(cells):
            back, front = rng.choice(len(palette), 2, replace=False)
            u, v = x * cells - column, y * cells - row
            inside = ((u >= 0) & (u < 1) & (v >= 0) & (v < 1)).astype(np.float32)
            corner = ((0, 0), (1, 0), (0, 1), (1, 1))[int(rng.integers(4))]
            centre, radius = (corner, 1.0) if rng.random() < 0.68 else ((0.5, 0.5), 0.34)
            distance = radius - np.hypot(u - centre[0], v - centre[1])
            shape = _edge(distance / cells, size)
            cell = _blend(picture * 0 + palette[int(back)], palette[int(front)], shape)
            picture = _blend(picture, cell, inside)
    return picture


def dunes(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """Layers of hills, the near ones darker, under a pale sun."""
    x, y = _grid(size)
    picture = _shade(y, palette[4], palette[3], palette[2])
    picture = _blend(picture, palette[4] * 0.4 + 0.6, _disc(x, y, (0.68, 0.24, 0.10), size))
    for layer in range(6):
        share = layer / 5
        wave = sum(
            float(rng.uniform(0.3, 1.0)) / k * np.sin(2 * np.pi * (k * x + float(rng.random())))
            for k in (1, 2, 3)
        )
        crest = 0.36 + 0.11 * layer + 0.045 * wave
        tone = palette[2] * (1 - share) + palette[0] * share if layer % 2 else palette[1]
        depth = np.clip((y - crest) / 0.35, 0, 1)[..., None]
        hill = (tone * (1 - 0.45 * share)) * (1.05 - 0.35 * depth)
        picture = _blend(picture, hill.astype(np.float32), _edge(y - crest, size))
    return picture


def rings(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """A disc of light in grooves."""
    x, y = _grid(size)
    dx, dy = x - 0.5, y - 0.5
    r, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    turn = float(rng.uniform(0, np.pi))
    shine = 0.5 + 0.5 * np.cos(2 * (angle - turn))
    bands = np.floor(r * 15.0)
    phase = np.modf(np.sin(bands * 12.9898 + turn) * 437.58)[0]
    light = np.clip(shine**3 * (0.65 + 0.5 * np.abs(phase)), 0, 1).astype(np.float32)
    disc = _blend(_shade(1 - light, palette[3], palette[1], palette[0]), palette[4], 0.25 * light)
    picture = _blend(
        _shade(y, palette[0], palette[4] * 0.4, palette[0]), disc, _edge(0.46 - r, size)
    )
    picture = _blend(picture, palette[5], _edge(0.085 - r, size))
    return _blend(picture, palette[0], _edge(0.022 - r, size))


def ribbons(rng: np.random.Generator, palette: list[Field], size: int) -> Field:
    """Threads of light that follow one slow wave."""
    x, y = _grid(size)
    picture = _shade(y, palette[0], palette[0] * 1.2, palette[0] * 0.6)
    shift = float(rng.uniform(0, 6))
    for line in range(26):
        share = line / 25
        bend = 0.16 * np.sin(3.2 * y + shift + 2.1 * share) + 0.05 * np.sin(9.0 * y + 5.0 * share)
        centre = 0.14 + 0.72 * share + bend
        distance = np.abs(x - centre)
        glow = 0.5 * np.exp(-distance / 0.018) + _edge(0.0022 - distance, size)
        colour = palette[(2, 3, 1, 4, 5)[line % 5]]
        picture = picture + colour * (glow * (0.35 + 0.65 * np.sin(np.pi * y)))[..., None] * 0.75
    lit: Field = picture.astype(np.float32)
    return lit


STYLES: tuple[Callable[[np.random.Generator, list[Field], int], Field], ...] = (
    orchard,
    harbour,
    paper,
    dunes,
    rings,
    ribbons,
)


def _grid(size: int) -> tuple[Field, Field]:
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _colour(text: str) -> Field:
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def _edge(distance: Field, size: int) -> Field:
    """1 inside (distance above 0), 0 outside, one pixel of transition."""
    mask: Field = np.clip(distance * size + 0.5, 0.0, 1.0).astype(np.float32)
    return mask


def _disc(x: Field, y: Field, at: tuple[float, float, float], size: int) -> Field:
    return _edge(at[2] - np.hypot(x - at[0], y - at[1]), size)


def _blend(below: Field, above: Field, mask: Field) -> Field:
    part = mask[..., None]
    return (below * (1 - part) + above * part).astype(np.float32)


def _shade(place: Field, top: Field, middle: Field, bottom: Field) -> Field:
    t = np.clip(place, 0.0, 1.0)[..., None]
    upper = top * (1 - 2 * t) + middle * 2 * t
    lower = middle * (2 - 2 * t) + bottom * (2 * t - 1)
    return np.where(t < 0.5, upper, lower).astype(np.float32)


def _glow(x: Field, y: Field) -> Field:
    near = ((x - 0.75) / 0.5) ** 2 + ((y - 0.1) / 0.55) ** 2
    light: Field = (0.75 * np.exp(-near)).astype(np.float32)
    return light


def _ball(x: Field, y: Field, at: tuple[float, float, float], colour: Field) -> Field:
    """A lit ball: light from the upper left, a soft rim and a small highlight."""
    u, v = (x - at[0]) / at[2], (y - at[1]) / at[2]
    depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    light = np.clip(-0.5 * u - 0.62 * v + 0.6 * depth, 0, 1)
    gloss = np.clip(-0.36 * u - 0.45 * v + 0.82 * depth, 0, 1) ** 24
    rim = (1 - depth) ** 3 * np.clip(0.7 * u + 0.7 * v, 0, 1)
    body = colour * (0.34 + 0.78 * light)[..., None]
    lit: Field = (body + (0.30 * gloss + 0.18 * rim)[..., None]).astype(np.float32)
    return lit


def _shadow(picture: Field, x: Field, y: Field, at: tuple[float, float, float]) -> None:
    distance = np.hypot(x - at[0], y - at[1]) / at[2]
    picture *= (1 - 0.38 * np.exp(-np.clip(distance - 0.8, 0, None) * 5.0))[..., None]
