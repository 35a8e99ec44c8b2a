"""The requests of one session, on the files of its feed."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh
import structlog

from ingest.doors.common.behind import WriteBehind
from ingest.doors.common.files import Entry, Opening
from ingest.doors.common.paths import Parts, canonical, clean, ours, shown
from ingest.doors.sftp.speech import teaching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ingest.doors.common.files import FeedFiles
    from ingest.doors.common.lease import Lease
    from ingest.doors.common.upload import Upload
    from ingest.doors.sftp.hall import Hall

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_WRITE, _APPEND, _CREAT, _TRUNC, _EXCL = 0x02, 0x04, 0x08, 0x10, 0x20
_LONGEST_READ = 1 << 18
_MOST_OPEN = 128


@dataclass(eq=False, slots=True)
class _Reading:
    """A file open for reading, and how many bytes were read."""

    descriptor: int
    parts: Parts
    size: int = 0


@dataclass(eq=False, slots=True)
class Writing:
    """A file open for writing."""

    upload: Upload
    behind: WriteBehind


class Requests(asyncssh.SFTPServer):
    """The requests of one session, on the files of its feed."""

    def __init__(self, channel: Any, hall: Hall, files: FeedFiles, lease: Lease) -> None:  # noqa: ANN401
        super().__init__(channel)
        self._hall = hall
        self._files = files
        self._lease = lease
        self._limits = hall.settings.limits
        self._held = 0

    async def _do(self, work: Callable[..., _T], *arguments: Any) -> _T:
        with teaching():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._hall.files_pool, work, *arguments)

    def _clean(self, path: bytes) -> Parts:
        with teaching():
            return clean(path, self._limits)

    # files

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # noqa: ARG002
        parts = self._clean(path)
        if self._held >= _MOST_OPEN:
            raise asyncssh.SFTPFailure(f"{_MOST_OPEN} files are open at once; close some first")
        held = await self._opened(parts, pflags)
        self._held += 1
        return held

    async def _opened(self, parts: Parts, pflags: int) -> object:
        if not pflags & (_WRITE | _APPEND):
            return _Reading(await self._do(self._files.open_read, parts), parts)
        how = Opening(
            create=bool(pflags & _CREAT),
            truncate=bool(pflags & _TRUNC),
            exclusive=bool(pflags & _EXCL),
            append=bool(pflags & _APPEND),
        )
        upload = await self._do(self._files.open_write, parts, how)
        upload.trail = self._lease.trail
        return Writing(upload, WriteBehind(upload, self._hall.files_pool))

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        size = min(size, _LONGEST_READ)
        if isinstance(file_obj, _Reading):
            found = await self._do(os.pread, file_obj.descriptor, size, offset)
            file_obj.size += len(found)
            if wait := self._lease.take(len(found)):
                await asyncio.sleep(wait)
            return found
        return await self._do(_as_writing(file_obj).upload.read, offset, size)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:  # noqa: ANN401
        writing = _as_writing(file_obj)
        with teaching():
            if writing.upload.append:
                offset = writing.upload.size
            full, wait = writing.behind.write(offset, data), self._lease.take(len(data))
        return self._wait(writing.behind, len(data), wait) if full or wait else len(data)

    async def _wait(self, behind: WriteBehind, size: int, seconds: float) -> int:
        await asyncio.sleep(seconds)
        await behind.room()
        return size

    async def close_asked(self, held: object) -> None:
        """The client's own SSH_FXP_CLOSE: the one moment when a file is finished."""
        self._held -= 1
        if isinstance(held, _Reading):
            await self._do(os.close, held.descriptor)
            self._lease.trail.record("download", path=shown(held.parts), size=held.size)
            return
        received = await self._do(self._files.finish, _as_writing(held).upload, "sftp")
        _log.info("file received", feed=received.feed_id, path=received.path, size=received.size)

    async def close(self, file_obj: object) -> None:
        """The connection dropped: keep what arrived, deliver nothing."""
        if isinstance(file_obj, _Reading):
            os.close(file_obj.descriptor)
            return
        upload = _as_writing(file_obj).upload
        await self._do(self._files.abandon, upload)
        path = shown(upload.parts)
        self._lease.trail.record("upload", path=path, size=upload.size, outcome="cut")
        _log.info("upload broken off", feed=self._files.feed_id, size=upload.size)

    def exit(self) -> None:
        """The client is done: scp takes a missing exit status for a failure."""
        self.channel.exit(0)

    async def fsync(self, file_obj: object) -> None:
        if isinstance(file_obj, Writing):
            await self._do(file_obj.upload.sync)

    # attributes

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        parts = self._clean(path)
        return _attributes(parts, await self._do(self._files.entry, parts))

    lstat = stat

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        if isinstance(file_obj, _Reading):
            facts = await self._do(os.fstat, file_obj.descriptor)
            return _attributes((), Entry("", False, facts.st_size, int(facts.st_mtime)))  # noqa: FBT003
        upload = _as_writing(file_obj).upload
        return _attributes((), Entry("", False, upload.size, int(time.time())))  # noqa: FBT003

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        parts = self._clean(path)
        if attrs.size is not None:
            raise asyncssh.SFTPFailure(
                "a file is cut only while it is open for writing; upload it again instead"
            )
        if attrs.mtime is not None:
            await self._do(self._files.touch, parts, attrs.mtime)
        else:
            await self._do(self._files.entry, parts)

    lsetstat = setstat

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        if not isinstance(file_obj, Writing):
            return
        if attrs.size is not None:
            await self._do(file_obj.upload.truncate, attrs.size)
        if attrs.mtime is not None:
            await self._do(file_obj.upload.touch, attrs.mtime)

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        self._clean(path)
        disk = await self._do(self._files.space)
        spared = self._hall.settings.intake.watermark // max(disk.f_frsize, 1)
        found = asyncssh.SFTPVFSAttrs.from_local(disk)
        found.bavail = max(0, disk.f_bavail - spared)
        found.namemax = self._limits.name
        return found

    async def fstatvfs(self, file_obj: object) -> asyncssh.SFTPVFSAttrs:  # noqa: ARG002
        return await self.statvfs(b"/")

    # names

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        parts = self._clean(path)
        for entry in await self._do(self._files.listing, parts):
            attributes = _attributes((*parts, entry.name), entry)
            yield asyncssh.SFTPName(entry.name.encode(), attrs=attributes)

    def realpath(self, path: bytes) -> bytes:
        with teaching():
            return canonical(path, self._limits).encode()

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:  # noqa: ARG002
        await self._do(self._files.mkdir, self._clean(path))

    async def rmdir(self, path: bytes) -> None:
        await self._do(self._files.rmdir, self._clean(path))

    async def remove(self, path: bytes) -> None:
        await self._do(self._files.remove, self._clean(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._rename(oldpath, newpath, replace=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._rename(oldpath, newpath, replace=True)

    async def _rename(self, oldpath: bytes, newpath: bytes, *, replace: bool) -> None:
        old, new = self._clean(oldpath), self._clean(newpath)
        await self._do(lambda: self._files.rename(old, new, replace=replace))

    def readlink(self, path: bytes) -> bytes:  # noqa: ARG002
        raise asyncssh.SFTPFailure("there are no links here")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002
        raise asyncssh.SFTPPermissionDenied("links are refused; upload the file itself")

    def link(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002
        raise asyncssh.SFTPPermissionDenied("links are refused; upload the file itself")

    def format_user(self, uid: int | None) -> str:  # noqa: ARG002 - users of the server stay secret
        return "sender"

    def format_group(self, gid: int | None) -> str:  # noqa: ARG002
        return "feed"


def _as_writing(held: object) -> Writing:
    if isinstance(held, Writing):
        return held
    raise asyncssh.SFTPPermissionDenied("this file is open for reading only")


def _attributes(parts: Parts, entry: Entry) -> asyncssh.SFTPAttrs:
    fixed = ours(parts)
    kind, rights = (stat.S_IFDIR, 0o755) if entry.folder else (stat.S_IFREG, 0o644)
    return asyncssh.SFTPAttrs(
        size=entry.size,
        uid=0,
        gid=0,
        permissions=kind | (rights & 0o555 if fixed else rights),
        atime=entry.modified,
        mtime=entry.modified,
        nlink=1,
    )
