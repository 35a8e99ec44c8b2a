"""What a schema says against a stream of bytes, and of which element each says it.

A first run tells whether and in which stretches of the bytes there are errors. Only if there are,
a second one follows the elements through those stretches, and looks after each tag for new errors.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ddex.xml import Target, stream

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from lxml import etree

    from ddex.xml import Document

TOO_MANY = "TOO_MANY"
_NAMED = re.compile(r"Element '(?:\{[^}]*\})?([^']*)'")
_Steps = list[tuple[str, int, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One error of libxml2: `kind` is its name for it, `path` that of the element."""

    kind: str
    line: int
    path: str
    message: str


class Stopped(Exception):
    """The one who asked does not want to know any more."""


def collect(
    document: Document, compiled: etree.XMLSchema, limit: int, stop: threading.Event
) -> tuple[Violation, ...]:
    """At most `limit` violations, and a last of kind `TOO_MANY` when there are more.

    Raises:
        MessageUnreadable: the bytes are broken.
        Stopped: `stop` was set.
    """
    first = _Watch(limit, stop)
    with contextlib.suppress(_EnoughError):
        stream(document.data, first, compiled, document.opening)
    if not first.stretches:
        return ()
    follower = _Follower(first.stretches, limit, stop)
    with contextlib.suppress(_EnoughError):
        stream(document.data, follower, compiled, document.opening)
    return follower.violations()


class _EnoughError(Exception):
    """There are more errors than are told."""


class _Watch(Target):
    """Notes the stretches in which errors came."""

    def __init__(self, limit: int, stop: threading.Event) -> None:
        self.stretches: set[int] = set()
        self._limit = limit
        self._stop = stop
        self._seen = 0
        self._stretch = 0

    def check(self, log: Sequence[Any]) -> None:
        if self._stop.is_set():
            raise Stopped
        if len(log) > self._seen:
            self._seen = len(log)
            self.stretches.add(self._stretch)
        if self._seen > self._limit:
            raise _EnoughError
        self._stretch += 1


class _Follower(Target):
    """Knows the path at each error.

    The schema hears of a tag after the target does, so what is new at a call is about the tag of
    the call before, or about the text since then.
    """

    def __init__(self, stretches: set[int], limit: int, stop: threading.Event) -> None:
        self._stretches = stretches
        self._limit = limit
        self._stop = stop
        self._stretch = 0
        self._looking = 0 in stretches
        self._steps: _Steps = []
        self._totals: list[dict[str, int]] = [{}]
        self._last: _Steps = []
        self._found: list[tuple[_Steps, str, str]] = []

    def start(self, tag: str, _attributes: object) -> None:
        if self._looking:
            self._look(self.log())
        name = tag.rpartition("}")[2]
        totals = self._totals[-1]
        totals[name] = totals.get(name, 0) + 1
        self._steps.append((name, totals[name], totals))
        self._totals.append({})
        if self._looking:
            self._last = list(self._steps)

    def end(self, _tag: str) -> None:
        if self._looking:
            self._look(self.log())
            self._last = list(self._steps)
        self._steps.pop()
        self._totals.pop()

    def check(self, log: Sequence[Any]) -> None:
        if self._stop.is_set():
            raise Stopped
        if self._looking:
            self._look(log)
        self._stretch += 1
        self._looking = self._stretch in self._stretches
        if self._looking:
            self._last = list(self._steps)

    def _look(self, log: Sequence[Any]) -> None:
        if len(log) == len(self._found):
            return
        for entry in list(log)[len(self._found) :]:
            message = str(entry.message or "")
            named = _NAMED.match(message)
            about = [each for each in (self._last, self._steps) if each]
            steps = next(
                (list(s) for s in about if named and s[-1][0] == named[1]),
                list(about[0]) if about else [],
            )
            self._found.append((steps, str(entry.type_name or ""), message))
            if len(self._found) > self._limit:
                raise _EnoughError

    def violations(self) -> tuple[Violation, ...]:
        """What was found, with paths: `[n]` only where siblings (so far) share the name."""
        told = [
            Violation(
                kind,
                0,
                "".join(f"/{n}[{i}]" if totals[n] > 1 else f"/{n}" for n, i, totals in steps),
                message,
            )
            for steps, kind, message in self._found[: self._limit]
        ]
        if len(self._found) > self._limit:
            told.append(Violation(TOO_MANY, 0, "", f"more than {self._limit} errors"))
        return tuple(told)
