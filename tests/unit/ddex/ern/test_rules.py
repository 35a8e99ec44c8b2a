"""Rules beyond their table examples: the edges of each."""

from __future__ import annotations

from datetime import date

import pytest

from ddex.ern.model import Deal, Message, Period
from ddex.ern.reader import read
from ddex.ern.rules import Context, Feed, check, skipped
from ddex.ern.rules.deals import is_active
from ddex.findings import Finding, Severity, clip, fold, outcome
from ddex.xml import parse
from tests.unit.ddex.ern.messages import ALBUM, DEALS, OTHER_LABEL, SENDER, US, Remembered, planted


def message(right: str = "", wrong: str = "") -> Message:
    return read(parse(planted(right, wrong) if right else ALBUM.encode()))


def codes(found: Message, context: Context | None = None) -> list[str]:
    return [finding.code for finding in check(found, context)]


def test_party_ids_are_compared_without_hyphens() -> None:
    feed = Feed(dpids=frozenset({"PA-DPIDA-2013042401-U"}), our_dpid=US.lower())
    assert codes(message(), Context(feed=feed)) == []


def test_a_test_message_is_welcome_on_a_test_feed() -> None:
    found = message("LiveMessage", "TestMessage")
    feed = Feed(dpids=frozenset({SENDER}), our_dpid=US, is_test=True)
    assert codes(found, Context(feed=feed)) == []


def test_without_our_own_dpid_the_recipient_is_not_judged() -> None:
    feed = Feed(dpids=frozenset({SENDER}))
    assert codes(message(US, "PADPIDA2009101501Y"), Context(feed=feed)) == []


def test_skipped_rules_depend_on_the_context() -> None:
    assert skipped() == (3, 4, 20)
    context = Context(feed=Feed(dpids=frozenset()), history=Remembered(), files={}, hashes={})
    assert skipped(context) == ()


def behalf_of(dpid: str) -> Message:
    part = f"</MessageSender><SentOnBehalfOf><PartyId>{dpid}</PartyId></SentOnBehalfOf>"
    return message("</MessageSender>", part)


def test_what_another_sender_delivered_is_not_replaced_on_the_same_behalf() -> None:
    context = Context(history=Remembered())
    assert codes(behalf_of(OTHER_LABEL), context) == ["ERN-0304"]
    assert codes(behalf_of("PADPIDA2014120301L"), context) == []
    assert codes(behalf_of("PA-DPIDA-2013042401-U"), context) == []  # for itself
    assert codes(behalf_of(OTHER_LABEL)) == []


def test_a_repeat_is_no_fault() -> None:
    context = Context(history=Remembered(), digest="these")
    found = check(message(">M1<", ">USED-WITH-THESE-BYTES<"), context)
    assert [(f.code, f.severity, f.ack_status) for f in found] == [
        ("ERN-0402", Severity.WARN, "FileOK")
    ]


def test_wrong_kinds_and_empty_references_are_told_apart() -> None:
    wrong = "<LinkedReleaseResourceReference>P1</LinkedReleaseResourceReference>"
    right = wrong.replace("P1", "A3")
    assert codes(message(right, wrong)) == ["ERN-0603"]
    assert codes(message(right, wrong.replace("P1", ""))) == ["ERN-0602"]


def test_a_proprietary_id_in_a_namespace_identifies_a_release() -> None:
    own = f'<ProprietaryId Namespace="{SENDER}">AL-1</ProprietaryId>'
    assert codes(message("<ICPN>4006381333931</ICPN>", own)) == []


def test_one_true_identifier_beside_a_placeholder_is_enough_for_rule_10() -> None:
    both = "<GRid>A10302B0003989564F</GRid><ICPN>0000000000000</ICPN>"
    assert codes(message("<ICPN>4006381333931</ICPN>", both)) == ["ERN-1203"]


def test_placeholders_are_held_never_refused() -> None:
    for value in ("XXXX", "0000000000000", "", "TBD"):
        found = check(message("<ICPN>4006381333931</ICPN>", f"<ICPN>{value}</ICPN>"))
        assert {f.code for f in found} == {"ERN-1002", "ERN-1203"}
        assert outcome(found) == "hold"


def test_a_supplemental_recording_needs_no_isrc() -> None:
    extra = (
        '<SoundRecording IsSupplemental="true"><ResourceReference>A9</ResourceReference>'
        "</SoundRecording></ResourceList>"
    )
    assert codes(message("</ResourceList>", extra)) == []


@pytest.mark.parametrize("isrc", ["GB-AYE-06-01498", "ISRC GBAYE0601498", "gbaye0601498"])
def test_isrcs_are_read_in_their_common_spellings(isrc: str) -> None:
    assert codes(message("GBAYE0601498", isrc)) == []


def test_no_deal_is_a_take_down_only_for_a_known_release() -> None:
    bare = message(DEALS, "")
    assert codes(bare) == ["ERN-2502"]
    assert codes(bare, Context(history=Remembered(live=True))) == ["ERN-2501"]
    assert codes(bare, Context(history=Remembered(live=False))) == ["ERN-2502"]


def test_deals_that_ended_are_no_deals() -> None:
    start = "<StartDate>2026-01-01</StartDate>"
    ended = message(start, start + "<EndDate>2026-06-30</EndDate>")
    assert codes(ended, Context(today=date(2026, 6, 30))) == []
    assert codes(ended, Context(today=date(2026, 11, 21))) == ["ERN-2502"]
    assert codes(ended) == []


@pytest.mark.parametrize(
    ("end", "active"),
    [
        ("", True),
        ("2026-11-21", True),
        ("2026-11-20", True),  # still that day west of here
        ("2026-11-19", False),
        ("2026-11-20T23:00:00Z", True),
        ("2026", True),
        ("2025", False),
        ("2026-10", False),
        ("2026-11", True),
    ],
)
def test_the_end_of_a_deal(end: str, active: bool) -> None:  # noqa: FBT001 - a table
    deal = Deal(release_references=("R0",), periods=(Period(end=end),))
    assert is_active(deal, date(2026, 11, 21)) is active


@pytest.mark.parametrize(
    ("start", "exists"),
    [
        ("2026-02-28", True),
        ("2026-02-29", False),
        ("2028-02-29", True),
        ("2026", True),
        ("2026-13", False),
        ("0000-00-00", False),
        ("2026-01-01T24:00:00Z", True),
        ("2026-01-01+02:00", True),
    ],
)
def test_the_date_of_a_deal_is_in_the_calendar(start: str, exists: bool) -> None:  # noqa: FBT001 - a table
    found = codes(message("<StartDate>2026-01-01</StartDate>", f"<StartDate>{start}</StartDate>"))
    assert found == ([] if exists else ["ERN-2505"])


def test_a_take_down_flag_is_no_deal() -> None:
    assert not is_active(Deal(release_references=("R0",), is_takedown=True), None)


def test_user_defined_values_explain_themselves() -> None:
    full = f'<ReleaseType Namespace="{SENDER}" UserDefinedValue="Mixtape">UserDefined</ReleaseType>'
    assert codes(message("<ReleaseType>Album</ReleaseType>", full)) == []


@pytest.mark.parametrize("share", ["101", "-1", "all", ""])
def test_impossible_shares(share: str) -> None:
    part = "<RightSharePercentage>{}</RightSharePercentage>"
    assert codes(message(part.format(100), part.format(share))) == ["ERN-2504"]


def finding(code: str, severity: Severity = Severity.WARN, message: str = "m") -> Finding:
    return Finding(code=code, rule=1, severity=severity, ack_status="", message=message, remedy="r")


def test_fold_counts_and_keeps_the_worst() -> None:
    warnings = [finding("ERN-0001", message=str(n)) for n in range(10)]
    found = fold([*warnings, *warnings, finding("ERN-0002", Severity.REJECT)], limit=5)
    assert len(found) == 5
    assert found[0].code == "ERN-0002"
    assert found[1].count == 2


def test_findings_survive_json() -> None:
    found = finding("ERN-0001", Severity.HOLD)
    assert Finding.from_json(found.to_json()) == found


def test_values_are_cut_and_made_printable() -> None:
    assert clip("a" * 300) == "a" * 199 + "…"
    assert clip("a\x00b\u202ec") == "a\ufffdb\ufffdc"
