"""Cover art in four sizes, WebP and JPEG, under `art/<digest>/<size>.<webp|jpg>`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from transcode.image_probe import open_image

if TYPE_CHECKING:
    from pathlib import Path

    from storage.store import ObjectStore

SIZES = (96, 320, 640, 1280)
_JPEG = {"format": "JPEG", "quality": 84, "optimize": True, "progressive": True}
_WEBP = {"format": "WEBP", "quality": 80, "method": 4}


def store_artwork(store: ObjectStore, digest: str, path: Path) -> dict[str, Any]:
    """Store every size in both formats; returns `{"prefix", "sizes", "width", "height"}`.

    A size names the longer side. A source smaller than a size is stored there as it is, so that
    every address exists; nothing is enlarged. What is there already is left alone.

    Raises:
        MediaFault: the picture can't be used.
    """
    prefix = f"art/{digest}"
    image, _ = open_image(path)
    answer = {
        "prefix": prefix,
        "sizes": list(SIZES),
        "width": image.width,
        "height": image.height,
    }
    last = f"{prefix}/{SIZES[0]}.webp"
    if store.stat(last) is not None:
        return answer
    for size in reversed(SIZES):
        image = _within(image, size)  # each from the next larger: quicker, and as sharp
        store.put(f"{prefix}/{size}.jpg", _encoded(image, _JPEG))
        store.put(f"{prefix}/{size}.webp", _encoded(image, _WEBP))
    return answer


def _within(image: Image.Image, size: int) -> Image.Image:
    if max(image.size) <= size:
        return image
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(image: Image.Image, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()
