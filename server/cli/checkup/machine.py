"""The machine: interpreter, clock, data folder, disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.cli.checkup.verdict import fail, ok, warn

if TYPE_CHECKING:
    from pathlib import Path

    from server.cli.checkup.verdict import Patient, Verdict

OLDEST = (3, 11)
LITTLE = 5 << 30
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
_SKEW = timedelta(minutes=5)


def python(_about: Patient) -> Verdict:
    told = f"Python {platform.python_version()}"
    if sys.version_info < OLDEST:
        return fail(told, "install Python 3.11 or later")
    return ok(told)


def clock(about: Patient) -> Verdict:
    """Deals open and end by the clock, so a wrong one plays what may not be played."""
    told = f"{about.now:%Y-%m-%d %H:%M} UTC"
    remedy = "set the clock; an NTP service keeps it right"
    if about.now < _RELEASED:
        return fail(f"{told} is before this version was made", remedy)
    newest = max(_changes(about.data.root), default=about.now.timestamp())
    if newest > (about.now + _SKEW).timestamp():
        return warn(f"{told}, but the data folder has files from later", remedy)
    try:
        ZoneInfo("Asia/Kamchatka")
    except ZoneInfoNotFoundError:
        return fail("no table of time zones; deals open at local midnight", "install tzdata")
    return ok(told)


def _changes(folder: Path) -> list[float]:
    """When the files of a folder were written. One that goes meanwhile, as those of a database do,
    counts no more; what hides is told by the check of the data folder."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                found.append(path.stat().st_mtime)
    return found


def data(about: Patient) -> Verdict:
    root = about.data.root
    where = root.resolve()
    above = next(path for path in (where, *where.parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        return fail(f"{where} can't be written", "set `data` (SEGUE_DATA) to a folder of yours")
    if above != where:
        return ok(f"{where} will be made at the first start")
    if where.stat().st_mode & 0o002:
        return warn(f"{where} may be written by everybody", f"chmod o-w {where}")
    return ok(str(where))


def disk(about: Patient) -> Verdict:
    where = about.data.root.resolve()
    above = next(path for path in (where, *where.parents) if path.exists())
    free = shutil.disk_usage(above).free
    told = f"{free / (1 << 30):.1f} GiB free"
    least = about.settings.sftp.min_free_mb << 20
    if free < least:
        return fail(
            f"{told}: uploads are refused below {least >> 20} MiB (`sftp.min_free_mb`)",
            "make room, or move the data folder",
        )
    return ok(told) if free >= LITTLE else warn(f"{told}: an album needs about 1 GiB", "make room")
