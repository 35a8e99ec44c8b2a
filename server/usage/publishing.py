"""Lays the signed head of each closed day beside its file and into the reports/ of each feed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed, UsageDay
from core.errors import DiskFull

if TYPE_CHECKING:
    from pathlib import Path

    from core.database import Database

PREFIX = "usage-ledger-"
_LATELY = 7


def publish(database: Database, days: Path, inbox: Path) -> list[Path]:
    """Write what is missing of the newest closed days; gives what was written. May be repeated.

    Raises:
        DiskFull: nothing half written stays.
    """
    with database.read() as session:
        newest = select(UsageDay).order_by(UsageDay.day.desc()).limit(_LATELY)
        closed = session.scalars(newest).all()
        feeds = session.scalars(select(Feed.id).where(Feed.deleted_at.is_(None))).all()
    written = []
    for row in closed:
        data = json.dumps(row.head, indent=2, sort_keys=True).encode() + b"\n"
        places = [inbox / feed / "reports" / f"{PREFIX}{row.day}.json" for feed in feeds]
        for path in (days / f"{row.day}.json", *places):
            if not path.exists():
                _lay(path, data)
                written.append(path)
    return written


def _lay(path: Path, data: bytes) -> None:
    """The whole file, durably, or none."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    except OSError as wrong:
        fresh.unlink(missing_ok=True)
        raise DiskFull(f"{path} can't be written: {wrong.strerror}") from wrong
