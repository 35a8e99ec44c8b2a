from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog import lifecycle
from server.web import words

NOW = datetime(2026, 11, 21, 9, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (278, "4:38"), (59.6, "1:00"), (3723, "1:02:03"), (-3, "0:00")],
)
def test_clock(seconds: float, text: str) -> None:
    assert words.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(50, "50 s"), (2640, "44 min"), (4440, "1 h 14"), (3599, "1 h 00")]
)
def test_duration(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (4_200, "4.2 kB"), (612_000_000, "612 MB")]
)
def test_size(count: int, text: str) -> None:
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7, "7"),
        (7_200, "7.2 K"),
        (940_500, "940 K"),
        (3_800_000, "3.8 M"),
        (2_000, "2 K"),
        (12_000_000, "12 M"),
    ],
)
def test_plays(count: int, text: str) -> None:
    assert words.plays(count) == text


@pytest.mark.parametrize(
    ("back", "text"),
    [(5, "now"), (720, "12 min"), (18_000, "5 h"), (259_200, "3 d"), (30 * 86_400, "22 Oct 2026")],
)
def test_age(back: int, text: str) -> None:
    assert words.age((NOW - timedelta(seconds=back)).isoformat(), NOW) == text


def test_what_is_no_date_stays_as_it_is() -> None:
    assert words.date("2026-11-06") == "6 November 2026"
    assert words.date("2026") == "2026"
    assert words.age("yesterday", NOW) == ""
    assert words.year("soon") == ""


def test_quality_says_bits_and_rate() -> None:
    assert words.quality({"lossless": True, "bits": 24, "rate": 96_000}) == "Lossless 24/96"
    assert words.quality({"lossless": True, "bits": 16, "rate": 44_100}) == "Lossless 16/44"
    assert words.quality({"lossless": False, "bits": 0, "rate": 44_100}) == "AAC 256"
    assert words.quality(None) == ""


def test_who_must_act_is_cut_from_what() -> None:
    assert words.waiting("Sender: a corrected delivery", "refused") == (
        "Sender",
        "a corrected delivery",
    )
    assert words.waiting("3 files still to arrive", "incomplete") == (
        "Sender",
        "3 files still to arrive",
    )
    assert words.waiting(None, "live") == ("", "")


def test_roles_and_lines_read_as_words() -> None:
    assert words.role("MainArtist") == "Main artist"
    assert words.role("Written by") == "Written by"
    assert words.line("(P) 2026 Fernlight", "\u2117") == "\u2117 2026 Fernlight"
    assert words.line("\u00a9 2026 Fernlight", "\u00a9") == "\u00a9 2026 Fernlight"
    assert words.line("Pauls Records", "\u2117") == "\u2117 Pauls Records"
    assert words.line(None, "\u2117") == ""


def test_an_ean_is_grouped_and_others_stay() -> None:
    assert words.ean("4260991201183") == "4 260991 201183"
    assert words.ean("04260991201183") == "4 260991 201183"
    assert words.ean("012345678905") == "012345678905"


def test_every_delivery_state_has_its_words() -> None:
    assert set(words.STATES) >= {str(state.value) for state in lifecycle.DeliveryState}
    assert all(state.group in words.GROUPS for state in words.STATES.values())
    assert words.state("unheard").word == "Unheard"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("41206.184", "EUR", "€\u00a041,206.18"), ("700.4", "JPY", "¥\u00a0700"),
     ("-1.25", "KWD", "\N{MINUS SIGN}KWD\u00a01.250"), ("-0.001", "GBP", "£\u00a00.00"),
     ("5", "???", "???\u00a05.00")],
)  # fmt: skip
def test_money_is_shown_in_the_decimals_of_its_currency(
    amount: str, currency: str, text: str
) -> None:
    assert words.money(amount, currency) == text


def test_changes_have_a_sign() -> None:
    assert words.percent(6.24) == "+6.2\u00a0%"
    assert words.percent(-0.8) == "\N{MINUS SIGN}0.8\u00a0%"
    assert words.percent(None) == "\N{EN DASH}"
    assert [words.signed(one) for one in (1204, 0, -3)] == ["+1,204", "0", "\N{MINUS SIGN}3"]


@pytest.mark.parametrize(
    ("name", "text", "before"),
    [("2026-10", "October 2026", "September"), ("2026-01", "January 2026", "December 2025"),
     ("2026-Q4", "Q4 2026", "the quarter before"),
     ("2026-11-02--2026-11-08", "2 to 8 November 2026", "the week before"),
     ("2026-12-28--2027-01-03", "28 December 2026 to 3 January 2027", "the week before")],
)  # fmt: skip
def test_periods_have_names(name: str, text: str, before: str) -> None:
    assert (words.period(name), words.before(name)) == (text, before)


def test_what_went_wrong_is_told_in_sentences() -> None:
    assert words.sentences("it is open", "wait for its end") == "It is open. Wait for its end."
    assert words.sentences("no plan.", "segue dsr plan X") == "No plan. segue dsr plan X"
    assert words.ago("now") == "just now"
    assert words.ago("2 h") == "2 h ago"
    assert words.ago("22 Oct 2026") == "on 22 Oct 2026"
    assert words.person("operator: ann") == "ann"
