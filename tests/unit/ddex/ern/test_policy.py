"""Policies: named ones, overrides, floors, and what they refuse."""

from __future__ import annotations

import pytest

from ddex import others
from ddex.ern.rules import (
    NORMAL,
    Context,
    Policy,
    PolicyInvalid,
    all_rules,
    apply,
    check,
    read_policy,
    rule,
)
from ddex.ern.rules.policy import FLOORS, Level
from ddex.findings import Finding, Severity
from tests.unit.ddex.ern.planting import codes, judged, message

RULES = all_rules()
STRICT, LENIENT = Policy(name="strict"), Policy(name="lenient")


def level(code: str, policy: Policy) -> Level:
    found = rule(code)
    assert found is not None
    return policy.level(code, found.number, found.severity)


@pytest.mark.parametrize(
    ("code", "strict", "normal", "lenient"),
    [
        ("ERN-0301", "reject", "reject", "reject"),
        ("ERN-1501", "reject", "hold", "warn"),
        ("ERN-1702", "hold", "warn", "warn"),
        ("ERN-1901", "reject", "reject", "reject"),
        ("ERN-1906", "warn", "warn", "warn"),
        ("ERN-2004", "hold", "off", "off"),
        ("ERN-2107", "reject", "hold", "hold"),
        ("ERN-2502", "warn", "warn", "warn"),
    ],
)
def test_named_policies(code: str, strict: str, normal: str, lenient: str) -> None:
    assert [level(code, p) for p in (STRICT, NORMAL, LENIENT)] == [strict, normal, lenient]


def test_a_code_goes_before_its_rule_and_both_before_the_name() -> None:
    policy = read_policy({"name": "strict", "overrides": {"17": "off", "ERN-1702": "warn"}}, RULES)
    assert level("ERN-1701", policy) == "off"
    assert level("ERN-1702", policy) == "warn"
    assert level("ERN-1501", policy) == "reject"


def test_floors_hold_under_rule_wide_overrides() -> None:
    numbers = {str(number): "off" for number in range(1, 26)}
    policy = read_policy({"overrides": numbers}, RULES)
    assert level("ERN-1901", policy) == "reject"
    assert level("ERN-2001", policy) == "reject"
    assert level("ERN-0301", policy) == "reject"
    assert level("ERN-0101", policy) == "reject"
    assert level("ERN-1902", policy) == "hold"
    assert level("ERN-1904", policy) == "off"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "stric"}, "did you mean strict?"),
        ({"overrides": {"ERN-1910": "off"}}, "did you mean ERN-190"),
        ({"overrides": {"26": "off"}}, "known: segue explain"),
        ({"overrides": {"17": "holds"}}, "did you mean hold?"),
        ({"overrides": {"ERN-1901": "warn"}}, "give reject"),
        ({"overrides": {"ERN-1902": "off"}}, "give reject or hold"),
        ({"numbers": {"cover_px": 3}}, "did you mean cover_"),
        ({"numbers": {"cover_warn_px": "huge"}}, "a number of pixels"),
    ],
)
def test_what_can_not_be_is_refused_with_a_suggestion(data: dict[str, object], words: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        read_policy(data, RULES)
    assert words in refused.value.remedy


def test_a_policy_survives_json() -> None:
    data = {"name": "lenient", "overrides": {"9": "reject"}, "numbers": {"cover_warn_px": 3000}}
    policy = read_policy(data, RULES)
    assert policy.to_json() == data
    assert read_policy({**data, "enriches_others": True}, RULES) == policy


def test_codes_and_numbers_are_read_as_people_write_them() -> None:
    policy = read_policy({"overrides": {" ern-1702 ": "HOLD", "09": "warn"}}, RULES)
    assert policy.overrides == {"ERN-1702": "hold", "9": "warn"}


def test_advice_that_becomes_a_hold_has_a_status() -> None:
    found = Finding(
        code="ERN-1904", rule=19, severity=Severity.WARN, ack_status="", message="m", remedy="r"
    )
    [held] = apply([found], STRICT)
    assert (held.severity, held.ack_status) == (Severity.HOLD, "UserDefined")
    assert list(apply([found], Policy(overrides={"19": Level.OFF}))) == []


def test_check_judges_by_the_policy_of_the_context() -> None:
    sums = (r"(?<=<Duration>)PT4S", "PT9S")
    assert codes(judged("43", sums)) == ["ERN-1702"]
    off = Context(policy=Policy(overrides={"17": Level.OFF}))
    assert codes(judged("43", sums, about=off)) == []
    [refused] = check(message("43", sums), Context(policy=Policy(overrides={"17": Level.REJECT})))
    assert refused.severity is Severity.REJECT


def test_every_floor_is_of_a_rule_that_exists() -> None:
    known = {each.code for each in (*RULES, *others.RULES)} | {"ERN-1907"}
    known |= {str(number) for number in range(26)}
    assert FLOORS.keys() <= known
