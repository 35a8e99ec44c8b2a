"""Media tokens and the keys that sign them."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from server.playback.keyring import LONGEST, PUBLISHED, Ring, fixed, fresh_key
from server.playback.tokens import Grant, MediaTokens

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GRANT = Grant("acc", 1, "rel", "rec", "a" * 64, "GB", "premium", "SubscriptionModel", "Stream", 9)


def made(secret: bytes = b"k" * 32) -> MediaTokens:
    return MediaTokens(fixed(secret, NOW), ManualClock(NOW))


def test_a_token_says_what_was_granted() -> None:
    tokens = made()
    token = tokens.issue(GRANT)
    assert tokens.read(token) == GRANT
    assert made().read(token) == GRANT
    assert "/" not in token


def test_another_key_reads_nothing() -> None:
    assert made(b"x" * 32).read(made().issue(GRANT)) is None


@pytest.mark.parametrize("token", ["", "x", "a.b", "." * 50, "fixed.W10.aaaa", "x" * 3000])
def test_nonsense_reads_nothing(token: str) -> None:
    assert made().read(token) is None


def test_every_changed_letter_is_found() -> None:
    tokens = made()
    token = tokens.issue(GRANT)
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens.read(changed) is None


def test_one_signature_is_written_in_one_way() -> None:
    """The last letter of base64 has bits to spare, and decoders pass over what is no letter."""
    tokens = made()
    token = tokens.issue(GRANT)
    letters = string.ascii_letters + string.digits + "-_"
    changed = [f"{token[:-1]}{letter}" for letter in letters if letter != token[-1]]
    for other in (*changed, f"{token}=", f"{token[:-9]}!{token[-9:]}", f"{token}A", token[:-1]):
        assert tokens.read(other) is None
    assert tokens.read(token) == GRANT


def test_each_listener_recording_tier_and_time_has_its_own() -> None:
    tokens = made()
    others = [
        replace(GRANT, account="other"),
        replace(GRANT, recording="other"),
        replace(GRANT, tier="free"),
        replace(GRANT, expires=10),
        replace(GRANT, player="kitchen"),
    ]
    assert len({tokens.issue(grant) for grant in (GRANT, *others)}) == 6


# ---- keys


def test_a_rotation_interrupts_nobody() -> None:
    """Old tokens stay good, new ones are read everywhere before the first is made."""
    clock = ManualClock(NOW)
    before = Ring((fresh_key(NOW),))
    here, there = MediaTokens(before, clock), MediaTokens(before, clock)
    old = here.issue(GRANT)
    after = before.rotated(NOW)
    assert here.use(after)
    assert there.read(here.issue(GRANT)) == GRANT  # the old key still signs
    clock.advance(PUBLISHED)
    there.use(after)
    new = here.issue(GRANT)
    assert new.partition(".")[0] != old.partition(".")[0]
    assert there.read(new) == there.read(old) == GRANT


def test_a_key_is_forgotten_when_its_last_token_is_dead() -> None:
    clock = ManualClock(NOW)
    ring = Ring((fresh_key(NOW),))
    tokens = MediaTokens(ring, clock)
    token = tokens.issue(GRANT)
    tokens.use(ring.rotated(NOW))
    clock.advance(PUBLISHED + LONGEST - timedelta(seconds=1))
    assert tokens.read(token) == GRANT
    clock.advance(timedelta(seconds=1))
    assert tokens.read(token) is None
    assert len(ring.rotated(NOW).rotated(clock()).keys) == 2


def test_a_second_rotation_gives_no_key_a_longer_life() -> None:
    ring = Ring((fresh_key(NOW),)).rotated(NOW)
    later = ring.rotated(NOW + timedelta(hours=1))
    assert later.keys[0].reads_until == ring.keys[0].reads_until


def test_a_revoked_key_reads_nothing() -> None:
    tokens = made()
    token = tokens.issue(GRANT)
    assert tokens.use(Ring((fresh_key(NOW),)))
    assert tokens.read(token) is None
    assert tokens.read(tokens.issue(GRANT)) == GRANT
