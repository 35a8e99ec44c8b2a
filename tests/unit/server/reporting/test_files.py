"""Files appear whole and never over another."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict, DiskFull, Unavailable
from server.reporting.files import forced, publish, writing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    with writing(tmp_path / "new" / "a.tsv") as file:
        file.write(b"one")
        forced(file)
    assert (tmp_path / "new" / "a.tsv").read_bytes() == b"one"


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, Unavailable), (errno.ENOSPC, DiskFull)])
def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, number: int, kind: type[Unavailable]
) -> None:
    def refused() -> None:
        with writing(tmp_path / "a.tsv") as file:
            file.write(b"one")
            raise OSError(number, "the disk refuses")

    with pytest.raises(kind):
        refused()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    source, target = tmp_path / "draft", tmp_path / "out" / "a.tsv"
    source.write_text("sent")
    publish(source, target)
    publish(source, target)  # the same bytes are no conflict
    source.write_text("new")
    with pytest.raises(Conflict):
        publish(source, target)
    assert target.read_text() == "sent"
    assert [path.name for path in target.parent.iterdir()] == ["a.tsv"]
