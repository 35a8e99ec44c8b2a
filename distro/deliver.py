"""Sending a batch and waiting for what the recipient says about each of its releases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any

from core.errors import SegueError
from ddex.choreography import names
from distro.receipts import Receipt, answered, understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from distro.outbox import LocalBatch, LocalFile
    from distro.targets.base import Connect, Progress, Target

ACK_LIMIT = 4 * 1024 * 1024
_PAUSE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to send: files in flight, tries after a lost connection, seconds to wait for answers.

    `wait` None does not wait at all.
    """

    parallel: int = 4
    attempts: int = 3
    wait: float | None = None
    poll: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A batch that was sent, with the answers that came in time."""

    batch: LocalBatch
    seconds: float
    receipts: tuple[Receipt, ...]
    waited: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """Releases without an answer, when we waited for one."""
        got = {receipt.release for receipt in self.receipts}
        found = (release.name for release in self.batch.releases if release.name not in got)
        return tuple(found) if self.waited else ()

    @property
    def ok(self) -> bool:
        """Whether all went well as far as we know."""
        return not self.missing and all(receipt.ok for receipt in self.receipts)

    def to_json(self) -> dict[str, Any]:
        """What `segue deliver --json` prints."""
        return {
            "ok": self.ok,
            "batch": self.batch.name,
            "files": len(self.batch.files) + 1,
            "bytes": self.batch.size,
            "seconds": round(self.seconds, 3),
            "acknowledgements": [receipt.to_json() for receipt in self.receipts],
            "missing": list(self.missing),
        }


def deliver(
    batch: LocalBatch,
    connect: Connect,
    plan: Plan | None = None,
    progress: Progress = lambda _count: None,
    heard: Callable[[Receipt], None] = lambda _receipt: None,
) -> Delivered:
    """Send the batch, completing file last, and wait as planned.

    `progress` hears of bytes as they arrive (negative when a lost file starts again), `heard` of
    each acknowledgement.

    Raises:
        SegueError: as `targets.sftp.connect`; `Unavailable` after the last attempt.
    """
    return asyncio.run(_deliver(batch, connect, plan or Plan(), progress, heard))


async def _deliver(
    batch: LocalBatch,
    connect: Connect,
    plan: Plan,
    progress: Progress,
    heard: Callable[[Receipt], None],
) -> Delivered:
    started = monotonic()
    sending = _Sending(batch, plan, progress)
    await _persist(connect, plan, sending.run)
    sent = monotonic() - started
    waiting = _Waiting(batch, plan, sending.old, heard)
    if plan.wait is not None:
        await _persist(connect, plan, waiting.run)
    return Delivered(
        batch=batch,
        seconds=sent,
        receipts=tuple(waiting.receipts[name] for name in sorted(waiting.receipts)),
        waited=plan.wait is not None,
    )


async def _persist(connect: Connect, plan: Plan, work: Callable[[Target], Any]) -> None:
    """Do the work in a session; begin a new one while trying again may help."""
    for attempt in range(1, plan.attempts + 1):
        try:
            async with connect() as target:
                await work(target)
        except SegueError as fault:
            if not fault.retryable or attempt == plan.attempts:
                raise
            await asyncio.sleep(_PAUSE * attempt)
        else:
            return


def _first(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """The fault that stopped the others."""
    found: BaseException = faults
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


class _Sending:
    """The upload; keeps what is done, so that a second session goes on where the first ended."""

    def __init__(self, batch: LocalBatch, plan: Plan, progress: Progress) -> None:
        self.batch = batch
        self.plan = plan
        self.progress = progress
        self.done: set[str] = set()
        self.old: frozenset[str] | None = None

    async def run(self, target: Target) -> None:
        if self.old is None:
            self.old = await _acknowledgement_files(target, self.batch)
        folders = {each.path.rpartition("/")[0] for each in self.batch.files}
        for folder in sorted(folders | {self.batch.name}):
            await target.make_folders(folder)
        slots = asyncio.Semaphore(self.plan.parallel)
        try:
            async with asyncio.TaskGroup() as tasks:
                for file in self.batch.files:
                    tasks.create_task(self._send(target, file, slots))
        except BaseExceptionGroup as faults:
            raise _first(faults) from faults
        await self._send(target, self.batch.complete, slots)

    async def _send(self, target: Target, file: LocalFile, slots: asyncio.Semaphore) -> None:
        async with slots:
            if file.path in self.done:
                return
            sent = 0

            def count(more: int) -> None:
                nonlocal sent
                sent += more
                self.progress(more)

            try:
                await target.upload(file.source, file.path, count)
            except BaseException:
                self.progress(-sent)
                raise
            self.done.add(file.path)


class _Waiting:
    """Polling for the answers; each acknowledgement file is read once it can be understood."""

    def __init__(
        self,
        batch: LocalBatch,
        plan: Plan,
        old: frozenset[str] | None,
        heard: Callable[[Receipt], None],
    ) -> None:
        self.batch = batch
        self.plan = plan
        self.seen = set(old or ())
        self.heard = heard
        self.receipts: dict[str, Receipt] = {}
        self.until = monotonic() + (plan.wait or 0.0)

    async def run(self, target: Target) -> None:
        while True:
            for path in sorted(await _acknowledgement_files(target, self.batch) - self.seen):
                await self._take(target, path)
            left = self.until - monotonic()
            if len(self.receipts) >= len(self.batch.releases) or left <= 0:
                return
            await asyncio.sleep(min(self.plan.poll, left))

    async def _take(self, target: Target, path: str) -> None:
        ack = understood(await target.read(path, ACK_LIMIT))
        if ack is None:
            return
        self.seen.add(path)
        open_ones = [each for each in self.batch.releases if each.name not in self.receipts]
        release = answered(open_ones, self.batch.batch_id, path, ack)
        if release is not None:
            receipt = Receipt(release=release.name, file=path, acknowledgement=ack)
            self.receipts[release.name] = receipt
            self.heard(receipt)


async def _acknowledgement_files(target: Target, batch: LocalBatch) -> frozenset[str]:
    """At the root (1.6, 1.7) or in the batch folder (1.8.1)."""
    folders = (names.ACKNOWLEDGEMENTS, f"{batch.name}/{names.ACKNOWLEDGEMENTS}")
    lists = [
        [f"{folder}/{name}" for name in await target.names(folder) if names.ack(name)]
        for folder in folders
    ]
    return frozenset(chain.from_iterable(lists))
