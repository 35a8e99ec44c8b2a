"""The signed cookie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import Response

from core.clock import ManualClock
from server.accounts.sessions import SessionProof, Sessions, timed_serializer

KEY = b"k" * 32


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, tzinfo=UTC))


def sessions(clock: ManualClock, *, key: bytes = KEY, secure: bool = False) -> Sessions:
    return Sessions(key, clock, lifetime=timedelta(days=1), secure=secure)


def test_it_proves_account_and_epoch_for_its_lifetime(clock: ManualClock) -> None:
    made = sessions(clock)
    cookie = made.make("acc", 3)
    assert made.read(cookie) == SessionProof("acc", 3)
    clock.advance(timedelta(days=1, seconds=1))
    assert made.read(cookie) is None


def test_another_key_proves_nothing(clock: ManualClock) -> None:
    assert sessions(clock, key=b"x" * 32).read(sessions(clock).make("acc", 1)) is None


def test_another_last_letter_proves_nothing(clock: ManualClock) -> None:
    cookie = sessions(clock).make("acc", 1)
    others = [
        f"{cookie[:-1]}{letter}" for letter in "ABCDEFGHabcdefgh0123-_" if letter != cookie[-1]
    ]
    assert [sessions(clock).read(other) for other in others] == [None] * len(others)


@pytest.mark.parametrize("value", ["text", ["acc"], ["acc", "1"], {"a": 1}, [1, 1], None])
def test_a_signed_value_of_another_shape_proves_nothing(clock: ManualClock, value: object) -> None:
    signed = timed_serializer(KEY, "segue.session", clock).dumps(value)
    assert sessions(clock).read(signed) is None


def test_under_https_the_cookie_is_secure(clock: ManualClock) -> None:
    for secure in (True, False):
        response = Response()
        sessions(clock, secure=secure).set_on(response, "acc", 1)
        cookie = response.headers["set-cookie"]
        assert ("Secure" in cookie) is secure
        assert "HttpOnly" in cookie
