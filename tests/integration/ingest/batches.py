"""Batches of a given instant, changed by hand where a test wants it."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from distro.package import complete
from tests.fixtures.packages import SIDES, Shape, batch_of
from tests.integration.ingest.world import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from distro.package import Batch, Packed

    Change = Callable[[Packed], None]

SHORT = Shape(seconds=0.2)


def batch(
    out: Path, *changes: Change, minute: int = 0, shapes: tuple[Shape, ...] = (SHORT,)
) -> Batch:
    """A batch made `minute` minutes after START; changes are made to all its releases, and the
    manifest follows them."""
    created = START + timedelta(minutes=minute)
    made = batch_of(out, shapes, created)
    for release in made.releases:
        for change in changes:
            change(release)
    complete(made.folder, made.batch_id, made.releases, SIDES, created)
    return made


def without_media(release: Packed) -> None:
    """An update of the metadata alone."""
    shutil.rmtree(release.folder / "resources")


def without_deals(release: Packed) -> None:
    """A take-down."""
    rewrite(release, r"<DealList>.*</DealList>", "")


def broken_audio(release: Packed) -> None:
    """The first recording is one that the twin of the probe refuses; nobody told its hash."""
    path = min((release.folder / "resources").glob("*.flac"))
    path.write_bytes(b"broken beyond repair")
    rewrite(release, r"<HashSum>.*?</HashSum>", "")


def retitled(title: str) -> Change:
    """Another title for the release."""
    return lambda release: rewrite(release, r">Tones \d+<", f">{title}<")


def rewrite(release: Packed, pattern: str, new: str) -> None:
    """Replace in the message."""
    text = release.message.read_text(encoding="utf-8")
    changed = re.sub(pattern, new, text, flags=re.DOTALL)
    assert changed != text, f"nothing to change: no {pattern}"
    release.message.write_text(changed, encoding="utf-8")
