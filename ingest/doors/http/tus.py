"""Resumable uploads by tus 1.0: core, creation (with bytes), termination, expiration, checksum.

Bytes lie where every door puts unfinished files; a note beside them says what they shall become.
The offset is the size of the unfinished file, so it is true after any crash.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import structlog

from ingest.doors.common.files import Opening
from ingest.doors.common.paths import clean, shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.http.digests import checksum
from ingest.doors.http.pump import Intaking, too_large

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.paths import Parts
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.common.upload import Upload
    from ingest.doors.http.digests import Digests
    from ingest.doors.http.hall import HttpDoor

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
CHUNK_TYPE = "application/offset+octet-stream"

_log = structlog.get_logger(__name__)
_ID = re.compile(r"[0-9a-f]{32}")
_METADATA = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/=]*))?")
_PATHS = ("path", "relativePath", "filename", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an upload shall become. `length` in bytes.

    `unsure` is the offset of a chunk whose checksum was not compared yet, else None; `finishing`
    says that all bytes are there, `done` that the file was handed over.
    """

    path: str
    length: int
    metadata: str
    unsure: int | None = None
    finishing: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An upload as it stands. `expires` in Unix seconds, None when it is done."""

    id: str
    note: Note
    offset: int
    expires: float | None


class Uploads:
    """The resumable uploads of one feed. All but `patch` block on the disk."""

    def __init__(self, door: HttpDoor, login: FeedLogin, trail: Trail | None = None) -> None:
        self._door = door
        self._login = login
        self._trail = trail
        self._notes = door.uploads(login)
        self._files: GuardedFiles = door.views.of(login)

    def create(self, headers: Mapping[str, str]) -> State:
        """Begin an upload; one of nothing is done at once. Raises Refused."""
        length = _size(headers.get("upload-length"), "Upload-Length")
        if length > self._door.settings.most:
            raise too_large(self._door.settings.most)
        metadata = headers.get("upload-metadata", "")
        parts = _path(metadata)
        self._files.expect(length)
        self._files.make_folders(parts[:-1])
        upload = self._files.open_write(parts, Opening(truncate=True))
        try:
            self._supersede(shown(parts))
            name = secrets.token_hex(16)
            note = Note(path=shown(parts), length=length, metadata=metadata)
            self._save(name, note)
            if length == 0:
                note = self._finish(name, note, upload)
        finally:
            self._files.abandon(upload)
        return self._state(name, note)

    def _supersede(self, path: str) -> None:
        """The newest upload of a path is the one that counts."""
        for name, told in self._notes.all():
            if told.get("path") == path and not told.get("done"):
                self._notes.forget(name)

    def state(self, name: str) -> State:
        """How far an upload is. Raises Refused."""
        return self._state(name, self._note(name))

    def _state(self, name: str, note: Note) -> State:
        if note.done:
            return State(id=name, note=note, offset=note.length, expires=None)
        facts = self._files.partial_tree.stat(clean(note.path))
        if facts is None:
            return self._handed_over(name, note)
        entry = self._files.entry(clean(note.path))
        expires = facts.st_ctime + self._door.settings.kept
        return State(id=name, note=note, offset=entry.size, expires=expires)

    def _handed_over(self, name: str, note: Note) -> State:
        """The unfinished file has gone: into its place, when that was about to be done."""
        if not note.finishing:
            self._notes.forget(name)
            raise Refused(
                Reason.GONE, "this upload has expired, or its file was replaced; create another"
            )
        note = replace(note, done=True)
        self._save(name, note)
        return State(id=name, note=note, offset=note.length, expires=None)

    def terminate(self, name: str) -> None:
        """Give an upload up; what is finished stays. Raises Refused."""
        note = self._note(name)
        if not note.done and self._files.partial_tree.stat(clean(note.path)) is not None:
            self._files.discard(self._open(note))
        self._notes.forget(name)

    async def patch(
        self, name: str, headers: Mapping[str, str], body: AsyncIterator[bytes | memoryview]
    ) -> State:
        """Take the next bytes. Raises Refused."""
        if headers.get("content-type", "").strip().lower() != CHUNK_TYPE:
            raise Refused(Reason.UNSUPPORTED, f"a chunk has Content-Type: {CHUNK_TYPE}")
        digests = checksum(headers.get("upload-checksum"))
        offset = _size(headers.get("upload-offset"), "Upload-Offset")
        with self._door.busy(self._login), self._door.alone(self._login, f"upload {name}"):
            return await self._patch(name, offset, digests, body)

    async def _patch(
        self,
        name: str,
        offset: int,
        digests: Digests | None,
        body: AsyncIterator[bytes | memoryview],
    ) -> State:
        door = self._door
        note, upload = await door.do(self._begin, name, offset, digests is not None)
        try:
            intaking = Intaking(
                upload,
                door.pool,
                offset=offset,
                most=note.length,
                digests=(digests,) if digests else (),
            )
            await intaking.all(body)
            await door.do(upload.drain)
            if digests:
                digests.check()
            if intaking.offset == note.length:
                note = await door.do(self._finish, name, note, upload)
        except BaseException:
            if digests:
                upload.truncate(offset)
            raise
        finally:
            self._files.abandon(upload)
        return await door.do(self._after, name, note)

    def _begin(self, name: str, offset: int, unsure: bool) -> tuple[Note, Upload]:  # noqa: FBT001
        note = self._note(name)
        found = self._state(name, note)
        if found.offset != offset or found.note.done:
            raise Refused(
                Reason.CONFLICT, f"this upload stands at {found.offset} of {note.length} bytes"
            )
        if unsure:
            note = replace(note, unsure=offset)
            self._save(name, note)
        return note, self._open(note)

    def _after(self, name: str, note: Note) -> State:
        if note.unsure is not None and not note.done:
            note = replace(note, unsure=None)
            self._save(name, note)
        return self._state(name, note)

    def _open(self, note: Note) -> Upload:
        return self._files.open_write(clean(note.path), Opening())

    def _finish(self, name: str, note: Note, upload: Upload) -> Note:
        note = replace(note, finishing=True, unsure=None)
        self._save(name, note)
        upload.trail = self._trail
        received = self._files.finish(upload, "http")
        note = replace(note, done=True)
        self._save(name, note)
        _log.info("file received", feed=self._login.feed_id, path=received.path, size=received.size)
        return note

    def _note(self, name: str) -> Note:
        told = self._notes.read(name) if _ID.fullmatch(name) else None
        if told is None:
            raise Refused(Reason.MISSING, "there is no such upload; create one by POST")
        return self._mended(name, Note(**told))

    def _mended(self, name: str, note: Note) -> Note:
        """What a killed process left half done: an unproven chunk goes, a whole file goes on."""
        if note.done or (note.unsure is None and not note.finishing):
            return note
        parts = clean(note.path)
        if self._files.partial_tree.stat(parts) is None or self._files.busy(parts):
            return note
        upload = self._open(note)
        try:
            if note.finishing:
                return self._finish(name, note, upload)
            upload.truncate(note.unsure or 0)
        finally:
            self._files.abandon(upload)
        note = replace(note, unsure=None)
        self._save(name, note)
        return note

    def _save(self, name: str, note: Note) -> None:
        self._notes.write(name, asdict(note))


def brings_bytes(headers: Mapping[str, str]) -> bool:
    """Whether the request that creates an upload has its first chunk with it."""
    kind = headers.get("content-type", "").strip().lower()
    return kind == CHUNK_TYPE and headers.get("content-length") != "0"


def _size(text: str | None, header: str) -> int:
    if text is None or not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused(Reason.UNREADABLE, f"{header} has to be a number of bytes")
    return int(text)


def _path(metadata: str) -> Parts:
    """Where the file shall stand: `path`, else `relativePath`, `filename` or `name`."""
    told: dict[str, str] = {}
    for pair in metadata.split(",") if metadata.strip() else ():
        read = _METADATA.fullmatch(pair.strip())
        if read is None:
            raise _unreadable()
        told[read[1]] = read[2] or ""
    for key in _PATHS:
        if key in told:
            parts = clean(_decoded(told[key]))
            if parts:
                return parts
    raise _unreadable()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable() from None


def _unreadable() -> Refused:
    return Refused(
        Reason.UNREADABLE,
        "Upload-Metadata has to name the file: `path <base64 of its path from your root>`",
    )
