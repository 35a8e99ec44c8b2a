"""How a refusal sounds in FTP: a reply code of RFC 959 and the text."""

from __future__ import annotations

from ingest.doors.common.refusals import Reason, Refused

_CODES = {
    Reason.BAD_NAME: 553,
    Reason.BUSY: 450,
    Reason.NO_SPACE: 452,
    Reason.QUOTA: 552,
    Reason.TOO_LARGE: 552,
    Reason.TYPE: 553,
    Reason.BANNED: 421,
    Reason.LIMIT: 421,
    Reason.UNSUPPORTED: 504,
    Reason.FAULT: 451,
}


def spoken(refused: Refused) -> str:
    """The reply line for a refusal."""
    return f"{_CODES.get(refused.reason, 550)} {' '.join(refused.text.split())}"


class Sentence(str):
    """A reply that pyftpdlib makes a sentence of: its `capitalize` lowers all other letters, also
    those of a time zone."""

    __slots__ = ()

    def capitalize(self) -> str:
        """The first letter raised, and a full stop."""
        return f"{self[:1].upper()}{self[1:].rstrip('.')}."
