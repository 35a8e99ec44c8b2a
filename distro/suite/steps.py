"""The steps at one door: each does what a sender does and says what it saw, or how it failed."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from core.errors import NotAllowed, SegueError
from ddex.choreography import names
from distro.receipts import understood
from distro.suite.material import parcel, sound

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from core.clock import Clock
    from ddex.choreography.acknowledgement import Acknowledgement
    from distro.suite.door import Occasion, Way
    from distro.suite.material import Parcel
    from distro.targets.base import Target

MEBIBYTE = 1 << 20
LARGE = 32 * MEBIBYTE
CUT = 6 * MEBIBYTE
MANY = 100
SMALL = 4_000
WAITING_SECONDS = 5.0
CONNECT_SECONDS = 10.0
_POLL = 0.25
_ACK_LIMIT = 4 * MEBIBYTE


class NotOffered(Exception):
    """The protocol has no such thing."""


class Failed(Exception):
    """What was seen is not what has to hold."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(slots=True)
class Visit:
    """One run of the steps at one door, with all that it made there."""

    way: Way
    occasion: Occasion
    folder: Path
    clock: Clock
    place: str = field(default_factory=lambda: f"segue-test-{secrets.token_hex(4)}")
    made: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    begun: dict[bool, Parcel] = field(default_factory=dict)

    async def send(
        self, target: Target, source: Path, path: str, hear: Callable[[int], None] | None = None
    ) -> None:
        """Upload, and remember that it has to go again."""
        self.made.add(path)

        def count(more: int) -> None:
            self.occasion.progress(more)
            if hear:
                hear(more)

        await target.make_folders(path.rpartition("/")[0])
        await target.upload(source, path, count)

    async def write(self, name: str, size: int) -> Path:
        """A sound file of this size on our own disk."""
        return await asyncio.to_thread(sound, self.folder / self._named(name), size)

    def at(self, name: str) -> str:
        """A path for a loose file."""
        return f"{self.place}/{self._named(name)}"

    def _named(self, name: str) -> str:
        """Of a type that is agreed with the feed."""
        stem, dot, _ = name.rpartition(".wav")
        return f"{stem}.{self.way.kind}" if dot else name


async def connect(visit: Visit) -> str:
    """Something listens there."""
    way = visit.way
    try:
        opening = asyncio.open_connection(way.host, way.port)
        _reader, writer = await asyncio.wait_for(opening, CONNECT_SECONDS)
    except OSError as fault:
        raise Failed(
            f"{way.host}:{way.port} takes no connection: {fault.strerror or 'no answer'}",
            "see that the service runs and that this door is open: segue doctor",
        ) from fault
    writer.close()
    return f"{way.host}:{way.port} takes connections"


async def log_in(visit: Visit) -> str:
    """The feed's secret opens the door, and the door is the one that feeds are told of."""
    async with visit.way.connect() as target:
        await target.names("")
    return "let in with a temporary secret"


async def wrong_password(visit: Visit) -> str:
    """A wrong secret does not; the right one still does afterwards."""
    try:
        async with visit.way.stranger() as target:
            await target.names("")
    except NotAllowed:
        await log_in(visit)
        return "refused, and the right one was let in after it"
    raise Failed("a wrong secret was let in", "close this door at once, and report it")


async def upload(visit: Visit) -> str:
    """What is sent is there, byte for byte."""
    source = await visit.write("small.wav", 100_000)
    async with visit.way.connect() as target:
        await visit.send(target, source, visit.at("small.wav"))
        size = await target.size(visit.at("small.wav"))
        seen = await target.read(visit.at("small.wav"), 200_000)
    if size is None or seen != await asyncio.to_thread(source.read_bytes):
        raise Failed(
            f"{size} bytes are there, and they are not those that were sent",
            "look into the log of the service for this file; check the disk",
        )
    return f"{size} bytes sent, read back and compared"


async def resume(visit: Visit) -> str:
    """An upload that was cut goes on where it ended, and is whole at its end."""
    source = await visit.write("resumed.wav", 3 * CUT)
    path, sent = visit.at("resumed.wav"), 0

    async def begin() -> None:
        async with visit.way.connect() as target:
            await visit.send(target, source, path, stop)

    def stop(more: int) -> None:
        nonlocal sent
        sent += more
        if sent >= CUT:
            beginning.cancel()

    async with visit.way.connect() as target:
        if not target.offers.resume:
            raise NotOffered
    try:
        async with asyncio.TaskGroup() as tasks:
            beginning = tasks.create_task(begin())
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from faults
    heard: list[int] = []
    async with visit.way.connect() as target:
        there = await target.size(path) or 0
        await visit.send(target, source, path, heard.append)
        whole = await target.size(path)
    if whole != source.stat().st_size or not any(each >= MEBIBYTE for each in heard[:1]):
        raise Failed(
            f"cut at {there} bytes, it began at {heard[0] if heard else 0} and has {whole} now",
            "see that unfinished uploads are kept (sftp.keep_partial_hours) and shown",
        )
    return f"cut at {there} bytes, went on from {heard[0]}"


async def large_file(visit: Visit) -> str:
    """A large file arrives whole."""
    size = min(LARGE, visit.way.large) if visit.way.large else LARGE
    source = await visit.write("large.wav", size)
    started = monotonic()
    async with visit.way.connect() as target:
        await visit.send(target, source, visit.at("large.wav"))
        there = await target.size(visit.at("large.wav"))
    took = monotonic() - started
    if there != source.stat().st_size:
        raise Failed(f"{there} bytes of {size} are there", "check disk and limits of the feed")
    return f"{size / MEBIBYTE:.0f} MiB in {took:.1f} s, {size / MEBIBYTE / took:.0f} MiB/s"


async def many_files(visit: Visit) -> str:
    """Many small files arrive, all of them."""
    source = await visit.write("many.wav", SMALL)
    started, wanted = monotonic(), {f"{number:03d}.{visit.way.kind}" for number in range(MANY)}
    slots = asyncio.Semaphore(8)
    async with visit.way.connect() as target:

        async def one(name: str) -> None:
            async with slots:
                await visit.send(target, source, visit.at(f"many/{name}"))

        await _all([one(name) for name in sorted(wanted)])
        there = await target.names(visit.at("many"))
    if missing := wanted - there:
        raise Failed(f"{len(missing)} of {MANY} are missing", "check disk and limits of the feed")
    return f"{MANY} files, {MANY / (monotonic() - started):.0f} a second"


async def rename(visit: Visit) -> str:
    """A file that was sent under another name counts under its new one."""
    source = await visit.write("renamed.wav", SMALL)
    before, after = visit.at("before.wav"), visit.at("after.wav")
    async with visit.way.connect() as target:
        if not target.offers.rename:
            raise NotOffered
        await visit.send(target, source, before)
        visit.made.add(after)
        await target.rename(before, after)
        old, new = await target.size(before), await target.size(after)
    if old is not None or new != source.stat().st_size:
        raise Failed(f"before: {old} bytes, after: {new}", "look into the log for this file")
    return "moved, with all its bytes"


async def incomplete(visit: Visit) -> str:
    """What is not complete is shown as waiting, and is not answered."""
    sent = await _begin(visit, good=True)
    if not sent.last:
        return "its files say themselves when all are there; one is held back"
    until, seen = monotonic() + WAITING_SECONDS + visit.way.late, None
    while seen is None and monotonic() < until:
        seen = await asyncio.to_thread(visit.occasion.recipient.waiting, sent.top)
        await asyncio.sleep(_POLL)
    async with visit.way.connect() as target:
        early = await _answer(visit, target, sent)
    if seen is None or early:
        raise Failed(
            "it was answered before it was complete" if early else f"{sent.top} is not shown",
            "see that the inbox hears of files: look into the log of the service",
        )
    return f"waits for {seen}"


async def good_delivery(visit: Visit) -> str:
    """A good test delivery is acknowledged as such, and nothing of it can be heard."""
    sent, ack = await _deliver(visit, good=True)
    if not ack.ok:
        first = ack.statuses[0]
        raise Failed(
            f"{first.label}: {first.information or ack.error_text}"[:500],
            "see what was found: segue deliveries list",
        )
    if await asyncio.to_thread(visit.occasion.recipient.live, sent.message_id):
        raise Failed("a test message went live", "take it down, and report this")
    return f"{ack.statuses[0].label}; nothing went live"


async def bad_delivery(visit: Visit) -> str:
    """A bad one is refused, and the answer says why."""
    _sent, ack = await _deliver(visit, good=False)
    first = ack.statuses[0]
    if ack.ok or not (first.information or ack.error_text):
        raise Failed(
            f"music that is not what its hash says was answered with {first.label}",
            "see the feed's policy: segue feeds policy",
        )
    return f"{first.label}: {(first.information or ack.error_text).splitlines()[0]}"[:300]


async def tidy(visit: Visit) -> str:
    """All that was sent is gone again."""
    recipient = visit.occasion.recipient
    async with visit.way.connect() as target:
        for path in sorted(visit.made):
            await _gone(target, path)
        folders = {each.rpartition("/")[0] for each in visit.made}
        folders |= {each.partition("/")[0] for each in folders}
        for folder in sorted(folders - {""}, key=len, reverse=True):
            with_parents = folder
            while with_parents:
                await _folder_gone(target, with_parents)
                with_parents = with_parents.rpartition("/")[0]
    tops = frozenset(each.top for each in visit.begun.values()) | {visit.place}
    await asyncio.to_thread(recipient.forget, tops, frozenset(visit.messages))
    async with visit.way.connect() as target:
        left = tops & await target.names("")
    if left:
        raise Failed(f"{', '.join(sorted(left))} stayed", "remove it by hand")
    return f"{len(visit.made)} files removed"


async def _begin(visit: Visit, *, good: bool) -> Parcel:
    """Send all of a delivery but what completes it."""
    made = await asyncio.to_thread(
        lambda: parcel(
            visit.occasion.row,
            visit.occasion.sides,
            visit.folder / ("good" if good else "bad"),
            visit.clock(),
            good=good,
        )
    )
    visit.begun[good] = made
    visit.messages.add(made.message_id)
    async with visit.way.connect() as target:
        for path, source in made.files[:-1]:
            await visit.send(target, source, path)
    return made


async def _deliver(visit: Visit, *, good: bool) -> tuple[Parcel, Acknowledgement]:
    sent = visit.begun.get(good) or await _begin(visit, good=good)
    patience = visit.occasion.patience + visit.way.late
    until = monotonic() + patience
    async with visit.way.connect() as target:
        path, source = sent.files[-1]
        await visit.send(target, source, path)
        while monotonic() < until:
            if found := await _answer(visit, target, sent):
                return sent, found
            await asyncio.sleep(_POLL)
    raise Failed(
        f"no acknowledgement within {patience:.0f} s in {sent.answers}/",
        "see that the worker runs and what became of it: segue deliveries list",
    )


async def _answer(visit: Visit, target: Target, sent: Parcel) -> Acknowledgement | None:
    """The acknowledgement of this delivery, at the place of its choreography or at the root."""
    ids = {names.reduced(sent.message_id), names.reduced(sent.release)}
    for folder in dict.fromkeys((sent.answers, names.ACKNOWLEDGEMENTS)):
        for name in sorted(await target.names(folder)):
            known = names.ack(name)
            if known is None or known.id not in ids:
                continue
            if found := understood(await target.read(f"{folder}/{name}", _ACK_LIMIT)):
                visit.made.add(f"{folder}/{name}")
                return found
    return None


async def _gone(target: Target, path: str) -> None:
    try:
        await target.remove(path)
    except SegueError:
        return  # taken already; what stays is told at the end


async def _folder_gone(target: Target, folder: str) -> None:
    try:
        await target.remove_folder(folder)
    except SegueError:
        return


async def _all(works: list[Coroutine[None, None, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as tasks:
            for work in works:
                tasks.create_task(work)
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from faults
