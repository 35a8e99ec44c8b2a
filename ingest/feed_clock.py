"""The clock of a delivery: from its completion to the first answer that its sender gets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.models import Delivery

_MS = timedelta(milliseconds=1)


def stop(delivery: Delivery, now: datetime) -> None:
    """The sender is told now. What is told later, of another try, changes nothing."""
    if delivery.answer_ms is None:
        delivery.answer_ms = max((now - delivery.received_at) // _MS, 0)
