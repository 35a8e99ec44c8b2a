"""A made batch: the layout, a message without findings, true facts about the files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import soundfile

from ddex import xml
from ddex.choreography import manifest
from ddex.ern import reader
from ddex.ern.examine import examine
from distro.make import ALBUMS, Order, make
from distro.package import write_batch
from tests.fixtures import packages
from tests.fixtures.packages import SIDES

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

NOW = datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC)
ORDER = Order(sides=SIDES, seconds=1.0, cover_size=200)


def test_the_layout_is_that_of_the_choreography(tmp_path: Path) -> None:
    made = make(ORDER, tmp_path / "out", NOW)
    icpn = made.release.icpn
    home = tmp_path / "out" / "N_20261121100000123"
    assert made.batch.folder == home
    assert [p.relative_to(home).as_posix() for p in sorted(home.rglob("*")) if p.is_file()] == [
        f"{icpn}/{icpn}.xml",
        f"{icpn}/resources/{icpn}_001_001.flac",
        f"{icpn}/resources/{icpn}_001_002.flac",
        f"{icpn}/resources/{icpn}_001_003.flac",
        f"{icpn}/resources/{icpn}_FrontCoverImage.jpg",
        "BatchComplete_20261121100000123.xml",
    ]
    assert [p.name for p in (tmp_path / "out").iterdir()] == [home.name], "nothing is left behind"


def test_the_message_has_no_findings(schema_folder: SchemaFolder, tmp_path: Path) -> None:
    made = make(ORDER, tmp_path, NOW)
    found = examine(made.batch.releases[0].message.read_bytes(), resource=schema_folder)
    assert (found.schema, found.findings) == ("used", ())


def test_the_message_tells_the_truth_about_the_files(tmp_path: Path) -> None:
    made = make(ORDER, tmp_path, NOW)
    packed = made.batch.releases[0]
    message = reader.read(xml.parse(packed.message.read_bytes()))
    *recordings, cover = message.resources
    for recording in recordings:
        (file,) = recording.files
        info = soundfile.info(packed.folder / file.uri)
        assert (file.codec, file.channels, file.bit_depth) == ("FLAC", "2", "16")
        assert float(file.sampling_rate) == info.samplerate
        assert recording.duration is not None
        assert recording.duration.total_seconds() == pytest.approx(info.duration, abs=0.001)
    for file in (each.files[0] for each in (*recordings, cover)):
        data = (packed.folder / file.uri).read_bytes()
        assert file.hashes[0].value == sha256(data).hexdigest()
        assert file.size_kb == pytest.approx(len(data) / 1000, abs=0.001)


def test_the_manifest_tells_the_truth_about_the_message(tmp_path: Path) -> None:
    made = make(ORDER, tmp_path, NOW)
    packed = made.batch.releases[0]
    found = manifest.read((made.batch.folder / "BatchComplete_20261121100000123.xml").read_bytes())
    assert found is not None
    (entry,) = found.messages
    assert entry.message_id == packed.message_id
    assert (made.batch.folder / entry.url) == packed.message
    assert entry.hash_sum is not None
    assert entry.hash_sum.value == sha256(packed.message.read_bytes()).hexdigest()
    assert found.created == NOW.replace(microsecond=0)


def test_seeds_name_different_albums() -> None:
    assert len({(title, artist) for title, artist, _ in ALBUMS}) == 6
    assert all(len(tracks) == 3 for _, _, tracks in ALBUMS)


def test_title_artist_and_deals_can_be_ordered(tmp_path: Path) -> None:
    order = replace(
        ORDER,
        tracks=1,
        title="Mine",
        artist="Me Myself",
        start=date(2030, 1, 1),
        end=date(2031, 1, 1),
        territories=("DE", "FR"),
    )
    made = make(order, tmp_path, NOW)
    message = reader.read(xml.parse(made.batch.releases[0].message.read_bytes()))
    assert {deal.territories for deal in message.deals} == {("DE", "FR")}
    assert {(d.periods[0].start, d.periods[0].end) for d in message.deals} == {
        ("2030-01-01", "2031-01-01")
    }
    assert message.main_release is not None
    assert message.main_release.titles[0].text == "Mine"
    assert message.main_release.display_artist_names[0].text == "Me Myself"


def test_without_an_order_the_deals_run_already(tmp_path: Path) -> None:
    made = make(replace(ORDER, tracks=1), tmp_path, NOW)
    assert {offer.start for offer in made.release.offers} == {date(2026, 11, 14)}
    assert all(offer.territories == ("Worldwide",) for offer in made.release.offers)


def test_a_batch_holds_a_release_once(tmp_path: Path) -> None:
    release = packages.describe(tmp_path, packages.Shape(tracks=0), NOW)
    with pytest.raises(ValueError, match="only once"):
        write_batch([release, release], SIDES, tmp_path, NOW)


def test_a_stamp_is_used_once(tmp_path: Path) -> None:
    packages.good(tmp_path, packages.Shape(tracks=0), NOW)
    with pytest.raises(FileExistsError):
        packages.good(tmp_path, packages.Shape(tracks=0), NOW)
