"""One kind of error for all doors; each door has its own protocol's code for each reason."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reason(StrEnum):
    """Why a request is refused."""

    MISSING = "missing"
    DENIED = "denied"
    EXISTS = "exists"
    BAD_NAME = "bad-name"
    BUSY = "busy"
    NO_SPACE = "no-space"
    NOT_EMPTY = "not-empty"
    IS_FOLDER = "is-folder"
    NOT_FOLDER = "not-folder"
    UNSUPPORTED = "unsupported"
    UNREADABLE = "unreadable"
    MISMATCH = "mismatch"
    CONFLICT = "conflict"
    GONE = "gone"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    CUT = "cut"
    BANNED = "banned"
    LIMIT = "limit"
    TYPE = "type"
    QUOTA = "quota"
    FAULT = "fault"


class Refused(Exception):
    """A request that a door refuses. `text` is told to the sender: what, why, what to do.

    `retry_after` is how many seconds the refusal will hold, 0 when nobody knows.
    """

    def __init__(self, reason: Reason, text: str, *, retry_after: int = 0) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.retry_after = retry_after


_TOLD = {
    errno.ENOENT: (Reason.MISSING, "there is no such file or folder; list the folder to see"),
    errno.ENOTDIR: (Reason.NOT_FOLDER, "a part of this path is a file, not a folder"),
    errno.EISDIR: (Reason.IS_FOLDER, "this is a folder; name a file in it"),
    errno.EEXIST: (Reason.EXISTS, "this name exists already; remove it first or take another"),
    errno.ENOTEMPTY: (Reason.NOT_EMPTY, "the folder is not empty; remove what is in it first"),
    errno.ENOSPC: (
        Reason.NO_SPACE,
        "no space left on the server's disk; what arrived so far is kept: resume later",
    ),
    errno.EDQUOT: (Reason.NO_SPACE, "the server's disk quota is used up; resume later"),
    errno.ENAMETOOLONG: (Reason.BAD_NAME, "this name is too long; take a shorter one"),
    errno.ELOOP: (Reason.DENIED, "links are not followed here; upload the file itself"),
    errno.EACCES: (Reason.DENIED, "the server may not touch this file; tell the operator"),
    errno.EPERM: (Reason.DENIED, "the server may not touch this file; tell the operator"),
    errno.EROFS: (Reason.FAULT, "the server's disk is read-only; tell the operator"),
    errno.EIO: (Reason.FAULT, "the server's disk has a fault; tell the operator"),
}


def from_os(error: OSError) -> Refused:
    """The refusal for an error of the operating system; never tells a path of the server."""
    reason, text = _TOLD.get(
        error.errno or 0,
        (Reason.FAULT, f"the server could not do this ({error.strerror or 'unknown'})"),
    )
    return Refused(reason, text)


@contextmanager
def told() -> Iterator[None]:
    """Inside, an error of the operating system leaves as `Refused`."""
    try:
        yield
    except OSError as error:
        raise from_os(error) from error
