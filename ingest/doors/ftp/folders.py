"""A feed's files as pyftpdlib asks for them: its file system. Paths are absolute, `/` is the root.

Every method may raise `Refused`, which the session tells the sender.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from pyftpdlib.filesystems import AbstractedFS

from ingest.doors.common.files import Entry, Opening
from ingest.doors.common.paths import Parts, canonical, clean, ours, shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.ftp.transfer import Incoming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.doors.common.paths import PathLimits
    from ingest.doors.ftp.session import Session

_HALF_A_YEAR = 180 * 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Outgoing(io.FileIO):
    """A file to send, which knows its path in the feed's view."""

    def __init__(self, descriptor: int, path: str) -> None:
        super().__init__(descriptor)
        self.name = path  # else it is the descriptor


class Folders(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """The folders of one session's feed."""

    def __init__(self, root: str, session: Session) -> None:
        super().__init__(root, session)
        self._session = session
        self._files = session.files_of_feed()
        self._limits: PathLimits = session.limits
        self._listed: dict[str, dict[str, Entry]] = {}

    # names

    def ftp2fs(self, ftppath: str) -> str:
        """The absolute path of what a command names."""
        raw = ftppath.encode("utf-8", "surrogateescape")
        if not raw.startswith(b"/"):
            raw = f"{self.cwd}/".encode() + raw
        if ftppath == "..":
            return canonical(raw, self._limits)
        return "/" + shown(clean(raw, self._limits))

    def fs2ftp(self, fspath: str) -> str:
        return fspath

    def realpath(self, path: str) -> str:
        return path

    def validpath(self, path: str) -> bool:  # noqa: ARG002 - made valid by ftp2fs
        return True

    def chdir(self, path: str) -> None:
        if not self._entry(path).folder:
            raise Refused(Reason.NOT_FOLDER, "this is a file, not a folder")
        self.cwd = path

    # facts

    def _entry(self, path: str) -> Entry:
        return self._files.entry(_parts(path))

    def _found(self, path: str) -> Entry | None:
        try:
            return self._entry(path)
        except Refused as refused:
            if refused.reason in (Reason.MISSING, Reason.NOT_FOLDER):
                return None
            raise

    def isdir(self, path: str) -> bool:
        found = self._found(path)
        return found is not None and found.folder

    def isfile(self, path: str) -> bool:
        found = self._found(path)
        return found is not None and not found.folder

    def lexists(self, path: str) -> bool:
        return self._found(path) is not None

    def lstat(self, path: str) -> Entry:
        """Asked before the line of one file is."""
        self._listed = {}
        return self._entry(path)

    def getsize(self, path: str) -> int:
        return self._entry(path).size

    def getmtime(self, path: str) -> int:
        return self._entry(path).modified

    # listings: all facts are read at once, when the names are

    def listdir(self, path: str) -> list[str]:
        entries = {entry.name: entry for entry in self._files.listing(_parts(path))}
        self._listed = {path: entries}
        return list(entries)

    def _each(self, folder: str, names: Iterable[str]) -> Iterator[Entry]:
        known, self._listed = self._listed.get(folder, {}), {}
        for name in names:
            yield known.get(name) or self._entry(f"{folder}/{name}")

    def format_list(
        self,
        basedir: str,
        listing: Iterable[str],
        ignore_err: bool = True,  # noqa: ARG002, FBT001, FBT002 - pyftpdlib's shape
    ) -> Iterator[bytes]:
        """Lines as `ls -l` prints them, times in UTC."""
        for entry in self._each(basedir, listing):
            mode = ("drwxr-xr-x" if entry.folder else "-rw-r--r--").replace(
                "w", "-" if _ours(basedir, entry) else "w"
            )
            then = time.gmtime(entry.modified)
            old = time.time() - entry.modified > _HALF_A_YEAR
            when = f" {then.tm_year}" if old else f"{then.tm_hour:02}:{then.tm_min:02}"
            day = f"{_MONTHS[then.tm_mon - 1]} {then.tm_mday:02} {when}"
            yield f"{mode}   1 sender   feed     {entry.size:8} {day} {entry.name}\r\n".encode()

    def format_mlsx(
        self,
        basedir: str,
        listing: Iterable[str],
        perms: str,  # noqa: ARG002
        facts: Iterable[str],
        ignore_err: bool = True,  # noqa: FBT001, FBT002 - pyftpdlib's shape
    ) -> Iterator[bytes]:
        """Facts as RFC 3659 writes them; errors are not passed over for one file (MLST)."""
        wanted = set(facts)
        if not ignore_err:
            self._listed = {}
        for entry in self._each(basedir, listing):
            told = {
                "modify": time.strftime("%Y%m%d%H%M%S", time.gmtime(entry.modified)),
                "perm": _perm(entry, ours=_ours(basedir, entry)),
                "size": str(entry.size),
                "type": "dir" if entry.folder else "file",
            }
            line = "".join(f"{fact}={value};" for fact, value in told.items() if fact in wanted)
            yield f"{line} {entry.name}\r\n".encode()

    # changes

    def mkdir(self, path: str) -> None:
        self._files.mkdir(_parts(path))

    def rmdir(self, path: str) -> None:
        self._files.rmdir(_parts(path))

    def remove(self, path: str) -> None:
        self._files.remove(_parts(path))

    def rename(self, src: str, dst: str) -> None:
        self._files.rename(_parts(src), _parts(dst), replace=True)

    def utime(self, path: str, timeval: float) -> None:
        self._files.touch(_parts(path), int(timeval))

    def chmod(self, path: str, mode: int) -> None:  # noqa: ARG002 - tolerated, changes nothing
        self._entry(path)

    # bytes

    def open(self, filename: str, mode: str) -> Any:  # noqa: ANN401, ARG002 - read only
        """A file to send."""
        return _Outgoing(self._files.open_read(_parts(filename)), filename)

    def receive(self, path: str, *, append: bool, at: int) -> Incoming:
        """A file that the sender will send: from its start, or from `at` of what is there."""
        parts = _parts(path)
        if at and at > (there := self.getsize(path)):
            raise Refused(
                Reason.DENIED,
                f"REST {at} is beyond the {there} bytes that are here; ask SIZE first",
            )
        how = Opening(truncate=not append and not at)
        upload = self._files.open_write(parts, how)
        if self._session.lease is not None:
            upload.trail = self._session.lease.trail
        if at:
            upload.truncate(at)
        return Incoming(self._files, upload, self._session.writers)


def _parts(path: str) -> Parts:
    return tuple(part for part in path.split("/") if part)


def _ours(folder: str, entry: Entry) -> bool:
    return ours((*_parts(folder), entry.name))


def _perm(entry: Entry, *, ours: bool) -> str:
    if entry.folder:
        return "el" if ours else "cdeflmp"
    return "r" if ours else "adfrw"
