"""One session of a feed that the guard let in: what it may use, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.rates import Rate
    from ingest.doors.common.refusals import Refused
    from ingest.feed_terms import FeedTerms


class Lease:
    """Made by `Guard.session`; close it when the session ends. Any thread."""

    __slots__ = (
        "_left",
        "_open",
        "_told",
        "bytes",
        "ending",
        "feed_id",
        "rate",
        "shut",
        "terms",
        "trail",
    )

    def __init__(
        self,
        feed_id: str,
        terms: FeedTerms,
        rate: Rate,
        trail: Trail,
        left: Callable[[Lease], None],
        *,
        told: bool = True,
    ) -> None:
        self.feed_id = feed_id
        self.terms = terms
        self.rate = rate
        self.trail = trail
        self.bytes = 0
        self.ending: Callable[[Refused], object] | None = None
        """What ends the session from outside, set by its door; called from any thread."""
        self.shut: Refused | None = None
        """Why the session has to end."""
        self._left = left
        self._open = True
        self._told = told

    def take(self, size: int) -> float:
        """Count bytes of a file, either way; how many seconds to wait before the next."""
        self.bytes += size
        return self.rate.take(size)

    def end(self, refused: Refused) -> None:
        """The feed may not be here any more."""
        if self._open and self.shut is None:
            self.shut = refused
            self.trail.record("end", outcome=refused.reason.value, detail=refused.text)
            if self.ending is not None:
                self.ending(refused)

    def close(self) -> None:
        """The session ended; closing again does nothing."""
        if self._open:
            self._open = False
            self._left(self)
            if self._told:
                self.trail.record("logout", size=self.bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
