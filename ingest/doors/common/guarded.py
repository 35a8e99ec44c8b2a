"""A feed's files behind the guard: what may come, and what came, by every door and watcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.doors.common.files import FeedFiles
from ingest.doors.common.limits import judge_name, judge_size
from ingest.doors.common.paths import shown
from ingest.doors.common.quota import Usage
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.common.sniff import HEAD, TAIL, disguise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.audit import Trail
    from ingest.doors.common.files import Opening, Whole
    from ingest.doors.common.guard import Guard
    from ingest.doors.common.paths import Parts
    from ingest.doors.common.ports import Inbox, ReceivedFile
    from ingest.doors.common.tree import Tree
    from ingest.doors.common.upload import Intake, Upload
    from ingest.feed_terms import FeedTerms


class GuardedFiles(FeedFiles):
    """`FeedFiles` with the feed's terms kept and every file written down."""

    def __init__(
        self,
        data: Path,
        feed_id: str,
        *,
        inbox: Inbox,
        clock: Clock,
        intake: Intake,
        guard: Guard,
    ) -> None:
        super().__init__(data, feed_id, inbox=inbox, clock=clock, intake=intake)
        self._guard = guard
        self._usage = Usage((self.inbox_tree, self.partial_tree))

    @property
    def terms(self) -> FeedTerms:
        """What is agreed with the feed now."""
        return self._guard.terms(self.feed_id)

    def open_write(self, parts: Parts, how: Opening) -> Upload:
        """As `FeedFiles` has it, within the feed's types, sizes and quota."""
        terms = self.terms
        judge_name(terms, parts)
        left = self._usage.room(terms, files=1)
        upload = super().open_write(parts, how)
        sizes = [upload.size + left] if left is not None else []
        sizes += [int(terms.max_file_bytes)] if terms.max_file_bytes else []
        upload.most = min(sizes, default=None)
        return upload

    def judge(self, parts: Parts, size: int) -> None:
        """May a file of this name and size come? Raises Refused."""
        judge_name(self.terms, parts)
        judge_size(self.terms, size)

    def expect(self, size: int) -> None:
        """So many bytes are announced: is there room for them?

        Raises:
            Refused: neither by what is agreed nor on the disk; nothing of it need be sent.
        """
        terms = self.terms
        judge_size(terms, size)
        left = self._usage.room(terms)
        if left is not None and size > left:
            raise Refused(
                Reason.QUOTA,
                f"{left} bytes are left of your quota; remove files of finished deliveries, or ask "
                "the operator for more",
            )
        disk = self.space()
        if disk.f_bavail * disk.f_frsize - self._intake.watermark < size:
            raise Refused(
                Reason.NO_SPACE,
                "the server's disk has no room for a file of this size; send it later, the "
                "operator has to make room",
            )

    def finish(
        self,
        upload: Upload,
        protocol: str = "",
        *,
        sure: bool = True,
        stands: Callable[[], bool] | None = None,
    ) -> ReceivedFile:
        """As `FeedFiles` has it; content that is not of the agreed types is thrown away."""
        trail = upload.trail or self._trail(protocol)
        try:
            self._judge(upload)
            received = super().finish(upload, protocol, sure=sure, stands=stands)
        except Refused as refused:
            if refused.reason is Reason.TYPE:
                self.discard(upload)
            else:
                self.abandon(upload)
            _write_down(trail, shown(upload.parts), upload.size, refused)
            raise
        self._usage.came(received.size, 1)
        trail.record("upload", path=received.path, size=received.size, digest=received.blake3)
        return received

    def _judge(self, upload: Upload) -> None:
        terms = self.terms
        judge_size(terms, upload.size)
        if not terms.types:
            return
        tail = upload.read(max(0, upload.size - TAIL), TAIL)
        found = disguise(upload.parts[-1], upload.read(0, HEAD), tail)
        if found is not None:
            raise Refused(
                Reason.TYPE, f"{shown(upload.parts)} is {found.what}; send what its name says"
            )

    def install(self, source: Tree, old: Parts, parts: Parts, whole: Whole) -> None:
        """As `FeedFiles` has it, within the feed's types, sizes and quota."""
        terms, trail = self.terms, whole.trail or self._trail(whole.protocol)
        try:
            judge_name(terms, parts)
            judge_size(terms, whole.size)
            self._usage.room(terms, files=1)
            super().install(source, old, parts, whole)
        except Refused as refused:
            _write_down(trail, shown(parts), whole.size, refused)
            raise
        self._usage.came(whole.size, 1)
        trail.record("upload", path=shown(parts), size=whole.size, digest=whole.blake3)

    def rename(self, old: Parts, new: Parts, *, replace: bool) -> None:
        """As `FeedFiles` has it; a name of another type is not taken either."""
        if self.entry(old).folder:
            super().rename(old, new, replace=replace)
            return
        judge_name(self.terms, new)
        super().rename(old, new, replace=replace)

    def _trail(self, protocol: str) -> Trail:
        return self._guard.trail(protocol, "", feed_id=self.feed_id)


def _write_down(trail: Trail, path: str, size: int, refused: Refused) -> None:
    trail.record("upload", path=path, size=size, outcome=refused.reason.value, detail=refused.text)
