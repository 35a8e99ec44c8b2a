"""How a sender changes names in its feed: folders, renames, removals."""

from __future__ import annotations

import stat as modes
from contextlib import suppress
from typing import TYPE_CHECKING

from ingest.doors.common.paths import clean, ours, shown, writable
from ingest.doors.common.refusals import Reason, Refused, told
from ingest.doors.common.tree import move
from ingest.doors.common.view import FeedView

if TYPE_CHECKING:
    from ingest.doors.common.paths import Parts


class FeedNames(FeedView):
    """A view whose names can be changed; the inbox hears of what happens to finished files."""

    def make_folders(self, parts: Parts) -> None:
        """Make a folder and those above it; fine when they are there."""
        for count in range(1, len(parts) + 1):
            try:
                self.mkdir(parts[:count])
            except Refused as refused:
                if refused.reason is not Reason.EXISTS:
                    raise

    def mkdir(self, parts: Parts) -> None:
        writable(parts)
        with told(), self._lock:
            if self._partial(parts):
                raise FileExistsError(17, shown(parts))
            self.inbox_tree.mkdir(parts)
            if self._intake.durable:
                self.inbox_tree.sync(parts[:-1])

    def rmdir(self, parts: Parts) -> None:
        writable(parts)
        with told(), self._lock:
            if any(self.partial_tree.files(parts)):
                raise OSError(39, "unfinished uploads")
            self.inbox_tree.rmdir(parts)
            self.partial_tree.prune(parts)

    def remove(self, parts: Parts) -> None:
        """Remove a file, unfinished and finished."""
        writable(parts)
        with self._turn, told():
            with self._lock:
                self._idle(parts)
                partial = self._partial(parts)
                if partial:
                    self.partial_tree.unlink(parts)
                    self.partial_tree.prune(parts[:-1])
                if finished := self.inbox_tree.stat(parts):
                    if modes.S_ISDIR(finished.st_mode):
                        raise IsADirectoryError(21, shown(parts))
                    self.inbox_tree.unlink(parts)
                elif not partial:
                    raise FileNotFoundError(2, shown(parts))
            if finished:
                self._inbox.removed(self.feed_id, shown(parts))

    def rename(self, old: Parts, new: Parts, *, replace: bool) -> None:
        """Move a file or a folder; with `replace` a file of the new name gives way."""
        writable(old)
        writable(new)
        with self._turn, told():
            with self._lock:
                moved = self._rename(old, new, replace=replace)
            for before, after in moved:
                self._inbox.renamed(self.feed_id, shown(before), shown(after))

    def _rename(self, old: Parts, new: Parts, *, replace: bool) -> list[tuple[Parts, Parts]]:
        self._idle(old)
        self._idle(new)
        self._may_take(new, replace=replace)
        with self.inbox_tree.folder(new[:-1]):
            pass
        if self._partial(old):
            self._move_partial(old, new)
            return []
        facts = self.inbox_tree.stat(old)
        if facts is None:
            raise FileNotFoundError(2, shown(old))
        self._may_move(old, new)
        moved = [(old, new)]
        if modes.S_ISDIR(facts.st_mode):
            moved = [(path, new + path[len(old) :]) for path, _ in self.inbox_tree.files(old)]
        move(self.inbox_tree, old, self.inbox_tree, new)
        with suppress(FileNotFoundError):
            self._move_partial(old, new)
        if self._intake.durable:
            self.inbox_tree.sync(new[:-1])
            self.inbox_tree.sync(old[:-1])
        return moved

    def _may_move(self, old: Parts, new: Parts) -> None:
        """Everything below has to have a name afterwards that it could have been given."""
        if len(new) > len(old) and new[: len(old)] == old:
            raise Refused(Reason.BAD_NAME, "a folder can't be moved into itself; take another")
        for tree in (self.inbox_tree, self.partial_tree):
            for path in tree.below(old):
                after = new + path[len(old) :]
                clean(shown(after))
                if not ours(path):
                    writable(after)

    def _move_partial(self, old: Parts, new: Parts) -> None:
        if self.partial_tree.stat(old) is None:
            return
        with self.partial_tree.folder(new[:-1], make=True):
            pass
        move(self.partial_tree, old, self.partial_tree, new)
        self.partial_tree.prune(old[:-1])

    def _may_take(self, new: Parts, *, replace: bool) -> None:
        taken = self._partial(new) or self.inbox_tree.stat(new) is not None
        if taken and not replace:
            raise FileExistsError(17, shown(new))
        if replace and self._partial(new):
            self.partial_tree.unlink(new)

    def _idle(self, parts: Parts) -> None:
        for path, upload in self._open.items():
            if path[: len(parts)] == parts and upload.open:
                raise Refused(Reason.BUSY, f"{shown(path)} is being uploaded; close it first")

    def touch(self, parts: Parts, seconds: int) -> None:
        """Set the time of modification of a file or folder."""
        writable(parts)
        with told(), self._lock:
            tree = self.partial_tree if self._partial(parts) else self.inbox_tree
            tree.touch(parts, seconds)
