"""Feeds whose objects lie in stores: what is told of new ones, and addresses to put them by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.http.hall import Keys
    from ingest.watchers.notices import Notice, Taken
    from ingest.watchers.presigned import Upload, Wanted

Shape = dict[str, Any]
MOST = 500
"""Notices, or files to put, in one request."""


class Signer(Protocol):
    """Signs addresses for one feed; `ends` says until when, in ISO 8601."""

    @property
    def ends(self) -> str: ...

    def sign(self, wanted: Wanted) -> Upload: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What the service has for them.

    Attributes:
        keys: who a sender is; opens for feeds of stores also, which the HTTP door does not.
        take: (feed id, notices) takes them durably; raises Conflict without a store.
        pushed: (feed id, token) the feed when Pub/Sub proves to speak for it, else None.
        signer: (feed id, seconds) a signer of its store; raises Misuse where there is none.
    """

    keys: Keys
    take: Callable[[str, Sequence[Notice]], Taken]
    signer: Callable[[str, int], Signer]
    pushed: Callable[[str, str], FeedLogin | None]

    def told(self, feed_id: str, notices: Sequence[Notice]) -> Shape:
        """What became of notices."""
        taken = self.take(feed_id, notices)
        passed = [{"key": key, "reason": reason} for key, reason in taken.passed_over]
        return {"taken": list(taken.taken), "passed_over": passed}

    def presigned(self, feed_id: str, files: Sequence[Wanted], seconds: int) -> Shape:
        """Addresses for files, all or none."""
        signer = self.signer(feed_id, seconds)
        uploads = [asdict(signer.sign(each)) for each in files]
        return {"expires_at": signer.ends, "uploads": uploads}
