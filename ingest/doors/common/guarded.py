"""A feed's files behind the guard: what may come, and what came, by every door and watcher."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ingest.doors.common.files import FeedFiles
from ingest.doors.common.limits import judge_name, judge_size
from ingest.doors.common.paths import shown, writable
from ingest.doors.common.quota import Usage
from ingest.doors.common.refusals import Reason, Refused, told
from ingest.doors.common.sniff import HEAD, TAIL, disguise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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

    def pause(self, size: int) -> float:
        """Seconds to wait after so many bytes that we fetched, as agreed with the feed."""
        return self._guard.rate(self.feed_id).take(size)

    def open_write(self, parts: Parts, how: Opening) -> Upload:
        """As `FeedFiles` has it, within the feed's types, sizes and quota."""
        terms = self.terms
        judge_name(terms, parts)
        self._usage.room(terms, files=1)
        upload = super().open_write(parts, how)
        upload.most = min(upload.most, int(terms.max_file_bytes or upload.most))
        upload.meter = self._usage.meter(terms)
        return upload

    def discard(self, upload: Upload) -> None:
        """As `FeedFiles` has it; its room is free again."""
        super().discard(upload)
        self._usage.came(-upload.size, -1)

    def remove(self, parts: Parts) -> None:
        """As `FeedNames` has it; its room is free again."""
        super().remove(parts)
        self._usage.forget()

    def judge(self, files: Iterable[tuple[Parts, int]]) -> None:
        """May all these files come, of these sizes? Raises Refused."""
        terms, count, total = self.terms, 0, 0
        for parts, size in files:
            writable(parts)
            judge_name(terms, parts)
            judge_size(terms, size)
            count, total = count + 1, total + size
        left = self._usage.room(terms, files=count)
        if left is not None and total > left:
            raise _used_up(left)

    def left(self) -> int | None:
        """Bytes that may still come, None when they are not limited. Raises Refused."""
        return self._usage.room(self.terms)

    def expect(self, size: int) -> None:
        """So many bytes are announced: is there room for them?

        Raises:
            Refused: neither by what is agreed nor on the disk; nothing of it need be sent.
        """
        terms = self.terms
        judge_size(terms, size)
        left = self._usage.room(terms)
        if left is not None and size > left:
            raise _used_up(left)
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
        trail.record("upload", path=received.path, size=received.size, digest=received.blake3)
        return received

    def _judge(self, upload: Upload) -> None:
        terms = self.terms
        judge_size(terms, upload.size)
        if not terms.types:
            return
        tail = upload.read(max(0, upload.size - TAIL), TAIL)
        _judge_content(upload.parts, upload.read(0, HEAD), tail)

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
        """As `FeedFiles` has it; what is not of an agreed type gets no name of one, nor another."""
        if self.terms.types:
            with told():
                self._judge_renamed(old, new)
        super().rename(old, new, replace=replace)

    def _judge_renamed(self, old: Parts, new: Parts) -> None:
        for path, _ in self.partial_tree.files(old):  # its content is judged when it is finished
            judge_name(self.terms, new + path[len(old) :])
        for path, facts in self.inbox_tree.files(old):
            after = new + path[len(old) :]
            judge_name(self.terms, after)
            descriptor = self.inbox_tree.open(path, os.O_RDONLY)
            try:
                tail = os.pread(descriptor, TAIL, max(0, facts.st_size - TAIL))
                _judge_content(after, os.pread(descriptor, HEAD, 0), tail)
            finally:
                os.close(descriptor)

    def _trail(self, protocol: str) -> Trail:
        return self._guard.trail(protocol, "", feed_id=self.feed_id)


def _judge_content(parts: Parts, head: bytes, tail: bytes) -> None:
    found = disguise(parts[-1], head, tail)
    if found is not None:
        raise Refused(Reason.TYPE, f"{shown(parts)} is {found.what}; send what its name says")


def _used_up(left: int) -> Refused:
    return Refused(
        Reason.QUOTA,
        f"{left} bytes are left of your quota; remove files of finished deliveries and of uploads "
        "that were broken off, or ask the operator for more",
    )


def _write_down(trail: Trail, path: str, size: int, refused: Refused) -> None:
    trail.record("upload", path=path, size=size, outcome=refused.reason.value, detail=refused.text)
