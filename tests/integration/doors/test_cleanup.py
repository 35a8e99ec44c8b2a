"""Old partial files and old refused batches go, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ingest.doors.common.cleanup import RefusedBatch, cleanup

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def _file(path: Path) -> datetime:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)


def test_partials_go_after_two_days(tmp_path: Path) -> None:
    made = _file(tmp_path / "partial/feed_a/batch/x.wav")
    _file(tmp_path / "inbox/feed_a/batch/x.wav")
    assert cleanup(tmp_path, made + timedelta(hours=47)) == []
    assert cleanup(tmp_path, made + timedelta(hours=49)) == ["partial/feed_a/batch/x.wav"]
    assert not (tmp_path / "partial/feed_a/batch").exists()
    assert (tmp_path / "inbox/feed_a/batch/x.wav").exists()
    assert cleanup(tmp_path, made + timedelta(hours=50)) == []


def test_refused_batches_go_after_a_week_but_not_what_came_since(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox/feed_a"
    refused_at = _file(inbox / "batch/old.wav") + timedelta(seconds=0.001)
    _file(inbox / "other/x.wav")
    _file(inbox / "acknowledgements/batch/ACK.xml")
    batches = [
        RefusedBatch("feed_a", "batch", refused_at),
        RefusedBatch("feed_a", "acknowledgements", refused_at + timedelta(days=1)),
        RefusedBatch("feed_gone", "batch", refused_at),
    ]
    late = refused_at + timedelta(days=9)
    while _file(inbox / "batch/mended.wav") <= refused_at:
        pass
    assert cleanup(tmp_path, refused_at + timedelta(days=6), refused=batches) == []
    assert cleanup(tmp_path, late, refused=batches) == ["inbox/feed_a/batch/old.wav"]
    assert (inbox / "batch/mended.wav").exists()
    assert (inbox / "other/x.wav").exists()
    assert (inbox / "acknowledgements/batch/ACK.xml").exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    made = _file(outside / "precious")
    (tmp_path / "partial/feed_a").mkdir(parents=True)
    (tmp_path / "partial/feed_a/link").symlink_to(outside)
    assert cleanup(tmp_path, made + timedelta(days=9)) == []
    assert (outside / "precious").exists()
