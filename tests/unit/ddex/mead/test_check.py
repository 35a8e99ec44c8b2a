"""Faults planted into a MEAD message are named with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ddex.ern.rules.context import Context, Feed
from ddex.findings import Outcome
from ddex.others import examine_other
from tests.fixtures.mead import mead_message

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.ern.examine import Examination

SENDER = "PADPIDA2013042401U"
OURS = "PADPIDA20261121011"
ISRC = "<ResourceId><ISRC>XSEGU2600001</ISRC></ResourceId>"
FEED = Feed(dpids=frozenset({SENDER}), our_dpid=OURS)


def judge(folder: SchemaFolder, data: bytes, context: Context | None = None) -> Examination:
    found = examine_other(data, resource=folder, context=context)
    assert found is not None
    return found


def planted(old: str, new: str, version: str = "101") -> bytes:
    text = mead_message(sender=SENDER, recipient=OURS, version=version).decode()
    assert text.count(old) == 1, old
    return text.replace(old, new).encode()


@pytest.mark.parametrize("version", ["10", "101"])
def test_a_good_message_is_accepted(schema_folder: SchemaFolder, version: str) -> None:
    data = mead_message(sender=SENDER, recipient=OURS, version=version)
    found = judge(schema_folder, data, Context(feed=FEED))
    assert (found.findings, found.schema, found.version) == ((), "used", version)
    assert found.outcome is Outcome.ACCEPT


def test_11_has_no_schema_here(schema_folder: SchemaFolder) -> None:
    found = judge(schema_folder, mead_message(sender=SENDER, recipient=OURS, version="11"))
    assert (found.schema, found.skipped, found.outcome) == ("absent", (2,), Outcome.ACCEPT)


@pytest.mark.parametrize(
    ("old", "new", "code", "step"),
    [
        (
            f"{ISRC}\n        <DisplayTitle>",
            "<ResourceId><ISRC>NOT AN ISRC</ISRC></ResourceId><DisplayTitle>",
            "MEA-1002",
            "/ISRC",
        ),
        (
            f"{ISRC}\n        <DisplayTitle>",
            "<ResourceId></ResourceId><DisplayTitle>",
            "MEA-1001",
            "/ResourceInformation",
        ),
        ("<ICPN>4006381333931</ICPN>", "<ICPN>4006381333932</ICPN>", "MEA-1201", "/ICPN"),
        ("<SourceReference>U1<", "<SourceReference>U2<", "MEA-0601", "/Mood"),
        (
            "<BeatsPerMinute><Value>120<",
            "<BeatsPerMinute><Value>0<",
            "MEA-1701",
            "/BeatsPerMinute",
        ),
        (
            'PeriodEndDate="2026-12-01"',
            'PeriodEndDate="2026-10-01"',
            "MEA-2401",
            "/ReleaseInformation",
        ),
        ("<Theme><Value>Carnival<", "<Theme><Value>Zzz<", "ERN-0205", "/Theme/Value"),
    ],
)
def test_what_is_only_told(
    schema_folder: SchemaFolder, old: str, new: str, code: str, step: str
) -> None:
    found = judge(schema_folder, planted(old, new), Context(feed=FEED))
    [finding, *_] = found.findings
    assert (finding.code, found.outcome) == (code, Outcome.ACCEPT)
    assert step in finding.xpath
    assert finding.line
    assert finding.column
    assert finding.remedy


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<BeatsPerMinute><Value>120<", "<BeatsPerMinute><Value>fast<", "ERN-0203"),
        ("<MessageId>MEAD-1</MessageId>", "", "ERN-0201"),
        (f"<PartyId>{OURS}<", "<PartyId>PADPIDA2009101501Y<", "ERN-0302"),
        (f"<PartyId>{SENDER}<", "<PartyId>PADPIDA2009101501Y<", "ERN-0301"),
        ("</ReleaseInformationList>", "", "ERN-0101"),
    ],
)
def test_what_is_refused(schema_folder: SchemaFolder, old: str, new: str, code: str) -> None:
    found = judge(schema_folder, planted(old, new), Context(feed=FEED))
    assert found.outcome is Outcome.REJECT
    assert code in {each.code for each in found.findings}


def test_a_message_that_says_nothing(schema_folder: SchemaFolder) -> None:
    text = mead_message(sender=SENDER, recipient=OURS).decode()
    start, end = text.index("  <PartyInformationList>"), text.index("</mead:MeadMessage>")
    found = judge(schema_folder, (text[:start] + text[end:]).encode(), Context(feed=FEED))
    assert [each.code for each in found.findings] == ["MEA-0001"]
    assert found.outcome is Outcome.REJECT


def test_another_root_or_version(schema_folder: SchemaFolder) -> None:
    for data in (planted("</mead:MeadMessage>", "</mead:Feed>"), b"<x/>"):
        swapped = data.replace(b"<mead:MeadMessage", b"<mead:Feed")
        found = examine_other(swapped, resource=schema_folder)
        assert found is None or [each.code for each in found.findings] == ["MEA-0101"]
    old = planted("http://ddex.net/xml/mead/101", "http://ddex.net/xml/mead/09")
    assert [each.code for each in judge(schema_folder, old).findings] == ["MEA-0101"]
