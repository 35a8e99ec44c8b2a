"""Messages and media on a local disk, as `segue validate` finds them: a message, a release folder
or a batch. Links are never followed, and only regular files are opened."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from core.errors import Misuse, NotAllowed, NotFound
from ddex.choreography import names
from ddex.choreography.names import ReleaseFolder

if TYPE_CHECKING:
    from io import BufferedReader

    from ddex.ern.rules import HashKey

_ANSWERS = ("BatchComplete_", "ACK_", "Manifest_", ".")
_NO_MESSAGES_IN = frozenset({"resources", "acknowledgements"})
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """A message, and the folder whose files came with it; None when it came alone."""

    message: Path
    folder: Path | None = None

    def files(self) -> dict[str, int] | None:
        """Size by path relative to the message's folder, the message left out; None if alone."""
        if self.folder is None:
            return None
        root = self.message.parent
        return {
            path.relative_to(root).as_posix(): size
            for path, size in _walk(self.folder)
            if not (path.parent == root and path.suffix.lower() == ".xml")
        }


def packages(path: Path) -> list[Package]:
    """The messages at a path, sorted: the file itself, or all of a release folder or batch.

    Messages with nothing else in their folder are no package but came alone: several of them, or
    one somewhere below `path`, outside a batch and in a folder that isn't named for its release.

    Raises:
        NotFound: nothing is there, or no message.
        NotAllowed: a folder can't be read.
        Misuse: it is a link, a pipe or a device.
    """
    mode = _mode(path)
    if stat.S_ISREG(mode):
        beside = path.parent / "resources"
        with_media = beside.is_dir() and not beside.is_symlink()
        return [Package(path, beside if with_media else None)]
    if not stat.S_ISDIR(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "no regular file"
        raise Misuse(f"{path} is {kind}", remedy="name a message, a folder or a batch itself")
    found = _in_folder(path)
    if not found:
        raise NotFound(f"no message in {path}", remedy="a release folder holds <ReleaseId>.xml")
    return found


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except PermissionError:
        raise NotAllowed(f"{path} can't be read") from None
    except (OSError, ValueError):
        raise NotFound(
            f"{path} is not there", remedy="name a message, a folder or a batch"
        ) from None


def _in_folder(folder: Path) -> list[Package]:
    messages = []
    entries: Counter[Path] = Counter()
    for path, _ in _walk(folder):
        if _is_message(path):
            messages.append(path)
        for above in (path.parent, path.parent.parent):
            entries[above] += 1
    together = Counter(path.parent for path in messages)
    bare = {here for here, count in together.items() if count == entries[here]}
    return [
        Package(
            path, None if path.parent in bare and _is_loose(path, folder, together) else path.parent
        )
        for path in sorted(messages)
    ]


def _is_loose(message: Path, named: Path, messages: Counter[Path]) -> bool:
    folder = message.parent
    if (folder / "resources").is_dir():
        return False
    is_release = folder.name == message.stem or isinstance(names.folder(folder.name), ReleaseFolder)
    return messages[folder] > 1 or not (
        folder == named or is_release or any(folder.parent.glob("BatchComplete_*"))
    )


def _is_message(path: Path) -> bool:
    return (
        path.suffix.lower() == ".xml"
        and not path.name.startswith(_ANSWERS)
        and path.parent.name not in _NO_MESSAGES_IN
    )


def _walk(folder: Path) -> Iterator[tuple[Path, int]]:
    """Regular files below a folder with their sizes; links and other things are left out.

    Raises:
        NotAllowed: a folder can't be read.
    """
    ahead = [folder]
    while ahead:
        here = ahead.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except PermissionError:
            raise NotAllowed(
                f"the folder {here} can't be read", remedy="give this account the right to read it"
            ) from None
        except OSError:  # gone since, or a path too long to open
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                ahead.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False).st_size


def printable(path: Path | str) -> str:
    """A path as text that any output takes; names of files may hold bytes that are no text."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def open_file(path: Path) -> BufferedReader:
    """A regular file, for reading; never a link, and never one that waits for a writer.

    Raises:
        NotAllowed, NotFound, Misuse: it can't be read, is not there, or is no regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise NotAllowed(f"{path} can't be read") from None
    except (OSError, ValueError):
        raise NotFound(f"{path} is not there, or is a link") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Misuse(f"{path} is no regular file")
    return os.fdopen(handle, "rb")


class Digests(Mapping["HashKey", bytes]):
    """Raw digests of files in a folder, computed when asked for; only what was declared is read."""

    def __init__(self, folder: Path, files: Mapping[str, int]) -> None:
        self._folder = folder
        self._files = files
        self._known: dict[HashKey, bytes | None] = {}

    def __getitem__(self, key: HashKey) -> bytes:
        """KeyError when there is no such file, or this Python can't compute the algorithm."""
        path, name = key
        if path not in self._files:
            raise KeyError(key)
        if key not in self._known:
            self._known[key] = digest(self._folder / path, name)
        found = self._known[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[HashKey]:
        return (key for key, value in self._known.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def digest(path: Path, name: str) -> bytes | None:
    """Raw digest of a regular file; None when it can't be read or computed."""
    try:
        with open_file(path) as file:
            return _digest(file, name)
    except (Misuse, OSError):
        return None


def _digest(file: BufferedReader, name: str) -> bytes | None:
    if name == "crc32":
        value = 0
        while block := file.read(_BLOCK):
            value = zlib.crc32(block, value)
        return value.to_bytes(4, "big")
    if name == "blake3":
        made = blake3()
        while block := file.read(_BLOCK):
            made.update(block)
        return made.digest()
    if name not in hashlib.algorithms_available:
        return None
    return hashlib.file_digest(file, name).digest()
