"""One file by one request: its body is the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog

from ingest.doors.common.files import Opening
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.http.digests import declared
from ingest.doors.http.pump import Intaking, too_large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.paths import Parts
    from ingest.doors.common.ports import FeedLogin, ReceivedFile
    from ingest.doors.common.upload import Upload
    from ingest.doors.http.hall import HttpDoor

_log = structlog.get_logger(__name__)
_KEPT = (Reason.CUT, Reason.TOO_SLOW, Reason.NO_SPACE, Reason.BUSY, Reason.FAULT)
"""After these what arrived stays to be seen, as at every other door; else it is thrown away."""


async def put(
    door: HttpDoor,
    login: FeedLogin,
    parts: Parts,
    headers: Mapping[str, str],
    body: AsyncIterator[bytes | memoryview],
    trail: Trail | None = None,
) -> ReceivedFile:
    """Take a whole file; one of the same path stays until it is there.

    Raises:
        Refused: the request can't be taken, or its bytes are not what the headers say.
    """
    whole(headers)
    digests = declared(headers)
    if (length(headers) or 0) > door.settings.most:
        raise too_large(door.settings.most)
    with door.busy(login):
        files, upload = await door.do(_open, door, login, parts, length(headers) or 0)
        upload.trail = trail
        intaking = Intaking(upload, door.pool, most=door.settings.most, digests=(digests,))
        try:
            await intaking.all(body)
            digests.check()
            received = await door.do(files.finish, upload, "http")
        except Refused as refused:
            await door.do(files.abandon if refused.reason in _KEPT else files.discard, upload)
            raise
        except BaseException:
            files.abandon(upload)
            raise
    _log.info("file received", feed=login.feed_id, path=received.path, size=received.size)
    return received


def _open(door: HttpDoor, login: FeedLogin, parts: Parts, size: int) -> tuple[GuardedFiles, Upload]:
    if not parts:
        raise Refused(Reason.IS_FOLDER, "this is your root folder; name a file in it")
    files = door.views.of(login)
    files.expect(size)
    files.make_folders(parts[:-1])
    return files, files.open_write(parts, Opening(truncate=True))


def whole(headers: Mapping[str, str]) -> None:
    """Raises Refused when the body is a part or a packed form of a file."""
    if "content-range" in headers:
        raise Refused(
            Reason.UNREADABLE,
            "PUT takes whole files, so Content-Range is refused; to resume, create an upload by "
            "tus 1.0 (POST …/uploads), or send the whole file again",
        )
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(
            Reason.UNSUPPORTED,
            "Content-Encoding is refused; send the bytes as they are",
        )


def length(headers: Mapping[str, str]) -> int | None:
    """Content-Length, None when it is not told. Raises Refused."""
    text = headers.get("content-length")
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused(Reason.UNREADABLE, "Content-Length is no number")
    return int(text)
