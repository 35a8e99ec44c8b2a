"""Odd and broken sound and pictures through the whole pipeline, with the real probe and encoder.

All broken files come in one release, all odd ones in another: each is told by its own finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from core.folders import DataFolder
from distro.package import complete
from ingest.testing import PlainProbe
from server.adapters import Probe, Transcode
from storage.backends.obstore import local_store
from tests.fixtures.packages import SIDES, Shape, audio, batch_of
from tests.integration.ingest.odd_media import BAD, ODD, Kitchen
from tests.integration.ingest.world import START, World
from tests.integration.transcode import signals
from tests.integration.transcode.test_images import png_header
from transcode import ffmpeg
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery after all its phases, and the file of each case."""

    world: World
    delivery_id: str
    files: dict[str, str]

    @property
    def state(self) -> str:
        return self.world.delivery(self.delivery_id).state

    def told_of(self, case: str) -> list[dict[str, Any]]:
        """The findings that name the file of a case."""
        found = self.world.delivery(self.delivery_id).findings
        return [each for each in found if self.files[case] in each["message"]]


def _world(root: Path, tool: ffmpeg.Ffmpeg) -> World:
    data = DataFolder(root)
    data.make()
    coder = Transcoder(local_store(data.objects), data.work, tool)
    return World(root, probe=Probe(tool), transcode=Transcode(coder))  # type: ignore[arg-type]


def _send(folder: Path, cases: dict[str, Callable[[Kitchen], Path]]) -> Sent:
    tool = ffmpeg.locate()
    world = _world(folder / "data", tool)
    made = batch_of(folder / "out", (Shape(tracks=len(cases), seconds=1.0),), START)
    release = made.releases[0]
    wav = signals.write_wav(
        folder / "noise.wav", signals.integers(signals.noise(44_100), 16), rate=44_100, bits=16
    )
    files = {}
    text = release.message.read_text(encoding="utf-8")
    for path, (name, make) in zip(audio(release), cases.items(), strict=True):
        before = sha256(path.read_bytes()).hexdigest()
        path.unlink()
        odd = make(Kitchen(tool, wav, path.with_suffix("")))
        text = text.replace(before, sha256(odd.read_bytes()).hexdigest())
        text = text.replace(f"/{path.name}<", f"/{odd.name}<")
        files[name] = odd.name
    for stated in ("AudioCodecType", "NumberOfChannels", "SamplingRate", "BitDepth", "FileSize"):
        text = re.sub(rf"<{stated}.*?</{stated}>", "", text)
    release.message.write_text(text, encoding="utf-8")
    complete(made.folder, made.batch_id, made.releases, SIDES, START)
    return Sent(world, world.send_one(made.folder).id, files)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    sent = _send(tmp_path_factory.mktemp("bad"), {name: make for name, (make, _) in BAD.items()})
    yield sent
    sent.world.database.close()


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    sent = _send(tmp_path_factory.mktemp("odd"), {name: make for name, (make, _) in ODD.items()})
    yield sent
    sent.world.database.close()


@pytest.mark.parametrize("case", BAD)
def test_a_broken_file_is_told_by_name_and_place(broken: Sent, case: str) -> None:
    told = broken.told_of(case)
    wanted = BAD[case][1]
    assert [one for one in told if re.search(wanted, f"{one['code']} {one['message']}")], told
    assert all(one["remedy"] for one in told)


def test_nothing_of_what_is_broken_is_published(broken: Sent) -> None:
    assert broken.state == "refused"
    assert broken.world.counts()["releases"] == 0
    objects = broken.world.parts.data.objects
    kept = {path.relative_to(objects).parts[0] for path in objects.rglob("*") if path.is_file()}
    assert kept <= {"messages", "spectra"}
    assert list(broken.world.parts.data.work.iterdir()) == []


def test_what_is_odd_and_whole_is_live(odd: Sent) -> None:
    found = odd.world.delivery(odd.delivery_id)
    assert (found.state, found.fault) == ("live", None), found.findings
    assert odd.world.counts()["tracks"] == len(ODD)


@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_is_known_as_what_it_is(odd: Sent, case: str) -> None:
    path = f"resources/{odd.files[case]}"
    media = odd.world.delivery(odd.delivery_id).media.values()
    facts = next(entry["facts"] for entry in media if entry["path"] == path)
    assert {key: facts[key] for key in ODD[case][1]} == ODD[case][1]


def test_more_channels_are_told_with_the_mix_that_is_made(odd: Sent) -> None:
    [told] = [one for one in odd.told_of("three channels") if one["code"] == "ERN-2126"]
    assert "3 channels (" in told["message"]
    assert "centre and surrounds at -3 dB" in told["message"]


class PicturesOnly(PlainProbe):
    """Takes all sound as it is, and looks into pictures."""

    def __init__(self, tool: ffmpeg.Ffmpeg) -> None:
        self.image = Probe(tool).image  # type: ignore[method-assign]


def _jpeg(path: Path, mode: str = "RGB", size: tuple[int, int] = (1400, 1400)) -> None:
    Image.new(mode, size).save(path, "JPEG")


def _animated(path: Path) -> None:
    frames = [Image.new("RGB", (1400, 1400), colour) for colour in ("red", "lime")]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])


def _scanned(path: Path) -> None:
    """A progressive JPEG whose last scan comes a thousand times."""
    Image.new("RGB", (1400, 1400), "red").save(path, "JPEG", progressive=True)
    data = path.read_bytes()
    scan = data[data.rindex(b"\xff\xda") : -2]
    path.write_bytes(data[:-2] + scan * 1_000 + data[-2:])


def _cut(path: Path) -> None:
    _jpeg(path)
    path.write_bytes(path.read_bytes()[:-500])


SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
COVERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "40,000 px": (lambda path: path.write_bytes(png_header(40_000, 40_000)), "pixels"),
    "40,000 px long": (lambda path: path.write_bytes(png_header(40_000, 600)), "40000 x 600"),
    "1 px": (lambda path: _jpeg(path, size=(1, 1)), "1 x 1 pixels"),
    "svg": (lambda path: path.write_text(SVG), "ERN-0010|no picture"),
    "empty": (lambda path: path.write_bytes(b""), "ERN-19"),
    "cut": (_cut, "can't be decoded: .*truncated"),
    "scans": (_scanned, "more than 200 scans"),
    "cmyk": (lambda path: _jpeg(path, "CMYK"), ""),
    "animated": (_animated, ""),
}
"""Each with what must stand in a finding that refuses it; empty: it is taken."""


@pytest.mark.parametrize("case", COVERS)
def test_covers(tmp_path: Path, case: str) -> None:
    make, wanted = COVERS[case]
    tool = ffmpeg.locate()
    world = World(tmp_path / "data", probe=PicturesOnly(tool))
    made = batch_of(tmp_path / "out", (Shape(tracks=1, seconds=0.2),), START)
    release = made.releases[0]
    cover = next(release.folder.rglob("*FrontCoverImage.jpg"))
    before = sha256(cover.read_bytes()).hexdigest()
    make(cover)
    text = release.message.read_text(encoding="utf-8")
    text = text.replace(before, sha256(cover.read_bytes()).hexdigest())
    text = re.sub("<(FileSize|ImageCodecType)>.*?</\\1>", "", text)
    release.message.write_text(text, encoding="utf-8")
    complete(made.folder, made.batch_id, made.releases, SIDES, START)

    delivery = world.send_one(made.folder)

    told = [f"{one['code']} {one['message']}" for one in delivery.findings if one["remedy"]]
    if wanted:
        assert delivery.state == "refused", told
        assert [one for one in told if re.search(wanted, one) and cover.name in one], told
        assert world.counts()["releases"] == 0
    else:
        assert delivery.state == "live", told
        assert world.transcode.covers
    world.database.close()
