"""The one table from errors to HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core import errors as core_errors
from core.errors import SegueError
from ingest.doors.common.refusals import Reason, Refused
from server import errors


def every(base: type[Exception]) -> list[type[Exception]]:
    return [base, *(kind for child in base.__subclasses__() for kind in every(child))]


def test_special_errors_stand_before_their_bases() -> None:
    kinds = [kind for kind, _, _ in errors.TABLE]
    for place, kind in enumerate(kinds):
        assert not [later for later in kinds[place + 1 :] if issubclass(later, kind)], kind


@pytest.mark.parametrize("kind", [k for k, _, _ in errors.TABLE])
def test_every_error_of_ours_is_reachable(kind: type[Exception]) -> None:
    assert kind in every(SegueError) or kind.__module__ == "storage.store"


def test_a_refused_play_tells_reason_and_date() -> None:
    until = datetime(2026, 12, 12, tzinfo=UTC)
    body = errors.body_of(errors.PlayRefused("Opens later.", reason="not_yet", until=until))
    assert body["error"]["reason"] == "not_yet"
    assert body["error"]["until"] == "2026-12-12T00:00:00+00:00"
    assert set(body["error"]) == {"code", "message", "remedy", "reason", "until"}


def test_our_own_faults_tell_nothing_of_their_inside() -> None:
    error = KeyError("password of the database")
    assert errors.status_of(error) == (500, "internal")
    assert "password" not in str(errors.body_of(error))


def test_what_can_only_be_read_says_so() -> None:
    error = errors.MethodWrong("media can only be read")
    assert errors.status_of(error) == (405, "method_wrong")
    assert errors.headers_of(error)["allow"] == "GET, HEAD"


def test_what_may_work_later_says_when() -> None:
    banned = Refused(Reason.BANNED, "too many failed logins; wait 7 s", retry_after=7)
    assert errors.status_of(banned) == (429, "banned")
    assert errors.headers_of(banned)["retry-after"] == "7"
    assert "retry-after" in errors.headers_of(core_errors.Unavailable("busy"))
    assert "retry-after" not in errors.headers_of(core_errors.NotFound("no"))
