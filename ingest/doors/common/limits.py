"""What is agreed with a feed, as refusals of a door. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import inbox
from ingest.doors.common.paths import shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from datetime import datetime

    from ingest.doors.common.paths import Parts

NO_TERMS = FeedTerms()
"""Nothing is limited."""


def judge_entry(terms: FeedTerms, peer: str, now: datetime) -> None:
    """May the feed come in from here, now?

    Raises:
        Refused: no, and when or from where it may.
    """
    if not terms.admits(peer):
        raise Refused(
            Reason.DENIED,
            f"this feed may not come from {peer}; tell the operator the address you send from",
        )
    if not terms.open_at(now):
        raise Refused(
            Reason.DENIED, f"this feed delivers at other hours: {terms.schedule}; come back then"
        )


def judge_name(terms: FeedTerms, parts: Parts) -> None:
    """May the feed send a file of this name? One that is unfinished by its name gets another when
    it is whole, and is judged then. Raises Refused."""
    if inbox.counts(shown(parts)) and not terms.takes(shown(parts)):
        raise Refused(
            Reason.TYPE,
            f"files of this type are not agreed with you; send {', '.join(sorted(terms.types))}",
        )


def judge_size(terms: FeedTerms, size: int) -> None:
    """May a file of the feed become so big? Raises Refused."""
    if terms.max_file_bytes and size > terms.max_file_bytes:
        raise Refused(
            Reason.TOO_LARGE,
            f"a file of yours may have {int(terms.max_file_bytes)} bytes; send smaller ones",
        )
