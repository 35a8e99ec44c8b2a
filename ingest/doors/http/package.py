"""A whole delivery in one request: `multipart/form-data` with a message and its files, any order.

It is staged beside the feeds' files while it comes, then put in place as a batch of one release
that completes itself; whatever breaks before leaves nothing.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blake3 import blake3
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from ddex.choreography import names
from ingest import inbox
from ingest.doors.common.paths import clean, shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.doors.common.tree import Tree
from ingest.doors.common.upload import Upload
from ingest.doors.http.digests import Digests, declared
from ingest.doors.http.multipart import Begin, End, Parser
from ingest.doors.http.pump import Intaking
from ingest.doors.http.put import length

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.paths import Parts
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.http.hall import HttpDoor

MESSAGE = "message"
FILES = ("file", "files")


@dataclass(frozen=True, slots=True)
class Staged:
    """A file of a package that came whole. `parts` are relative to the release folder."""

    parts: Parts
    size: int
    blake3: str


@dataclass(slots=True)
class Package:
    """A package that came whole: `tree` holds its files, the message among them."""

    tree: Tree
    message: Parts = ()
    files: list[Staged] = field(default_factory=list)
    multipart: bool = True
    trail: Trail | None = None

    @property
    def release(self) -> str:
        """Name of the release folder."""
        return self.message[-1].removesuffix(".xml")

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self.tree.root

    @property
    def fingerprint(self) -> str:
        """Digest of everything that was sent, in no order."""
        lines = sorted(f"{shown(each.parts)}\x1f{each.blake3}\n" for each in self.files)
        return blake3("".join(lines).encode()).hexdigest()


@asynccontextmanager
async def staged(
    door: HttpDoor,
    login: FeedLogin,
    headers: Mapping[str, str],
    body: AsyncIterator[bytes | memoryview],
) -> AsyncIterator[Package]:
    """The package of a request, gone when the block ends. Raises Refused."""
    kind, options = parse_options_header(headers.get("content-type", ""))
    tree = Tree(door.staging(login) / secrets.token_hex(16))
    package = Package(tree, multipart=kind == b"multipart/form-data")
    staging = _Staging(door, package)
    with door.busy(login):
        files = await door.do(door.views.of, login)
        await door.do(files.expect, length(headers) or 0)
        staging.limit(await door.do(files.left))
        await door.do(tree.make)
        try:
            if package.multipart:
                await staging.parts(options.get(b"boundary", b""), body)
            else:
                await staging.lone(kind, headers, body)
            yield package
        finally:
            staging.close()
            shutil.rmtree(tree.root, ignore_errors=True)


class _Staging:
    """Writes the parts of one package as they come."""

    def __init__(self, door: HttpDoor, package: Package) -> None:
        self._door = door
        self._intake = door.views.intake
        self._package = package
        self._left = door.settings.most_package
        self._now: tuple[Upload, Intaking, Digests] | None = None

    def limit(self, left: int | None) -> None:
        """No more than these bytes may come."""
        if left is not None:
            self._left = min(self._left, left)

    async def lone(
        self, kind: bytes, headers: Mapping[str, str], body: AsyncIterator[bytes | memoryview]
    ) -> None:
        """A message without anything."""
        if kind not in {b"application/xml", b"text/xml"}:
            raise Refused(
                Reason.UNSUPPORTED,
                "send multipart/form-data with a part `message` and parts `file`, or a message "
                "alone as application/xml",
            )
        self._package.message = _message(())
        await self._begin(self._package.message, declared(headers))
        async for piece in body:
            await self._take(piece)
        await self._end()

    async def parts(self, boundary: bytes, body: AsyncIterator[bytes | memoryview]) -> None:
        """Everything of a multipart body."""
        try:
            parser = Parser(boundary)
            async for piece in body:
                await self._events(parser, bytes(piece))
        except FormParserError as wrong:
            raise Refused(Reason.UNREADABLE, f"this is no multipart/form-data: {wrong}") from wrong
        if not parser.ended:
            raise Refused(Reason.UNREADABLE, "the last part has no end; nothing was kept")
        if not self._package.message:
            raise Refused(Reason.UNREADABLE, "there is no part `message` with the message in it")

    async def _events(self, parser: Parser, piece: bytes) -> None:
        for event in parser.feed(piece):
            if isinstance(event, Begin):
                await self._begin(self._named(event.headers), declared(event.headers))
            elif isinstance(event, End):
                await self._end()
            else:
                await self._take(event)

    def _named(self, headers: Mapping[str, str]) -> Parts:
        """Where a part belongs in the release folder."""
        _, options = parse_options_header(headers.get("content-disposition", ""))
        name, told = options.get(b"name", b""), options.get(b"filename", b"")
        if name == MESSAGE.encode():
            if self._package.message:
                raise Refused(Reason.UNREADABLE, "there are two parts `message`; a package has one")
            self._package.message = _message(clean(told))
            return self._package.message
        if name.decode("utf-8", "replace") not in FILES:
            raise Refused(
                Reason.UNREADABLE, "a part has to be named `message` or `file` (with its filename)"
            )
        return self._judged(clean(told))

    def _judged(self, parts: Parts) -> Parts:
        if not parts:
            raise Refused(
                Reason.BAD_NAME,
                "a part `file` needs a filename: its path as the message has it, such as "
                "resources/track.flac",
            )
        if not inbox.counts(shown(parts)):
            raise Refused(
                Reason.BAD_NAME, f"{shown(parts)} is named as an unfinished file; rename it"
            )
        return parts

    async def _begin(self, parts: Parts, digests: Digests) -> None:
        if len(self._package.files) >= self._door.settings.files:
            raise Refused(
                Reason.TOO_LARGE, f"a package has at most {self._door.settings.files} files"
            )
        clean(f"N_{'0' * names.STAMP_DIGITS}/{'r' * names.ID_LIMIT}/{shown(parts)}")
        upload = await self._door.do(self._open, parts)
        intaking = Intaking(upload, self._door.pool, most=self._left, digests=(digests,))
        self._now = (upload, intaking, digests)

    def _open(self, parts: Parts) -> Upload:
        descriptor = self._package.tree.open(parts, os.O_RDWR | os.O_CREAT | os.O_EXCL, make=True)
        return Upload(descriptor, parts, self._intake, append=False)

    async def _take(self, piece: bytes | memoryview) -> None:
        if self._now is not None:
            await self._now[1].take(piece)

    async def _end(self) -> None:
        if self._now is None:
            return
        upload, intaking, digests = self._now
        await self._door.do(upload.drain)
        digests.check()
        digest = await self._door.do(upload.seal)
        self.close()
        self._left -= intaking.offset
        self._package.files.append(Staged(upload.parts, intaking.offset, digest))

    def close(self) -> None:
        """Let go of the file under way."""
        if self._now is not None:
            self._now[0].close()
            self._now = None


def _message(told: Parts) -> Parts:
    """The message stands in the release folder, under the folder's own name."""
    stem = told[-1].rpartition(".")[0] or told[-1] if told else ""
    return (f"{names.reduced(stem) or MESSAGE}.xml",)
