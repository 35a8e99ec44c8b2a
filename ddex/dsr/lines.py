"""The lines of a DSR file, plain or gzip, in blocks, with bounded memory whatever the bytes are."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from ddex.dsr import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.dsr.findings import Findings

MAX_LINE = 1_000_000
MAX_BYTES = 4_000_000_000
_BLOCK = 4 << 20
_BOMB_BYTES, _BOMB_RATIO = 64 << 20, 200
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with its line feed (CRLF is LF here); `first` is the first one's number."""

    first: int
    data: bytes


def read_blocks(
    data: IO[bytes] | bytes, name: str, findings: Findings, *, most: int = MAX_BYTES
) -> Iterator[Block]:
    """All lines of a file in blocks of a few megabytes; faults go to `findings`.

    `most`: so many bytes, uncompressed, are no reason for a warning.
    """
    buffered = _buffered(io.BytesIO(data) if isinstance(data, bytes) else data)
    stream = _plain(buffered, name, findings)
    number, rest = 1, b""
    try:
        for chunk in _chunks(stream, buffered, findings, most):
            cut = chunk.rfind(b"\n") + 1
            whole, tail = rest + chunk[:cut], chunk[cut:]
            rest = tail if cut else whole + tail
            if cut:
                yield _block(number, whole, findings)
                number += whole.count(b"\n")
            elif len(rest) > MAX_LINE:
                break
        if rest:
            yield _block(number, rest + b"\n", findings)
    except (OSError, EOFError, zlib.error) as wrong:
        number += rest.count(b"\n")
        findings.add(rules.COMPRESSION, number, "", "", f"The file can't be read: {wrong}.")


def lines_of(block: Block, findings: Findings) -> Iterator[tuple[int, str, int]]:
    """(1-based number, text without its line end, offset of the next line) of each line."""
    number, start, data = block.first, 0, block.data
    while start < len(data):
        end = data.index(b"\n", start)
        yield number, decode(data[start:end], number, findings), end + 1
        number, start = number + 1, end + 1


def decode(raw: bytes, number: int, findings: Findings) -> str:
    """A line as text; what is no UTF-8 is told and replaced."""
    if len(raw) > MAX_LINE:
        findings.add(rules.LONG_LINE, number, "", "", "The line is too long to be read.")
        raw = raw[:200]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        text = f"Byte {wrong.start + 1} of the line is not UTF-8."
        findings.add(rules.ENCODING, number, "", "", text)
        return raw.decode("utf-8", errors="replace")


def _chunks(
    stream: IO[bytes] | gzip.GzipFile, packed: IO[bytes], findings: Findings, most: int
) -> Iterator[bytes]:
    taken = 0
    while chunk := stream.read(_BLOCK):
        if taken <= most < taken + len(chunk):
            text = f"The file has more than {most:,} bytes."
            findings.add(rules.SIZE, 0, "", "", text)
        taken += len(chunk)
        if stream is not packed and taken > _BOMB_BYTES and taken > _BOMB_RATIO * packed.tell():
            raise OSError("it expands more than two hundredfold and was not read to its end")
        yield chunk


def _block(number: int, data: bytes, findings: Findings) -> Block:
    if number == 1 and data.startswith(_BOM):
        findings.add(rules.ENCODING, 1, "", "", "The file begins with a byte order mark.")
        data = data[len(_BOM) :]
    return Block(number, data.replace(b"\r\n", b"\n") if b"\r" in data else data)


def _plain(buffered: io.BufferedReader, name: str, findings: Findings) -> IO[bytes] | gzip.GzipFile:
    packed = buffered.peek(2)[:2] == _GZIP
    if packed != name.endswith(".gz"):
        what = "is gzip, its name does not say so" if packed else "is named .gz and is not gzip"
        findings.add(rules.COMPRESSION, 0, "", name, f"The file {what}.")
    return gzip.GzipFile(fileobj=buffered) if packed else buffered


def _buffered(stream: IO[bytes]) -> io.BufferedReader:
    if isinstance(stream, io.BufferedReader):
        return stream
    raw = stream if isinstance(stream, io.RawIOBase | io.BytesIO) else io.BytesIO(stream.read())
    return io.BufferedReader(raw)
