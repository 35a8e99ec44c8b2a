"""The lines of a DSR file, plain or gzip, with bounded memory whatever the bytes are."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, TYPE_CHECKING

from ddex.dsr import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.dsr.findings import Findings

MAX_LINE = 1_000_000
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def read_lines(data: IO[bytes] | bytes, name: str, findings: Findings) -> Iterator[tuple[int, str]]:
    """(1-based number, text without its line end) of each line; faults go to `findings`."""
    stream = _plain(io.BytesIO(data) if isinstance(data, bytes) else data, name, findings)
    number = 0
    try:
        while raw := stream.readline(MAX_LINE + 1):
            number += 1
            if number == 1 and raw.startswith(_BOM):
                findings.add(rules.ENCODING, 1, "", "", "The file begins with a byte order mark.")
                raw = raw[len(_BOM) :]
            if len(raw) > MAX_LINE:
                findings.add(rules.LONG_LINE, number, "", "", "The line is too long to be read.")
                return
            yield number, _decode(raw, number, findings)
    except (OSError, EOFError, zlib.error) as wrong:
        findings.add(rules.COMPRESSION, number + 1, "", "", f"The file can't be read: {wrong}.")


def _plain(stream: IO[bytes], name: str, findings: Findings) -> IO[bytes]:
    buffered = stream if isinstance(stream, io.BufferedReader) else _buffered(stream)
    packed = buffered.peek(2)[:2] == _GZIP
    if packed != name.endswith(".gz"):
        what = "is gzip, its name does not say so" if packed else "is named .gz and is not gzip"
        findings.add(rules.COMPRESSION, 0, "", name, f"The file {what}.")
    return io.BufferedReader(gzip.GzipFile(fileobj=buffered)) if packed else buffered


def _buffered(stream: IO[bytes]) -> io.BufferedReader:
    raw = stream if isinstance(stream, io.RawIOBase | io.BytesIO) else io.BytesIO(stream.read())
    return io.BufferedReader(raw)


def _decode(raw: bytes, number: int, findings: Findings) -> str:
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        text = f"Byte {wrong.start + 1} of the line is not UTF-8."
        findings.add(rules.ENCODING, number, "", "", text)
        return raw.decode("utf-8", errors="replace")
