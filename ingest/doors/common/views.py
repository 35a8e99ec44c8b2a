"""The one view of each feed's files that all doors of a process share.

Which uploads are open is known in memory only, so two doors with views of their own would write one
file at once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.doors.common.guard import Guard
from ingest.doors.common.guarded import GuardedFiles
from ingest.doors.common.upload import Intake

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.ports import FeedLogin, Inbox


@dataclass(slots=True, kw_only=True)
class FeedViews:
    """Views by feed, in the data folder `data`; may be asked by any thread."""

    data: Path
    inbox: Inbox
    clock: Clock
    intake: Intake = field(default_factory=Intake)
    guard: Guard = field(default_factory=Guard)
    _feeds: dict[str, GuardedFiles] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def of(self, login: FeedLogin) -> GuardedFiles:
        """The view of a feed; its folders are made.

        Raises:
            Refused: the disk does not let us.
        """
        with self._lock:
            files = self._feeds.get(login.feed_id)
            if files is None:
                files = GuardedFiles(
                    self.data,
                    login.feed_id,
                    inbox=self.inbox,
                    clock=self.clock,
                    intake=self.intake,
                    guard=self.guard,
                )
                self._feeds[login.feed_id] = files
        files.prepare()
        return files
