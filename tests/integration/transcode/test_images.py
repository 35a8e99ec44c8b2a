from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from storage.backends.obstore import memory_store
from transcode.artwork import SIZES, store_artwork
from transcode.errors import MediaFault
from transcode.image_probe import probe_image

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def cover(width: int = 1500, height: int = 1500, mode: str = "RGB") -> Image.Image:
    """Blue on the left, orange on the right."""
    image = Image.new("RGB", (width, height), (230, 120, 20))
    image.paste((20, 60, 220), (0, 0, width * 2 // 3, height))
    return image.convert(mode)


def colour(data: bytes) -> tuple[int, ...]:
    """Of a pixel near the middle."""
    found = opened(data).convert("RGB").getpixel((40, 40))
    assert isinstance(found, tuple)
    return found


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_facts_of_a_cover(tmp_path: Path) -> None:
    facts = probe_image(saved(tmp_path / "c.jpg", cover()))
    assert (facts.format, facts.width, facts.height) == ("JPEG", 1500, 1500)
    assert 255 < facts.hue < 275
    assert facts.chroma == 0.12


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.new("I;16", (700, 700), 30_000) if mode == "I;16" else cover(700, 700, mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    path = saved(tmp_path / "c", image, format=form)
    store = memory_store()
    store_artwork(store, "d", path)
    for ending in ("jpg", "webp"):
        made = opened(store.get(f"art/d/320.{ending}"))
        assert (made.mode, made.size) == ("RGB", (320, 320))


def test_four_sizes_in_two_formats(tmp_path: Path) -> None:
    store = memory_store()
    answer = store_artwork(store, "abc", saved(tmp_path / "c.png", cover(3000, 1500)))
    assert answer == {"prefix": "art/abc", "sizes": list(SIZES), "width": 3000, "height": 1500}
    for size in SIZES:
        for ending, form in (("jpg", "JPEG"), ("webp", "WEBP")):
            made = opened(store.get(f"art/abc/{size}.{ending}"))
            assert (made.format, made.size) == (form, (size, size // 2))


def test_nothing_is_enlarged(tmp_path: Path) -> None:
    store = memory_store()
    store_artwork(store, "abc", saved(tmp_path / "c.png", cover(200, 200)))
    sizes = {size: opened(store.get(f"art/abc/{size}.webp")).size[0] for size in SIZES}
    assert sizes == {96: 96, 320: 200, 640: 200, 1280: 200}


def test_a_second_call_changes_nothing(tmp_path: Path) -> None:
    store = memory_store()
    path = saved(tmp_path / "c.png", cover(200, 200))
    store_artwork(store, "abc", path)
    store.put("art/abc/640.jpg", b"kept")
    store_artwork(store, "abc", path)
    assert store.get("art/abc/640.jpg") == b"kept"


def test_exif_turns_the_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise
    facts = probe_image(saved(tmp_path / "c.jpg", cover(400, 200), exif=exif))
    assert (facts.width, facts.height) == (200, 400)


def test_transparent_ground_is_white(tmp_path: Path) -> None:
    store = memory_store()
    store_artwork(store, "t", saved(tmp_path / "c.png", Image.new("RGBA", (50, 50), (0, 0, 0, 0))))
    assert opened(store.get("art/t/96.webp")).getpixel((5, 5)) == (255, 255, 255)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing of it."""
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
    data = b"IDAT" + zlib.compress(b"")
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">I", len(data) - 4)
        + data
        + struct.pack(">I", zlib.crc32(data))
    )


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", "corrupt", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported", "no picture"),
        (b"just text", "unsupported", "no picture"),
        (png_header(9_000, 9_000), "unsupported", "9000 x 9000"),
        (png_header(12_001, 20), "unsupported", "12001 x 20"),
        (png_header(40_000, 40_000), "unsupported", "pixels"),
        (png_header(1, 1), "unsupported", "1 x 1"),
        (png_header(100, 100), "truncated", "truncated"),
    ],
)
def test_pictures_that_are_refused(tmp_path: Path, content: bytes, kind: str, message: str) -> None:
    path = tmp_path / "c.png"
    path.write_bytes(content)
    with pytest.raises(MediaFault) as caught:
        probe_image(path)
    assert caught.value.kind == kind
    assert message in caught.value.message


def test_a_jpeg_cut_off_is_truncated(tmp_path: Path) -> None:
    path = saved(tmp_path / "c.jpg", cover())
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(MediaFault) as caught:
        probe_image(path)
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animated_picture_the_first_frame_is_the_cover(tmp_path: Path, form: str) -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "lime", "blue")]
    path = tmp_path / f"moving.{form.lower()}"
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100)
    store = memory_store()
    store_artwork(store, "m", path)
    red, green, blue = colour(store.get("art/m/96.webp"))
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    path = saved(tmp_path / "c.jpg", Image.new("CMYK", (300, 300), (0, 255, 255, 0)))
    store = memory_store()
    store_artwork(store, "c", path)
    red, green, blue = colour(store.get("art/c/96.jpg"))
    assert red > 200
    assert max(green, blue) < 80


def test_svg_is_no_picture_that_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "cover.svg"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
    )
    with pytest.raises(MediaFault, match="no picture that Segue knows") as caught:
        probe_image(path)
    assert caught.value.kind == "unsupported"
