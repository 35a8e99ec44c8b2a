from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import Misuse, NotFound
from distro import outbox
from tests.fixtures import packages

if TYPE_CHECKING:
    from pathlib import Path

SMALL = packages.Shape(tracks=1, seconds=0.2)


def test_a_batch_is_found_itself_or_in_its_folder(tmp_path: Path) -> None:
    batch = packages.good(tmp_path, SMALL)
    found = outbox.find(tmp_path)
    assert found == outbox.find(batch.folder)
    assert found.batch_id == batch.batch_id
    assert found.complete.path == f"{batch.folder.name}/BatchComplete_{batch.batch_id}.xml"
    (release,) = found.releases
    assert (release.name, release.message_id) == (
        batch.releases[0].icpn,
        batch.releases[0].message_id,
    )
    assert len(found.files) == 3
    sizes = [p.stat().st_size for p in batch.folder.rglob("*") if p.is_file()]
    assert found.size == sum(sizes)


def test_the_message_id_of_a_spoiled_message_comes_from_the_manifest(tmp_path: Path) -> None:
    batch = packages.spoiled(tmp_path, packages.malformed, SMALL)
    assert outbox.find(tmp_path).releases[0].message_id == batch.releases[0].message_id


def test_without_a_manifest_it_is_unknown(tmp_path: Path) -> None:
    batch = packages.spoiled(tmp_path, packages.malformed, SMALL)
    complete = batch.folder / f"BatchComplete_{batch.batch_id}.xml"
    complete.write_bytes(b"")
    assert outbox.find(tmp_path).releases[0].message_id == ""
    complete.write_bytes(b"<not a manifest")
    assert outbox.find(tmp_path).releases[0].message_id == ""


def test_what_can_not_be_delivered_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no folder"):
        outbox.find(tmp_path / "nowhere")
    with pytest.raises(NotFound, match="no batch"):
        outbox.find(tmp_path)
    first = packages.good(tmp_path, SMALL)
    packages.again(first, tmp_path)
    with pytest.raises(Misuse, match="several batches") as several:
        outbox.find(tmp_path)
    assert first.folder.name in several.value.message
    (first.folder / f"BatchComplete_{first.batch_id}.xml").unlink()
    with pytest.raises(Misuse, match="BatchComplete") as unfinished:
        outbox.find(first.folder)
    assert f"BatchComplete_{first.batch_id}.xml" in unfinished.value.remedy


def test_links_are_not_followed(tmp_path: Path) -> None:
    batch = packages.good(tmp_path, SMALL)
    (batch.releases[0].folder / "resources" / "link.flac").symlink_to("/etc/passwd")
    with pytest.raises(Misuse, match="is a link"):
        outbox.find(tmp_path)
