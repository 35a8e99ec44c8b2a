"""The schema folder gives what lies in it and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.schemas import SchemaFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> SchemaFolder:
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "xsd"
    (root / "ern").mkdir(parents=True)
    (root / "ern" / "a.xsd").write_bytes(b"<schema/>")
    (root / "out.xsd").symlink_to(tmp_path / "secret")
    return SchemaFolder(root)


def test_a_schema_by_its_name(folder: SchemaFolder) -> None:
    assert folder.configured
    assert folder("ern/a.xsd") == b"<schema/>"


@pytest.mark.parametrize(
    "name", ["gone.xsd", "../secret", "ern/../../secret", "/etc/passwd", "out.xsd", "ern/a.xsd/x"]
)
def test_nothing_outside(folder: SchemaFolder, name: str) -> None:
    with pytest.raises(OSError, match=name.rpartition("/")[2]):
        folder(name)


@pytest.mark.parametrize("there", [True, False])
def test_without_a_folder(tmp_path: Path, *, there: bool) -> None:
    folder = SchemaFolder(tmp_path / "gone" if there else None)
    assert not folder.configured
    with pytest.raises(FileNotFoundError):
        folder("ern/a.xsd")
