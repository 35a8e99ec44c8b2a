"""Names of folders and files in the SFTP choreographies (ERN-C 1.6 to 1.8.1).

Every name that arrives is hostile: a name that is not exactly one of these forms is none of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

ACKNOWLEDGEMENTS = "acknowledgements"
RESOURCES = "resources"

ID_LIMIT = 64
STAMP_DIGITS = 17

_BATCH = re.compile(r"(?:([PNML])_)?([0-9]{17})")
_RELEASE = re.compile(r"(?:([PNML])_)?+(?!\.+_)([^/\\\x00-\x1f\x7f]+)_([0-9]{17})")
_COMPLETE = re.compile(r"BatchComplete_([^/\\\x00-\x1f\x7f]{1,100})\.xml")
_ACK = re.compile(r"ACK_([A-Za-z0-9._-]{1,64})_([0-9]{17})\.xml")
_ACK_OLD = re.compile(r"ACK_([0-9]{17})_([A-Za-z0-9._-]{1,64})\.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFolder:
    """A folder that holds release folders: `N_20260105100500123`, or bare before 1.6."""

    batch_id: str
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFolder:
    """A folder that holds one release, sent release by release: `N_<ReleaseId>_<stamp>`."""

    release_id: str
    stamp: str
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AckName:
    """What the name of an acknowledgement says."""

    id: str
    stamp: str


def folder(name: str) -> BatchFolder | ReleaseFolder | None:
    """What a top folder of a delivery is, None when its name has neither form."""
    if batch := _BATCH.fullmatch(name):
        return BatchFolder(batch_id=batch[2], priority=batch[1] or "")
    if release := _RELEASE.fullmatch(name):
        return ReleaseFolder(release_id=release[2], stamp=release[3], priority=release[1] or "")
    return None


def batch_folder(batch_id: str, priority: str = "N") -> str:
    """`N_20260105100500123`; no prefix for an empty priority."""
    return f"{priority}_{batch_id}" if priority else batch_id


def release_folder(release_id: str, stamp_: str, priority: str = "N") -> str:
    """`N_4006381333931_20260105100500123`; no prefix for an empty priority."""
    name = f"{release_id}_{stamp_}"
    return f"{priority}_{name}" if priority else name


def batch_complete(batch_id: str) -> str:
    """`BatchComplete_20260105100500123.xml`."""
    return f"BatchComplete_{batch_id}.xml"


def completes(name: str) -> str | None:
    """The batch id of a BatchComplete file's name, None when it is no such name."""
    found = _COMPLETE.fullmatch(name)
    return found[1] if found else None


def stamp(instant: datetime) -> str:
    """`YYYYMMDDhhmmssnnn` in UTC; `instant` is aware."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}{utc.microsecond // 1000:03d}"


def instant(text: str) -> datetime | None:
    """The instant of a stamp, None when the 17 digits are no date and time."""
    if len(text) != STAMP_DIGITS or not text.isascii() or not text.isdigit():
        return None
    try:
        # fromisoformat would take other forms; the parts are fixed here
        return datetime(
            int(text[:4]),
            int(text[4:6]),
            int(text[6:8]),
            int(text[8:10]),
            int(text[10:12]),
            int(text[12:14]),
            int(text[14:]) * 1000,
            tzinfo=UTC,
        )
    except ValueError:
        return None


def reduced(text: str) -> str:
    """The text without all but `[A-Za-z0-9._-]`, at most 64 long, no dot first; may be empty."""
    return re.sub(r"[^A-Za-z0-9._-]", "", text).lstrip(".")[:ID_LIMIT]


def ack_name(message_id: str, folder_name: str, stamp_: str, *, stamp_first: bool = False) -> str:
    """`ACK_<id>_<stamp>.xml` (1.8.1), or `ACK_<stamp>_<id>.xml` (1.6, 1.7) with `stamp_first`.

    The id is the message's id reduced to safe characters, else the release folder's name.
    """
    name = reduced(message_id) or reduced(folder_name) or "unknown"
    return f"ACK_{stamp_}_{name}.xml" if stamp_first else f"ACK_{name}_{stamp_}.xml"


def ack(name: str) -> AckName | None:
    """What an acknowledgement's name says, in either order; None when it is no such name."""
    if found := _ACK.fullmatch(name):
        return AckName(id=found[1], stamp=found[2])
    if found := _ACK_OLD.fullmatch(name):
        return AckName(id=found[2], stamp=found[1])
    return None


def audio_name(release_id: str, disc: int, track: int, extension: str) -> str:
    """`<ReleaseId>_001_002.flac`: hierarchy in groups of three digits."""
    return f"{release_id}_{disc:03d}_{track:03d}.{extension}"


def cover_name(release_id: str, extension: str) -> str:
    """`<ReleaseId>_FrontCoverImage.jpg`."""
    return f"{release_id}_FrontCoverImage.{extension}"
