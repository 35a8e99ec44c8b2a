"""Terms of a feed: texts and JSON in, limits out; what can't be a term is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.models import Feed
from core.errors import Misuse
from ingest.feed_terms import FeedTerms, names


def of(*sets: str) -> FeedTerms:
    return FeedTerms().changed(sets)


def test_nothing_is_limited_by_default() -> None:
    terms = FeedTerms()
    assert terms.to_json() == {}
    assert terms.admits("203.0.113.9")
    assert terms.takes("a.exe")
    assert terms.open_at(datetime(2026, 11, 22, 3, tzinfo=UTC))
    assert not terms.notify.tells("refused")


def test_texts_and_json_are_the_same_terms() -> None:
    terms = of(
        "quota_bytes=50GB",
        "types=.FLAC, wav",
        "networks=192.0.2.7/24,2001:db8::/32",
        "schedule=fri-mon 22:00-06:00, wed 08:00-12:00 Europe/Berlin",
        "notify.mail=a@label.example",
        "watch.url=s3://bucket/prefix",
    )
    assert terms.quota_bytes == 50_000_000_000
    assert terms.types == ("flac", "wav")
    assert terms.networks == ("192.0.2.0/24", "2001:db8::/32")
    assert str(terms.schedule) == "fri-mon 22:00-06:00, wed 08:00-12:00 Europe/Berlin"
    assert FeedTerms.read(terms.to_json()) == terms
    assert "schedule" not in terms.changed(unsets=["schedule"]).to_json()
    assert terms.changed(unsets=["notify.mail", "nothing.here"]).notify.mail == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quota=1", "no term 'quota'"),
        ("quota_bytes", "sets nothing"),
        ("quota_bytes=lots", "quota_bytes"),
        ("quota_bytes=0", "quota_bytes"),
        ("quota_bytes.x=1", "quota_bytes"),
        ("networks=label.example", "networks.0: 'label.example' is no network"),
        ("types=../x", "no file extension"),
        ("schedule=mon 8-18", "no window"),
        ("schedule=mon 08:00-18:00 Mars/Olympus", "no time zone"),
        ("schedule=xyz 08:00-18:00", "schedule"),
        ("schedule=mon 08:00-25:00", "schedule"),
        ("process=maybe", "process"),
        ("notify.mail=nobody", "no mail address"),
        ("notify.webhook=ftp://x", "no http(s) address"),
        ("notify.events=everything", "no event"),
        ("watch.url=bucket", "no store"),
        ("sla_minutes=-1", "sla_minutes"),
    ],
)
def test_what_is_no_term_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(Misuse) as refused:
        of(text)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [
        ("192.0.2.200", True),
        ("::ffff:192.0.2.200", True),
        ("2001:db8::1%eth0", True),
        ("198.51.100.1", False),
        ("2001:db9::1", False),
        ("somebody", False),
        ("", False),
    ],
)
def test_networks_admit_what_lies_in_them(peer: str, *, admitted: bool) -> None:
    assert of("networks=192.0.2.0/24,2001:db8::/32").admits(peer) is admitted


@pytest.mark.parametrize(
    ("schedule", "instant", "is_open"),
    [
        ("mon-fri 08:00-18:00 Europe/Berlin", "2026-07-06T06:00", True),
        ("mon-fri 08:00-18:00 Europe/Berlin", "2026-07-06T05:59", False),
        ("mon-fri 08:00-18:00 Europe/Berlin", "2026-12-07T06:30", False),
        ("mon-fri 08:00-18:00 Europe/Berlin", "2026-07-05T09:00", False),
        ("sun 22:00-02:00", "2026-07-06T01:59", True),
        ("sun 22:00-02:00", "2026-07-06T02:00", False),
        ("sat 00:00-24:00", "2026-07-04T23:59", True),
    ],
)
def test_a_window_is_open_by_the_clock_of_its_zone(
    schedule: str, instant: str, *, is_open: bool
) -> None:
    assert of(f"schedule={schedule}").open_at(datetime.fromisoformat(f"{instant}Z")) is is_open


def test_messages_may_always_come() -> None:
    terms = of("types=wav")
    assert [terms.takes(name) for name in ("a.WAV", "b.xml", "c.mp3", "d")] == [
        *(True, True),
        *(False, False),
    ]


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        ({"of_old": 1, "sla_minutes": 5}, {"sla_minutes": 5}),
        ({"networks": ["x"], "process": "hold"}, {"process": "hold"}),
    ],
)
def test_what_was_stored_and_is_no_term_any_more_is_passed_over(
    stored: dict[str, Any], left: dict[str, Any]
) -> None:
    assert FeedTerms.of(Feed(terms=stored)).to_json() == left


def test_an_event_is_told_if_it_was_asked_for() -> None:
    assert of("notify.mail=a@b.example").notify.tells("live")
    some = of("notify.mail=a@b.example", "notify.events=refused,overdue").notify
    assert (some.tells("refused"), some.tells("live")) == (True, False)


def test_every_term_has_a_name_and_a_description() -> None:
    assert {"quota_bytes", "watch.url", "notify.events"} <= set(names())
    assert all(field.description for field in FeedTerms.model_fields.values())
