"""Asks clamd about bytes: the INSTREAM command of its protocol, man 8 clamd."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 256 << 10
_LONGEST_ANSWER = 4096
_END = (0).to_bytes(4, "big")


class ScannerAway(Unavailable):
    """The scanner does not answer, or not in time; nothing is known about the file."""


class TooLarge(Exception):
    """The scanner does not take so many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamd:
    """One daemon. `address` is `unix:PATH` or `tcp://HOST:PORT`; `timeout` in seconds for a file,
    `most` the greatest file in bytes."""

    address: str
    timeout: float = 120.0
    most: int = 2000 << 20

    def scan(self, descriptor: int) -> str | None:
        """What an open file is infected with, None when nothing is found.

        Raises:
            ScannerAway: no daemon, no answer, or one that can't be read.
            TooLarge: more bytes than it, or we, take.
        """
        if os.fstat(descriptor).st_size > self.most:
            raise TooLarge
        with self._connected() as line:
            try:
                line.sendall(b"zINSTREAM\0")
                offset = 0
                while piece := os.pread(descriptor, _PIECE, offset):
                    line.sendall(len(piece).to_bytes(4, "big") + piece)
                    offset += len(piece)
                line.sendall(_END)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has said why
            return _verdict(_answer(line))

    def ping(self) -> str:
        """Version and signatures. Raises ScannerAway."""
        with self._connected() as line:
            line.sendall(b"zVERSION\0")
            return _answer(line)

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        kind, _, where = self.address.partition(":")
        try:
            if kind == "unix":
                line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                target: str | tuple[str, int] = where
            else:
                host, _, port = where.removeprefix("//").rpartition(":")
                target = (host.strip("[]"), int(port))
                line = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            with line:
                line.settimeout(self.timeout)
                line.connect(target)
                yield line
        except OSError as error:
            raise ScannerAway(
                f"the virus scanner at {self.address} does not answer: {error.strerror or error}",
                remedy="start clamd, or mend `clamav.address`",
            ) from error


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        piece = line.recv(_LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(said: str) -> str | None:
    if said == "stream: OK":
        return None
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    if "size limit exceeded" in said:
        raise TooLarge
    raise ScannerAway(f"the virus scanner says {said!r}", remedy="see the log of clamd")
