"""Rules 1 and 2 in each version: what can't be read, and what the schema refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from ddex.findings import Severity
from tests.fixtures.ern_messages import PLANTED, base, planted, replace_once
from tests.unit.ddex.ern.rules.planting import KNOWN, judge

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
UNREADABLE = {
    "not closed": ("</ResourceList>", "", "ERN-0101"),
    "bare ampersand": (
        "Harbour Lights</TitleText>\n",
        "Harbour & Lights</TitleText>\n",
        "ERN-0101",
    ),
    "DOCTYPE": (DECLARATION, f"{DECLARATION}<!DOCTYPE m>", "ERN-0102"),
    "entity": (DECLARATION, f'{DECLARATION}<!DOCTYPE m [<!ENTITY a "b">]>', "ERN-0102"),
    "encoding": (DECLARATION, DECLARATION.replace("UTF-8", "klingon"), "ERN-0105"),
    "no ERN namespace": ("http://ddex.net/xml/ern/", "http://example.net/ern/", "ERN-0111"),
    "old version": ("http://ddex.net/xml/ern/", "http://ddex.net/xml/ern/37/", "ERN-0112"),
}


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(version: str, name: str) -> None:
    old, new, code = UNREADABLE[name]
    text = base(version).decode()
    assert old in text
    findings = judge(text.replace(old, new, 1).encode())
    assert [(each.code, each.rule, each.severity) for each in findings] == [
        (code, 1, Severity.REJECT)
    ]
    assert findings[0].line > 0


@pytest.mark.parametrize("version", PLANTED)
def test_another_root(version: str) -> None:
    data = base(version).replace(b"ern:NewReleaseMessage", b"ern:ReleaseMessage")
    assert [each.code for each in judge(data)] == ["ERN-0113"]


THREAD = "<MessageThreadId>T1</MessageThreadId>"
ID = "<MessageId>NIGHT-OWL-2026-0001</MessageId>"
START = "<StartDate>2026-03-06</StartDate>"
SHARE = "<RightSharePercentage>60</RightSharePercentage>"
INVALID = {
    "unknown element": (THREAD, "<Mood/>", "ERN-0201"),
    "missing element": (THREAD + ID, THREAD, "ERN-0201"),
    "date": (START, START.replace("2026-03-06", "06/03/2026"), "ERN-0203"),
    "number": (SHARE, SHARE.replace("60", "most"), "ERN-0203"),
    "unknown attribute": ("<MessageHeader>", '<MessageHeader Mood="blue">', "ERN-0204"),
    "empty composite": ("<MessageSender>", "<MessageSender/><MessageSender>", "ERN-0202"),
}


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("name", INVALID)
def test_invalid(version: str, name: str, schema_folder: SchemaFolder) -> None:
    old, new, code = INVALID[name]
    findings = examine(planted(version, old, new), resource=schema_folder, context=KNOWN).findings
    mine = [each for each in findings if each.rule == 2]
    assert (mine[0].code, mine[0].severity) == (code, Severity.REJECT)
    assert mine[0].line > 0


@pytest.mark.parametrize("version", PLANTED)
def test_a_value_of_a_newer_set_is_held(version: str, schema_folder: SchemaFolder) -> None:
    data = planted(version, "<ReleaseType>Album</ReleaseType>", "<ReleaseType>Reel</ReleaseType>")
    findings = examine(data, resource=schema_folder, context=KNOWN).findings
    assert [(each.code, each.severity, each.value) for each in findings] == [
        ("ERN-0205", Severity.HOLD, "Reel")
    ]


def test_replace_once_wants_exactly_one_place() -> None:
    with pytest.raises(AssertionError, match="2 times"):
        replace_once(b"<a/><a/>", "<a/>", "")
