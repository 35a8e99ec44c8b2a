"""What the pages of closings and deliveries say, worked out from what they are given."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.reporting.periods import parse_period
from server.web import closing_view, delivery_view


def closing(state: str = "planned", **change: Any) -> dict[str, Any]:
    service = {
        "holes": [], "counted": 110, "allocated_usages": 110, "days_before": [["2026-09-01", 100]],
        "money": {"EUR": {"net_revenue": "100", "shares": "100", "payments": "55.5"}},
    }  # fmt: skip
    lines = [{"id": "a", "check": "ready"}, {"id": "b", "check": "look"}]
    return {
        "period": "2026-10", "state": state, "approved_by": "", "files": [],
        "preview": {"service": {**service, **change}, "recipients": lines},
    }  # fmt: skip


def test_the_steps_of_a_closing_say_who_must_act() -> None:
    steps = closing_view.steps(closing(), [{}, {}, {}], four_eyes=True)
    assert [one["state"] for one in steps] == ["done"] * 2 + ["current"] + ["coming"] * 5
    assert [one["fact"] for one in steps[:4]] == [
        "October 2026", "2 of 3", "1 thing to look at", "By someone else",
    ]  # fmt: skip
    wrong = closing(holes=[{"level": "error"}])
    assert closing_view.steps(wrong, [], four_eyes=False)[2]["state"] == "failed"
    done = closing_view.steps(closing("acknowledged"), [], four_eyes=True)
    assert {one["state"] for one in done} == {"done"}


def test_figures_stand_against_the_period_before() -> None:
    before = closing()
    before["preview"]["service"]["money"] = {"EUR": {"payments": "50"}, "GBP": {"payments": "1"}}
    assert closing_view.against(closing(), before) == {"streams": 10.0, "pay": {"EUR": 11.0}}
    assert closing_view.against(closing(days_before=[]), None) == {"streams": None, "pay": {}}


@pytest.mark.parametrize(
    ("period", "before"),
    [("2026-10", "2026-09"), ("2027-01", "2026-12"), ("2026-Q1", "2025-Q4"),
     ("2026-11-02--2026-11-08", "")],
)  # fmt: skip
def test_the_period_before(period: str, before: str) -> None:
    assert closing_view.former(period) == before


def test_streams_that_a_society_is_told_of_are_not_added_twice() -> None:
    lines = [
        {"id": "a", "rows": 3, "usages": 10, "amounts": {"EUR": "1.10", "GBP": "2"}},
        {"id": "s", "rows": 2, "usages": 10, "amounts": {"EUR": "0.90"}},
    ]
    found = closing_view.totals(lines, {"a": "label", "s": "society"})
    assert found == {
        "rows": 5, "usages": 10, "amounts": {"EUR": "2.00", "GBP": "2"}, "societies": 1
    }  # fmt: skip


def test_why_plays_are_left_out() -> None:
    found = closing_view.left_out({"excluded: too_short": 1200, "quarantined: bot": 7, "x: y": 1})
    assert found.startswith("1,200 not heard long enough")
    assert found.endswith("; 1 more reason")
    assert closing_view.left_out({}) == ""


def test_a_report_is_due_where_an_agreement_says_so() -> None:
    period, today = parse_period("2026-10"), date(2026, 11, 21)
    assert closing_view.due(period, [{"due_days": None}, {}], today) is None
    terms = [{"due_days": 45}, {"due_days": 40}]
    assert closing_view.due(period, terms, today) == (date(2026, 12, 10), 19)


def delivery(state: str, *codes: tuple[str, str], **change: Any) -> dict[str, Any]:
    return {
        "state": state, "findings": [{"code": code, "severity": level} for code, level in codes],
        "files": 13, "bytes": 612_000_000, "message_id": "M1",
        "received_at": "2026-11-21T09:31:04+00:00", **change,
    }  # fmt: skip


MARKS = {"done": "d", "failed": "x", "current": ">", "coming": "."}


def states(found: list[dict[str, Any]]) -> str:
    return "".join(MARKS[one["state"]] for one in found)


def test_the_steps_of_a_delivery_say_where_it_stopped() -> None:
    found = [("ERN-1101", "reject"), ("ERN-2001", "reject"), ("ERN-1202", "warn")]
    refused = delivery("refused", *found)
    steps = delivery_view.steps(refused)
    assert states(steps) == "dddxx.."
    assert [one["fact"] for one in steps] == [
        "09:31:04", "13 files, 612 MB", "No findings", "1 error, 1 warning", "1 error", "Not yet",
        "Not yet",
    ]  # fmt: skip
    unread = delivery("refused", ("ERN-0101", "reject"), message_id=None)
    assert states(delivery_view.steps(unread)) == "ddx...."
    infected = delivery("refused", ("ERN-0012", "reject"), message_id=None)
    assert states(delivery_view.steps(infected)) == "dx....."


@pytest.mark.parametrize(
    ("state", "shape"),
    [("incomplete", "d>....."), ("checking", "dd>...."), ("transcoding", "ddddd>."),
     ("live", "ddddddd"), ("failed", "dddddx.")],
)  # fmt: skip
def test_the_steps_of_a_delivery_on_its_way(state: str, shape: str) -> None:
    assert states(delivery_view.steps(delivery(state))) == shape


def test_when_the_sender_was_told() -> None:
    answer = {"written_at": None, "at": "2026-11-21T09:32", "path": "acks/a.xml"}
    mail = {"sent_at": "2026-11-21T09:33", "operators": False}
    ours = {"sent_at": "2026-11-21T09:40", "operators": True}
    told = {"answers": [answer], "tellings": [mail, ours]}
    assert delivery_view.told_at(told) == "2026-11-21T09:33"
    assert delivery_view.told_at({"answers": [], "tellings": []}) == ""
