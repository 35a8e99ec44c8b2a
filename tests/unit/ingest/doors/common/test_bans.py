"""Failures delay, ban and are forgotten; addresses are counted as their owners have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from ingest.doors.common.bans import (
    BanPolicy,
    Failures,
    Kind,
    networks,
    subject_of,
    within,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = BanPolicy(first=1.0, longest_delay=5.0, window=60.0, failures=3, ban=100.0, longest=300.0)


def test_each_failure_makes_the_next_answer_later() -> None:
    failures = Failures(POLICY)
    counts = [failures.add(Kind.ADDRESS, "192.0.2.7", NOW) for _ in range(5)]
    assert counts == [1, 2, 3, 4, 5]
    assert [failures.delay(count) for count in counts] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_failures_are_counted_apart_and_for_a_while() -> None:
    failures = Failures(POLICY)
    failures.add(Kind.ADDRESS, "192.0.2.7", NOW)
    assert failures.add(Kind.ADDRESS, "192.0.2.8", NOW) == 1
    assert failures.add(Kind.ACCOUNT, "192.0.2.7", NOW) == 1
    assert failures.add(Kind.ADDRESS, "192.0.2.7", NOW + timedelta(seconds=61)) == 1


def test_a_clock_that_jumped_back_does_not_keep_failures_for_ever() -> None:
    failures = Failures(POLICY)
    failures.add(Kind.ADDRESS, "192.0.2.7", NOW)
    assert failures.add(Kind.ADDRESS, "192.0.2.7", NOW - timedelta(hours=1)) == 1


def test_a_success_makes_them_forgotten() -> None:
    failures = Failures(POLICY)
    failures.add(Kind.ADDRESS, "192.0.2.7", NOW)
    failures.forget(Kind.ADDRESS, "192.0.2.7")
    assert failures.add(Kind.ADDRESS, "192.0.2.7", NOW) == 1


def test_a_further_ban_lasts_longer_up_to_a_limit() -> None:
    failures, ban, lasted = Failures(POLICY), None, []
    at = NOW
    for _ in range(4):
        ban = failures.sentence(Kind.ADDRESS, "192.0.2.7", 3, ban, at, "sftp")
        assert ban is not None
        lasted.append((ban.until - ban.since).total_seconds())
        at = ban.until
    assert lasted == [100.0, 200.0, 300.0, 300.0]


def test_a_ban_long_ago_counts_no_more() -> None:
    failures = Failures(POLICY)
    old = failures.sentence(Kind.ADDRESS, "192.0.2.7", 3, None, NOW, "sftp")
    assert old is not None
    new = failures.sentence(Kind.ADDRESS, "192.0.2.7", 3, old, old.until + timedelta(days=2), "ftp")
    assert new is not None
    assert new.strikes == 1


def test_too_few_failures_ban_nothing_and_nothing_bans_without_a_limit() -> None:
    assert Failures(POLICY).sentence(Kind.ADDRESS, "a", 2, None, NOW, "sftp") is None
    never = Failures(BanPolicy(failures=0, account_failures=0))
    assert never.sentence(Kind.ADDRESS, "a", 99, None, NOW, "sftp") is None
    assert never.sentence(Kind.ACCOUNT, "a", 99, None, NOW, "sftp") is None


@pytest.mark.parametrize(
    ("peer", "subject"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::/64"),
        ("?", "?"),
    ],
)
def test_a_subject_is_what_one_customer_has(peer: str, subject: str) -> None:
    assert subject_of(peer) == subject


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_no_address_of_the_same_64_bits_is_another_subject(address: object, low: int) -> None:
    other = type(address)((int(address) >> 64 << 64) | low)  # type: ignore[call-overload,call-arg]
    if other.ipv4_mapped is None and address.ipv4_mapped is None:  # type: ignore[attr-defined]
        assert subject_of(str(address)) == subject_of(str(other))


@given(st.text())
def test_any_text_has_a_subject(peer: str) -> None:
    assert len(subject_of(peer)) <= 100


def test_networks_hold_addresses_of_their_family_only() -> None:
    nets = networks(("192.0.2.0/24", "2001:db8::/32", " ", "203.0.113.9"))
    assert len(nets) == 3
    assert within("192.0.2.255", nets)
    assert within("::ffff:192.0.2.1", nets)
    assert within("2001:db8:5::1", nets)
    assert within("203.0.113.9", nets)
    assert not within("203.0.113.10", nets)
    assert not within("unix", nets)


def test_what_is_no_network_is_told() -> None:
    with pytest.raises(ValueError, match="999"):
        networks(("999.0.0.0/8",))
