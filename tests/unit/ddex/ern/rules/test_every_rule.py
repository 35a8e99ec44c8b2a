"""All 25 rules at one glance: a fault of each, planted into three versions, and the rule names it.

What each rule says in detail is tested beside its module.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from tests.fixtures.ern_messages import MESSAGE_ID, PLANTED, compact, files
from tests.unit.ddex.ern.planting import HERE, SOUND
from tests.unit.ddex.ern.rules.planting import KNOWN, USED, Remembered

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

Plant = tuple[str, str]
DIGESTS = {(name, "md5"): hashlib.md5(data).digest() for name, data in files("43").items()}  # noqa: S324 - DDEX's
WITH_FILES = replace(KNOWN, files=HERE, hashes=DIGESTS, media=SOUND)
APPLIED = replace(WITH_FILES, history=Remembered(applied="20260401000000000"))
REFERENCE = "<ReleaseResourceReference[^>]*>"
FAULTS: dict[int, Plant | dict[str, Plant]] = {
    1: (r"</ern:NewReleaseMessage>$", "</ern:OtherMessage>"),
    2: ("<MessageThreadId>", "<Unheard/><MessageThreadId>"),
    3: ("LiveMessage", "TestMessage"),
    4: (MESSAGE_ID, USED),
    5: ("<Year>2026", "<Year>2025"),  # what is late is the folder
    6: ("<DealReleaseReference>R0", "<DealReleaseReference>R9"),
    7: (
        r"(<ResourceReference>)A3(.*)",
        r"\1A9\2",
    ),
    8: {
        "3": (' IsMainRelease="true"', ""),
        "4": (r"<Release>.*?</Release>", ""),
    },
    9: {
        "3": (r"(TrackRelease.*?)A2", r"\1A1"),
        "4": (rf"(<TrackRelease>.*?{REFERENCE})A1", r"\1A2"),
    },
    10: (r"<GRid>\w+</GRid><ICPN>\d+</ICPN>", "<ICPN/>"),
    11: ("<ISRC>QZNWL2600001", "<ISRC>NOT AN ISRC"),
    12: ("<ICPN>4006381333931", "<ICPN>4006381333932"),
    13: ("<GRid>A1NWLX12026000001Z", "<GRid>A1NWLX12026000001A"),
    14: ("<ISWC>T0345246801", "<ISWC>T03452468"),
    15: ("<ParentalWarningType>NotExplicit</ParentalWarningType>", ""),
    16: (
        rf"(<SequenceNumber>)2(</SequenceNumber>(?:<ResourceType>\w+</ResourceType>)?{REFERENCE}A2)",
        r"\g<1>1\2",
    ),
    17: ("<Duration>PT4S", "<Duration>PT9M"),
    18: ("FrontCoverImage", "BackCoverImage"),
    19: {
        "3": ("<FileName>01.flac", "<FileName>lost.flac"),
        "4": ("resources/01.flac", "resources/lost.flac"),
    },
    20: (r"(<HashSum(?:Value)?>)[0-9a-f]{32}", r"\g<1>" + "0" * 32),
    21: ("<AudioCodecType>FLAC", "<AudioCodecType>MP3"),
    22: ("(<DealTerms>.*?)Worldwide", r"\1XX"),
    23: ("<UseType>OnDemandStream", "<UseType>Stream</UseType><UseType>OnDemandStream"),
    24: (r"(<StartDate>2026-03-06</StartDate>)", r"\1<EndDate>2026-03-01</EndDate>"),
    25: (r"<Deal>.*?</Deal>", ""),
}


def planted(version: str, number: int) -> bytes:
    fault = FAULTS[number]
    pattern, wrong = fault[version[0]] if isinstance(fault, dict) else fault
    made, count = re.subn(pattern, wrong, compact(version).decode(), count=1)
    assert count == 1, (version, number)
    return made.encode()


def test_there_is_a_fault_of_each_rule() -> None:
    assert list(FAULTS) == list(range(1, 26))


@pytest.mark.parametrize("version", PLANTED)
@pytest.mark.parametrize("number", FAULTS)
def test_the_rule_names_its_fault(number: int, version: str, schema_folder: SchemaFolder) -> None:
    about = APPLIED if number == 5 else WITH_FILES
    found = examine(planted(version, number), resource=schema_folder, context=about).findings
    mine = [finding for finding in found if finding.rule == number]
    assert mine, [(finding.code, finding.message) for finding in found]
    assert mine[0].code.startswith(f"ERN-{number:02}")
    assert mine[0].remedy
