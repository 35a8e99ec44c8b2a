"""How much of a feed's room is used: looked up rarely, counted in between."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ingest.doors.common.paths import ours
from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ingest.doors.common.tree import Tree
    from ingest.feed_terms import FeedTerms

_OLD = 60.0
_AT_LEAST = 1.0


class Usage:
    """Bytes and files in the trees of one feed; any thread. Nothing is looked up without a quota.

    What was counted since the last look counts in full, so that it is never too little; before a
    refusal it is looked up again, so that it is not too much for long.
    """

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._trees = tuple(trees)
        self._lock = threading.Lock()
        self._looked = -_OLD
        self._bytes = 0
        self._files = 0

    def came(self, size: int, files: int = 0) -> None:
        """So much more is there."""
        with self._lock:
            self._bytes += size
            self._files += files

    def forget(self) -> None:
        """Something went: look again before the next answer."""
        with self._lock:
            self._looked = -_OLD

    def meter(self, terms: FeedTerms) -> Callable[[int], None] | None:
        """Counts the bytes of a file while it grows, so that many files at once share the quota;
        None when there is none. The file itself is counted now."""
        self.came(0, 1)
        if not terms.quota_bytes:
            return None
        most = int(terms.quota_bytes)

        def grow(size: int) -> None:
            with self._lock:
                if self._bytes + size > most:
                    raise Refused(Reason.QUOTA, self._said(terms))
                self._bytes += size

        return grow

    def room(self, terms: FeedTerms, *, files: int = 0) -> int | None:
        """Bytes that may still come, None when they are not limited.

        Raises:
            Refused: nothing may come any more, or not so many files.
        """
        if not terms.quota_bytes and not terms.quota_files:
            return None
        with self._lock:
            self._look(_OLD)
            if self._full(terms, files):
                self._look(_AT_LEAST)
            if self._full(terms, files):
                raise Refused(Reason.QUOTA, self._said(terms))
            return int(terms.quota_bytes) - self._bytes if terms.quota_bytes else None

    def _full(self, terms: FeedTerms, files: int) -> bool:
        if terms.quota_files and self._files + files > terms.quota_files:
            return True
        return bool(terms.quota_bytes) and self._bytes >= int(terms.quota_bytes or 0)

    def _said(self, terms: FeedTerms) -> str:
        quota = f"{int(terms.quota_bytes)} bytes" if terms.quota_bytes else ""
        files = f"{terms.quota_files} files" if terms.quota_files else ""
        return (
            f"your quota of {' and '.join(filter(None, (quota, files)))} is used up; remove files "
            "of finished deliveries and of uploads that were broken off, or ask the operator for "
            "more"
        )

    def _look(self, age: float) -> None:
        now = time.monotonic()
        if now - self._looked < age:
            return
        sizes = [
            facts.st_size
            for tree in self._trees
            for parts, facts in tree.files()
            if not ours(parts)
        ]
        self._looked, self._bytes, self._files = now, sum(sizes), len(sizes)
