"""The embedded engine on a real folder: reopened, broken, shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict, Unavailable
from search.backends.tantivy import TantivyIndex
from search.index import Document, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration


def document(name: str, title: str) -> Document:
    return Document(id=name, kind=Kind.RELEASE, key=name, release_id=name, title=title)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "search"


@pytest.fixture
def index(root: Path) -> Iterator[TantivyIndex]:
    found = TantivyIndex(root)
    found.rebuild([document("a", "Paper Tides")], position=3)
    yield found
    found.close()


def found(index: TantivyIndex, query: str) -> list[str]:
    return [hit.key for hit in index.search(query).hits]


def position(index: TantivyIndex) -> int | None:
    return index.position


def test_a_new_folder_wants_a_rebuild(root: Path) -> None:
    index = TantivyIndex(root)
    assert position(index) is None
    assert found(index, "paper") == []
    with pytest.raises(Unavailable):
        index.replace(["a"], [document("a", "Paper")])
    index.rebuild([])
    assert position(index) == 0
    index.replace(["a"], [document("a", "Paper")], position=1)
    assert found(index, "paper") == ["a"]
    index.close()


def test_it_is_there_again_after_reopening(index: TantivyIndex, root: Path) -> None:
    index.replace(["b"], [document("b", "Slow Harbour")], position=4)
    index.close()
    again = TantivyIndex(root)
    assert position(again) == 4
    assert found(again, "slow harbour") == ["b"]
    again.replace(["b"], [], position=5)
    assert found(again, "slow harbour") == []
    again.close()


def test_only_one_writes(index: TantivyIndex, root: Path) -> None:
    index.replace(["b"], [document("b", "Slow Harbour")])
    other = TantivyIndex(root)
    with pytest.raises(Conflict):
        other.replace(["c"], [document("c", "Iron Rain")])
    reader = TantivyIndex(root, writable=False)
    with pytest.raises(Conflict):
        reader.replace(["c"], [])
    with pytest.raises(Conflict):
        reader.rebuild([])


def test_a_reader_follows_commits_and_rebuilds(index: TantivyIndex, root: Path) -> None:
    reader = TantivyIndex(root, writable=False)
    index.replace(["b"], [document("b", "Slow Harbour")], position=4)
    assert found(reader, "slow harbour") == ["b"]
    index.rebuild([document("c", "Iron Rain")], position=5)
    assert found(reader, "iron rain") == ["c"]
    assert found(reader, "slow harbour") == []
    assert position(reader) == 5
    index.replace(["d"], [document("d", "Lantern Weather")], position=6)
    assert found(reader, "lantern") == ["d"]


def test_a_reader_that_comes_first_finds_the_index_when_it_is_made(root: Path) -> None:
    reader = TantivyIndex(root, writable=False)
    assert found(reader, "paper") == []
    writer = TantivyIndex(root)
    writer.rebuild([document("a", "Paper Tides")])
    assert found(reader, "paper") == ["a"]
    writer.close()


@pytest.mark.parametrize("broken", ["meta", "segments", "current", "version", "position", "escape"])
def test_whatever_is_broken_is_rebuilt(index: TantivyIndex, root: Path, broken: str) -> None:
    index.close()
    name = (root / "current").read_text()
    if broken == "meta":
        (root / name / "meta.json").write_bytes(b"{")
    elif broken == "segments":
        for path in (root / name).glob("*.*"):
            if path.suffix not in {".json", ".lock"}:
                path.unlink()
    elif broken == "position":
        (root / name / "position").write_text("soon")
    elif broken == "version":
        (root / "current").write_text("v0-" + "0" * 16)
    else:
        (root / "current").write_text("../../etc" if broken == "escape" else "\x00")
    again = TantivyIndex(root)
    assert position(again) is None
    again.rebuild([document("b", "Iron Rain")], position=8)
    assert position(again) == 8
    assert found(again, "iron rain") == ["b"]
    assert [path.name for path in root.iterdir() if path.is_dir()] == [
        (root / "current").read_text()
    ]
    again.close()
