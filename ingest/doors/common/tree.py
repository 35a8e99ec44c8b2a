"""Files below one folder, reached by descriptors so that no link is ever followed.

Every function raises OSError; `stat` and `entries` see plain files and folders only.
"""

from __future__ import annotations

import os
import stat as modes
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.doors.common.paths import Parts

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_FILE_MODE = 0o640
_FOLDER_MODE = 0o750


class Tree:
    """The folder `root` and what is below it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """Make the root itself."""
        self.root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)

    @contextmanager
    def folder(self, parts: Parts, *, make: bool = False) -> Iterator[int]:
        """A descriptor of a folder, valid inside the block; `make` makes what is missing."""
        here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, _FOLDER_MODE, dir_fd=here)
                below = os.open(name, _FOLDER, dir_fd=here)
                os.close(here)
                here = below
            yield here
        finally:
            os.close(here)

    def stat(self, parts: Parts) -> os.stat_result | None:
        """Facts of a plain file or a folder; None if it is missing or something else."""
        try:
            if not parts:
                return self.root.stat()
            with self.folder(parts[:-1]) as above:
                facts = os.stat(parts[-1], dir_fd=above, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return facts if _plain(facts) else None

    def entries(self, parts: Parts) -> dict[str, os.stat_result]:
        """Names and facts in a folder."""
        found: dict[str, os.stat_result] = {}
        with self.folder(parts) as here:
            for name in os.listdir(here):  # noqa: PTH208 - a descriptor, not a path
                with suppress(FileNotFoundError):
                    facts = os.stat(name, dir_fd=here, follow_symlinks=False)
                    if _plain(facts):
                        found[name] = facts
        return found

    def open(self, parts: Parts, flags: int, *, make: bool = False) -> int:
        """A descriptor of a plain file."""
        with self.folder(parts[:-1], make=make) as above:
            flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            opened = os.open(parts[-1], flags, _FILE_MODE, dir_fd=above)
        if not modes.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise IsADirectoryError(21, "not a plain file")
        return opened

    def mkdir(self, parts: Parts) -> None:
        with self.folder(parts[:-1]) as above:
            os.mkdir(parts[-1], _FOLDER_MODE, dir_fd=above)

    def rmdir(self, parts: Parts) -> None:
        with self.folder(parts[:-1]) as above:
            os.rmdir(parts[-1], dir_fd=above)

    def unlink(self, parts: Parts) -> None:
        with self.folder(parts[:-1]) as above:
            os.unlink(parts[-1], dir_fd=above)

    def touch(self, parts: Parts, seconds: int) -> None:
        """Set the time of modification."""
        with self.folder(parts[:-1]) as above:
            os.utime(parts[-1], (seconds, seconds), dir_fd=above, follow_symlinks=False)

    def sync(self, parts: Parts) -> None:
        """Make the names in a folder durable."""
        with self.folder(parts) as here:
            os.fsync(here)

    def prune(self, parts: Parts) -> None:
        """Remove a folder and those above it as long as they are empty."""
        while parts:
            try:
                self.rmdir(parts)
            except OSError:
                return
            parts = parts[:-1]

    def below(self, parts: Parts) -> Iterator[Parts]:
        """All that is below a folder, folders too; of a file, nothing."""
        with suppress(FileNotFoundError, NotADirectoryError):
            for name, facts in self.entries(parts).items():
                yield (*parts, name)
                if modes.S_ISDIR(facts.st_mode):
                    yield from self.below((*parts, name))

    def files(self, below: Parts = ()) -> Iterator[tuple[Parts, os.stat_result]]:
        """All plain files below a folder, names in order; of a file, itself."""
        facts = self.stat(below)
        if facts is not None and modes.S_ISREG(facts.st_mode):
            yield below, facts
            return
        with suppress(FileNotFoundError, NotADirectoryError):
            for name, facts in sorted(self.entries(below).items()):
                if modes.S_ISDIR(facts.st_mode):
                    yield from self.files((*below, name))
                else:
                    yield (*below, name), facts


def move(source: Tree, old: Parts, target: Tree, new: Parts) -> None:
    """Rename atomically, replacing a file of the new name; both trees on one file system."""
    with source.folder(old[:-1]) as here, target.folder(new[:-1]) as there:
        os.rename(old[-1], new[-1], src_dir_fd=here, dst_dir_fd=there)


def _plain(facts: os.stat_result) -> bool:
    return modes.S_ISREG(facts.st_mode) or modes.S_ISDIR(facts.st_mode)
