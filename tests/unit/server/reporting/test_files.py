"""Files appear whole and never over another."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from core.errors import Conflict, DiskFull, Unavailable
from server.reporting.files import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_draft_appears_under_its_name_only_when_published(tmp_path: Path) -> None:
    draft, target = Draft(tmp_path / "drafts"), tmp_path / "reports" / "a.tsv"
    draft.write(["one\n", "zwölf\n"])
    assert not target.exists()
    draft.publish(target)
    assert target.read_bytes() == "one\nzwölf\n".encode()
    assert list((tmp_path / "drafts").iterdir()) == []
    assert draft.size == len(target.read_bytes())


def test_what_is_there_stays(tmp_path: Path) -> None:
    target = tmp_path / "a.tsv"
    target.write_text("sent")
    draft = Draft(tmp_path)
    draft.write(["new"])
    with pytest.raises(Conflict):
        draft.publish(target)
    assert target.read_text() == "sent"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tsv"]


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, Unavailable), (errno.ENOSPC, DiskFull)])
def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, number: int, kind: type[Unavailable]
) -> None:
    def lines() -> Iterator[str]:
        yield "one\n"
        raise OSError(number, "the disk refuses")

    with pytest.raises(kind):
        Draft(tmp_path).write(lines())
    assert list(tmp_path.iterdir()) == []
