"""Looks into a picture: is it whole, how large, and which hue and chroma it lends to the page."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from transcode.errors import MediaFault
from transcode.facts import ImageFacts

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
MOST_PIXELS = 64_000_000
MOST_SIDE = 12_000
LEAST_SIDE = 16
MOST_SCANS = 200
"""Of a JPEG: encoders make a dozen. Each is a walk over all of the picture."""
_TAKEN = f"at most {MOST_SIDE} a side and {MOST_PIXELS // 1_000_000} million are taken"

MOST_CHROMA = 0.12
_BINS = 24
_LEAST_COLOURED = 0.06


def open_image(path: Path) -> tuple[Image.Image, str]:
    """The decoded picture, upright, as sRGB, and its format.

    Raises:
        MediaFault: it is no picture, damaged, cut off, too large or too small.
    """
    if path.stat().st_size == 0:
        raise MediaFault("corrupt", "the file is empty (0 bytes)", remedy="send it again")
    try:
        with Image.open(path, formats=FORMATS) as image:
            _bounded(image.width, image.height)
            form = image.format or ""
            if form in {"JPEG", "MPO"}:
                _few_scans(path)
            image.load()
            return _upright_srgb(image), form
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise MediaFault(
            "unsupported",
            f"the picture has far too many pixels; {_TAKEN}",
            remedy="send 3000 x 3000 pixels",
        ) from bomb
    except UnidentifiedImageError as unknown:
        raise MediaFault(
            "unsupported", "this is no picture that Segue knows", remedy="send JPEG or PNG"
        ) from unknown
    except (OSError, SyntaxError, ValueError, EOFError) as bad:
        # Pillow's decoders raise all of these for damaged files
        cut = "truncated" in str(bad).lower()
        raise MediaFault(
            "truncated" if cut else "corrupt",
            f"the picture can't be decoded: {bad}",
            remedy="send it again",
        ) from bad


def _bounded(width: int, height: int) -> None:
    size = f"the picture has {width} x {height} pixels"
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise MediaFault(
            "unsupported",
            f"{size}; {_TAKEN}",
            remedy="send 3000 x 3000 pixels",
        )
    if min(width, height) < LEAST_SIDE:
        raise MediaFault(
            "unsupported",
            f"{size}; at least {LEAST_SIDE} a side are needed",
            remedy="send 3000 x 3000 pixels",
        )


def _few_scans(path: Path) -> None:
    """By markers, which don't occur in coded data (ITU-T T.81, B.1.1.5)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        scans = at = 0
        while scans <= MOST_SCANS and (at := data.find(b"\xff\xda", at) + 1):
            scans += 1
    if scans > MOST_SCANS:
        raise MediaFault(
            "unsupported",
            f"the picture has more than {MOST_SCANS} scans",
            remedy="save it as a plain JPEG",
        )


def _upright_srgb(image: Image.Image) -> Image.Image:
    """Turned by EXIF; CMYK, palette, grey, deep and profiled pictures as sRGB on white."""
    upright = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        return _on_white(upright.convert("RGBA"))
    if profile and upright.mode in {"RGB", "CMYK", "L"}:
        converted = _by_profile(upright, profile)
        if converted is not None:
            return converted
    if upright.mode.startswith("I;16") or upright.mode in {"I", "F"}:
        upright = _shallow(upright)
    return upright.convert("RGB")


def _shallow(image: Image.Image) -> Image.Image:
    """Of 16 bits, as 8, in little more memory than the picture itself takes."""
    deep = np.asarray(image).astype(np.float32)
    deep /= 257
    np.nan_to_num(deep, copy=False)
    np.clip(deep, 0, 255, out=deep)
    return Image.fromarray(deep.astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Converted by its colour profile, None when the profile is unusable."""
    from io import BytesIO  # noqa: PLC0415 - rare path

    try:
        return ImageCms.profileToProfile(
            image, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def probe_image(path: Path) -> ImageFacts:
    """Facts of a picture, from decoding all of it.

    Raises:
        MediaFault: it can't be used; the message says why.
    """
    image, form = open_image(path)
    small = image.resize((64, 64), Image.Resampling.BOX)
    hue, chroma = dominant(np.asarray(small, dtype=np.float64) / 255.0)
    return ImageFacts(format=form, width=image.width, height=image.height, hue=hue, chroma=chroma)


def dominant(rgb: NDArray[np.float64]) -> tuple[float, float]:
    """OKLCH hue in degrees and chroma (at most 0.12) of a picture's strongest colour.

    `rgb` is (height, width, 3) sRGB in 0..1. Too dark, too light and grey pixels don't count;
    with under 6 % left, chroma is 0. The rest fall into 24 bins of hue, weighted by chroma.
    """
    light, a, b = oklab(rgb.reshape(-1, 3))
    chroma = np.hypot(a, b)
    kept = (light >= 0.15) & (light <= 0.95) & (chroma >= 0.03)
    if kept.mean() < _LEAST_COLOURED:
        return 0.0, 0.0
    a, b, chroma = a[kept], b[kept], chroma[kept]
    bins = (np.degrees(np.arctan2(b, a)) % 360 // (360 / _BINS)).astype(int) % _BINS
    best = bins == int(np.argmax(np.bincount(bins, weights=chroma, minlength=_BINS)))
    # the mean vector of a bin, so that hues near 0 and 360 don't average to 180
    hue = float(np.degrees(np.arctan2(b[best].sum(), a[best].sum())) % 360)
    strength = float(np.average(chroma[best], weights=chroma[best]))
    return round(hue, 1), round(min(MOST_CHROMA, strength), 4)


def oklab(
    rgb: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Oklab L, a, b of sRGB rows in 0..1 (Ottosson's matrices, as in CSS Color 4)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    lab = np.cbrt(linear @ to_lms.T) @ to_lab.T
    return lab[:, 0], lab[:, 1], lab[:, 2]
