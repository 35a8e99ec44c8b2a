"""Each choreography, from our sender to our service and back: names, places, versions, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from ddex.choreography import acknowledgement, manifest, names
from ddex.choreography.rows import ROWS
from distro import outbox
from distro.package import write_batch
from distro.receipts import answered
from tests.fixtures.packages import SIDES, audio, describe
from tests.integration.ingest.batches import SHORT
from tests.integration.ingest.world import START, World

if TYPE_CHECKING:
    from pathlib import Path

    from ddex.choreography.rows import Choreography
    from distro.outbox import LocalBatch
    from distro.release import ReleaseInput

pytestmark = pytest.mark.integration
EVERY = [
    pytest.param(row, letter, id=f"{row.key}-{letter or 'bare'}")
    for row in ROWS.values()
    for letter in (*row.priorities[-1:], "")
]
ROOT = {"16": "FtpAcknowledgementMessage", "18": "AcknowledgementMessage"}


def _release(folder: Path) -> ReleaseInput:
    sources = folder / "sources"
    sources.mkdir()
    return describe(sources, SHORT, START)


def _send(world: World, found: LocalBatch) -> None:
    """As `segue deliver` does: the file that completes goes last."""
    for file in (*found.files, found.complete):
        world.put(file.path, file.source)


def _acknowledgement(world: World, row: Choreography, folder: str) -> Path:
    [path] = (world.view / row.ack_place(folder)).iterdir()
    return path


@pytest.mark.parametrize(("row", "letter"), EVERY)
def test_there_and_back(world: World, tmp_path: Path, row: Choreography, letter: str) -> None:
    world.change_feed(choreography=row.key, acknowledgements=row.ack)
    release = _release(tmp_path)
    made = write_batch([release], SIDES, tmp_path / "out", START, row, letter)
    found = outbox.find(tmp_path / "out" if not row.bare else made.folder)
    assert found.name == made.folder.name
    _send(world, found)

    [delivery] = world.deliveries()
    assert delivery.state == "live"
    path = _acknowledgement(world, row, found.name)
    name = names.ack(path.name)
    assert name is not None
    stamped = path.name.removeprefix("ACK_").startswith(name.stamp)
    assert stamped is row.stamp_first
    data = path.read_bytes()
    assert etree.QName(etree.fromstring(data)).localname == ROOT[row.ack]
    ack = acknowledgement.read(data)
    assert ack.ok
    assert answered(found.releases, found.batch_id, path.name, ack) == found.releases[0]
    assert world.waiting() == []


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_refusal_comes_back_too(world: World, tmp_path: Path, row: Choreography) -> None:
    world.change_feed(choreography=row.key, acknowledgements=row.ack)
    release = _release(tmp_path)
    made = write_batch([release], SIDES, tmp_path / "out", START, row, "")
    audio(made.releases[0])[0].write_bytes(b"another")
    found = outbox.find(made.folder)
    _send(world, found)
    assert [each.state for each in world.deliveries()] == ["refused"]
    data = _acknowledgement(world, row, found.name).read_bytes()
    ack = acknowledgement.read(data)
    assert ack.statuses[0].status == "SignatureOrHashSumWrongOrMissing"
    assert answered(found.releases, found.batch_id, "", ack) == found.releases[0]


@pytest.mark.parametrize("key", ["batch-1.6", "batch-1.7", "batch-1.8"])
def test_the_manifest_has_the_version_of_the_row(tmp_path: Path, key: str) -> None:
    release = _release(tmp_path)
    made = write_batch([release], SIDES, tmp_path / "out", START, ROWS[key])
    data = (made.folder / names.batch_complete(made.batch_id)).read_bytes()
    version = {"16": b"ern-c-sftp/16", "18": b"ern-c-sftp/18"}[ROWS[key].manifest]
    assert version in data
    said = manifest.read(data)
    assert said is not None
    assert said.messages[0].hash_sum is not None


def test_none_is_told_in_no_file(world: World, tmp_path: Path) -> None:
    world.change_feed(choreography="batch-1.8", acknowledgements="none")
    release = _release(tmp_path)
    _send(world, outbox.find(write_batch([release], SIDES, tmp_path / "out", START).folder))
    [delivery] = world.deliveries()
    assert (delivery.state, delivery.acknowledgement) == ("live", None)
    assert not list(world.view.rglob("ACK_*"))


def test_a_release_by_itself_is_one_release(tmp_path: Path) -> None:
    release = _release(tmp_path)
    row = ROWS["release-1.6"]
    with pytest.raises(ValueError, match="a folder of its own"):
        write_batch([], SIDES, tmp_path / "out", START, row)
    made = write_batch([release], SIDES, tmp_path / "out", START, row)
    made.releases[0].message.rename(made.folder / "a.xml")
    assert outbox.find(made.folder).complete.path.endswith("/a.xml")
