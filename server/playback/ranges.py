"""Which bytes a request asks for (RFC 9110 sections 13 and 14). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status (200, 206, 304, 412 or 416) and the half-open span of bytes to send."""

    status: int
    start: int = 0
    end: int = 0


def select(size: int, etag: str, asked: dict[str, str]) -> Answer:
    """What to answer to these lower-case request headers for an object of `size` bytes."""
    if "if-match" in asked and not _matches(asked["if-match"], etag, weak=False):
        return Answer(412)
    if _matches(asked.get("if-none-match"), etag):
        return Answer(304)
    wanted = asked.get("range")
    if wanted is None or asked.get("if-range", etag) != etag:
        return Answer(200, 0, size)
    return _span(wanted, size)


def span_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, int] | None:
    """The bytes `[start, end)` that a request names by both ends; None for any other request."""
    said = dict(headers)
    found = _ONE_RANGE.fullmatch(said.get(b"range", b"").decode("latin-1").strip())
    if found is None or "" in found.groups() or b"if-range" in said:
        return None
    span = int(found[1]), int(found[2]) + 1
    return span if span[0] < span[1] else None


def _matches(header: str | None, etag: str, *, weak: bool = True) -> bool:
    if header is None:
        return False
    if header.strip() == "*":
        return True
    named = {part.strip() for part in header.split(",")}
    return etag in named or (weak and f"W/{etag}" in named)


def _span(wanted: str, size: int) -> Answer:
    """One range; several at once, or other units, get the whole object, as the RFC allows."""
    found = _ONE_RANGE.fullmatch(wanted.strip())
    if found is None or found.groups() == ("", ""):
        return Answer(200, 0, size)
    first, last = found.groups()
    if first == "":
        length = min(int(last), size)
        return Answer(206, size - length, size) if length else Answer(416)
    start = int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return Answer(200, 0, size)
    return Answer(206, start, end) if start < size else Answer(416)
