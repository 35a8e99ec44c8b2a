"""When credentials were last used: noted at each login in memory, written down now and then."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.database import Database


class Uses:
    """Shared by all doors; a login costs a look into a dictionary, `flush` one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, credential_id: str, at: datetime) -> None:
        """It was used at this instant."""
        with self._lock:
            self._noted[credential_id] = at

    def flush(self) -> int:
        """Write down what was noted since; how many credentials that were."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return 0
        from sqlalchemy import update  # noqa: PLC0415 - as the next

        from catalog.models import FeedCredential  # noqa: PLC0415 - commands open this too

        with self._database.write() as session:
            for credential_id, at in noted.items():
                row = FeedCredential.id == credential_id
                session.execute(update(FeedCredential).where(row).values(last_used_at=at))
        return len(noted)
