"""The one table from error types to HTTP: status, code, and the one JSON shape.

Every answer that is an error reads `{"error": {"code", "message", "remedy", …}}`; the errors of
this module add fields of their own (`reason`, `until`, `fields`).
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from core.errors import (
    Conflict,
    DiskFull,
    Misuse,
    NotAllowed,
    NotFound,
    PartMissing,
    SegueError,
    Unavailable,
)
from ingest.doors.common.refusals import Reason, Refused
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class SignInRequired(NotAllowed):
    """Nobody is signed in, or the session has ended."""


class KeyRequired(NotAllowed):
    """No API key came with the request, or none that opens anything here."""


class PlayExpired(Misuse):
    """The media token has outlived the recording's length and its grace."""


class PlayRefused(NotAllowed):
    """Rights do not allow the play. `until` is when that changes, None when nobody knows."""

    def __init__(self, message: str, *, reason: str, until: datetime | None) -> None:
        super().__init__(message, remedy="choose another recording, or try again after the date")
        self.reason = reason
        self.until = until


class PlanChanged(NotAllowed):
    """The account's tier, or what that tier may play, is another one than when the play began."""

    def __init__(self) -> None:
        super().__init__("the plan of this account has changed", remedy="start the play again")


class TooManyStreams(NotAllowed):
    """As many players of the account play as its tier allows. `limit` is how many."""

    def __init__(self, limit: int) -> None:
        playing = "1 other player plays" if limit == 1 else f"{limit} other players play"
        super().__init__(
            f"{playing} on this account now, which is all that its plan allows",
            remedy="pause one of them, or take over: open the play with take_over",
        )
        self.limit = limit


class StreamTaken(NotAllowed):
    """Another player of the account has the place of this one."""

    def __init__(self) -> None:
        super().__init__(
            "this account plays on another player now",
            remedy="to go on here, start the play again and take over",
        )


class TooManyPlays(NotAllowed):
    """An account tells more plays at once than anybody hears."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(
            "this account tells more plays than anybody can have heard",
            remedy=f"tell them again in {ceil(wait / timedelta(minutes=1))} minutes",
        )
        self.retry_after = ceil(wait.total_seconds())


class CrossSite(NotAllowed):
    """A change asked for by a page of another site."""


class InputInvalid(Misuse):
    """The input does not fit its model; one entry per wrong field."""

    def __init__(self, fields: Sequence[Mapping[str, str]]) -> None:
        first = fields[0] if fields else {"place": "body", "problem": "unreadable"}
        super().__init__(f"{first['place']}: {first['problem']}", remedy="see /api/v1/openapi.json")
        self.fields = [dict(field) for field in fields]


class MethodWrong(Misuse):
    """This address does not take this method: it can only be read."""


class BodyTooLarge(Misuse):
    """More bytes than this address takes."""


class BodyTooSlow(Misuse):
    """The body took longer to come than we wait."""


TABLE: tuple[tuple[type[Exception], int, str], ...] = (
    (SignInRequired, 401, "sign_in_required"),
    (KeyRequired, 401, "key_required"),
    (PlayExpired, 410, "play_expired"),
    (PlayRefused, 403, "play_refused"),
    (PlanChanged, 403, "plan_changed"),
    (StreamTaken, 403, "stream_taken"),
    (TooManyStreams, 409, "too_many_streams"),
    (TooManyPlays, 429, "too_many_plays"),
    (CrossSite, 403, "cross_site"),
    (InputInvalid, 422, "input_invalid"),
    (BodyTooLarge, 413, "body_too_large"),
    (BodyTooSlow, 408, "body_too_slow"),
    (MethodWrong, 405, "method_wrong"),
    (NotFound, 404, "not_found"),
    (NotAllowed, 403, "not_allowed"),
    (Conflict, 409, "conflict"),
    (DiskFull, 507, "disk_full"),
    (Unavailable, 503, "unavailable"),
    (PartMissing, 503, "part_missing"),
    (Misuse, 400, "bad_request"),
    (ObjectAbsent, 404, "not_found"),
    (SegueError, 500, "internal"),
)
"""First match wins: the special ones stand before their bases."""

DOOR: dict[Reason, tuple[int, str, str]] = {
    Reason.MISSING: (404, "not_found", ""),
    Reason.DENIED: (403, "not_allowed", ""),
    Reason.EXISTS: (409, "conflict", ""),
    Reason.BAD_NAME: (
        400,
        "bad_name",
        "A path breaks the rules for names.",
    ),
    Reason.BUSY: (423, "busy", "Another request of the same feed is at it."),
    Reason.NO_SPACE: (507, "disk_full", ""),
    Reason.NOT_EMPTY: (409, "conflict", ""),
    Reason.IS_FOLDER: (409, "conflict", ""),
    Reason.NOT_FOLDER: (409, "conflict", ""),
    Reason.UNSUPPORTED: (415, "unsupported", "The door does not take this kind of body."),
    Reason.UNREADABLE: (400, "bad_request", ""),
    Reason.MISMATCH: (
        400,
        "digest_mismatch",
        "A digest in the headers is not that of the bytes.",
    ),
    Reason.CONFLICT: (409, "conflict", ""),
    Reason.GONE: (
        410,
        "upload_gone",
        "The upload has expired, or its file was replaced.",
    ),
    Reason.TOO_LARGE: (413, "body_too_large", ""),
    Reason.TOO_SLOW: (408, "body_too_slow", ""),
    Reason.CUT: (400, "body_cut", "The body ended before its end; nothing was delivered."),
    Reason.BANNED: (
        429,
        "banned",
        "Too many logins failed from this address or for this account.",
    ),
    Reason.LIMIT: (429, "too_many", "Too many connections are open."),
    Reason.QUOTA: (507, "quota_used", "The feed's quota of bytes or files is used up."),
    Reason.TYPE: (415, "type_not_agreed", "The feed may not send files of this kind."),
    Reason.FAULT: (503, "unavailable", ""),
}
"""What the HTTP door refuses, by reason: status, code, and the meaning of codes of its own."""

MESSAGES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "this request can't be read"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_wrong", "this address does not take this method"),
    413: ("body_too_large", "the body is too large"),
}
"""Code and message of what the router refuses, by status."""

_FIELDS = ("reason", "until", "fields", "limit")


def status_of(error: Exception) -> tuple[int, str]:
    """HTTP status and code of an error; whatever is not in the table is our own fault."""
    if isinstance(error, Refused):
        status, code, _ = DOOR[error.reason]
        return status, code
    for kind, status, code in TABLE:
        if isinstance(error, kind):
            return status, code
    return 500, "internal"


def body_of(error: Exception) -> dict[str, Any]:
    """The JSON body. Errors that we did not raise on purpose tell nothing of their inside."""
    _, code = status_of(error)
    if isinstance(error, Refused):
        what, _, remedy = error.text.partition("; ")
        return shape(code, what, remedy)
    if not isinstance(error, SegueError):
        absent = isinstance(error, ObjectAbsent)
        message = "no such object" if absent else "something broke on our side"
        remedy = (
            "look at the address"
            if absent
            else "try again; the operator finds the request id in the log"
        )
        return shape(code, message, remedy)
    body = shape(code, error.message, error.remedy)
    for name in _FIELDS:
        if hasattr(error, name):
            value = getattr(error, name)
            body["error"][name] = value.isoformat() if hasattr(value, "isoformat") else value
    return body


def shape(code: str, message: str, remedy: str = "") -> dict[str, Any]:
    """The one shape of an error."""
    return {"error": {"code": code, "message": message, "remedy": remedy}}


def headers_of(error: Exception) -> dict[str, str]:
    """Extra headers of an error answer; none of them may be cached."""
    headers = {"cache-control": "no-store"}
    if isinstance(error, Refused | TooManyPlays) and error.retry_after:
        headers["retry-after"] = str(error.retry_after)
    elif isinstance(error, KeyRequired):
        headers["www-authenticate"] = 'Bearer realm="segue"'
    elif isinstance(error, MethodWrong):
        headers["allow"] = "GET, HEAD"
    elif isinstance(error, Unavailable):
        headers["retry-after"] = "2"
    return headers
