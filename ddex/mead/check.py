"""What can be wrong with a MEAD message beyond its schema. Codes `MEA-` + rule number + running
number, as in ERN; the rule numbers are those of the same thought there, 0 where there is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ddex import identifiers
from ddex.ern.rules import header
from ddex.ern.rules.context import Context
from ddex.findings import Finding, Rule, Severity, clip
from ddex.mead.keys import NORMAL, key_of, keys
from ddex.mead.model import RECORDING, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.mead.model import Mead, Subject

_CLAUSE = "DDEX MEAD part 1"


def _rule(code: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    """A warning; the number of the rule stands in the code."""
    return Rule(
        code=code,
        number=int(code[4:6]),
        severity=Severity.WARN,
        ack_status="",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


NOTHING_SAID = _rule(
    "MEA-0001",
    "A MEAD message says something about a release, recording, work or artist.",
    "Add a ReleaseInformationList, ResourceInformationList or WorkInformationList.",
    "<MeadMessage><MessageHeader>…</MessageHeader></MeadMessage>",
    "<ReleaseInformationList><ReleaseInformation>…",
)
NOTHING_SAID = replace(NOTHING_SAID, severity=Severity.REJECT, ack_status="MetadataMissing")
NO_IDENTIFIER = _rule(
    "MEA-1001",
    "What a MEAD message speaks of has an identifier by which it is found.",
    "Name a recording by its ISRC, a release by its ICPN or GRid, a work by its ISWC.",
    "<ResourceId></ResourceId>",
    "<ResourceId><ISRC>GBABC2500002</ISRC></ResourceId>",
)
MALFORMED_IDENTIFIER = _rule(
    "MEA-1002",
    "An identifier has the form of its kind.",
    "Correct the identifier; as it is, nothing is found by it.",
    "<ISRC>NOT AN ISRC</ISRC>",
    "<ISRC>GBABC2500002</ISRC>",
)
CHECK_DIGIT = _rule(
    "MEA-1201",
    "The check digit of an ICPN is right.",
    "Correct the ICPN, or its last digit.",
    "<ICPN>4006381333932</ICPN>",
    "<ICPN>4006381333931</ICPN>",
)
UNKNOWN_SOURCE = _rule(
    "MEA-0601",
    "A MetadataSourceReference names an entry of the MetadataSourceList.",
    "Add the source to the MetadataSourceList, or remove the reference.",
    "<MetadataSourceReference>U9</MetadataSourceReference>",
    "<MetadataSourceReference>U1</MetadataSourceReference>",
)
ODD_TEMPO = _rule(
    "MEA-1701",
    "Beats per minute are a number above 0 and below 1,000.",
    "Write the tempo as a number of beats per minute.",
    "<BeatsPerMinute><Value>-1</Value></BeatsPerMinute>",
    "<BeatsPerMinute><Value>120</Value></BeatsPerMinute>",
)
ODD_PERIOD = _rule(
    "MEA-2401",
    "A priority period ends no earlier than it starts.",
    "Correct PriorityPeriodStartDate or PriorityPeriodEndDate.",
    'PriorityPeriodStartDate="2026-03-01" PriorityPeriodEndDate="2026-02-01"',
    'PriorityPeriodStartDate="2026-03-01" PriorityPeriodEndDate="2026-04-01"',
)
FOREIGN_RELEASE = _rule(
    "MEA-0304",
    "A sender enriches its own releases; those of others only when the feed allows it.",
    "Ask the operator to let this feed enrich releases of others.",
    "an ICPN that another sender delivered",
    "an ICPN that this sender delivered",
)
UNKNOWN_SUBJECT = _rule(
    "MEA-0002",
    "What a MEAD message speaks of is in the catalogue, or arrives later.",
    "Nothing: it is kept, and applies as soon as the release arrives.",
    "an ISRC that nobody delivered yet",
    "an ISRC that this sender delivered",
)
RULES: tuple[Rule, ...] = (
    NOTHING_SAID,
    UNKNOWN_SUBJECT,
    FOREIGN_RELEASE,
    UNKNOWN_SOURCE,
    NO_IDENTIFIER,
    MALFORMED_IDENTIFIER,
    CHECK_DIGIT,
    ODD_TEMPO,
    ODD_PERIOD,
)
_NAMED = {RELEASE: "ReleaseId", RECORDING: "ResourceId"}


def check(mead: Mead, context: Context | None = None) -> Iterator[Finding]:
    """Every fault that the message and the context show, in document order by subject."""
    context = context or Context()
    yield from _header(mead, context)
    if not any(subject.facts for subject in mead.subjects):
        yield NOTHING_SAID.at(None, "The message has no information about anything.")
    sources = {source.reference for source in mead.sources}
    for subject in mead.subjects:
        yield from _identifiers(subject)
        yield from _facts(subject, sources)
        start, end = subject.priority
        if start and end and end < start:
            text = f"The priority period ends {clip(end)}, before it starts {clip(start)}."
            yield ODD_PERIOD.at(subject.place, text, value=end, expected=start)


def _header(mead: Mead, context: Context) -> Iterator[Finding]:
    """Rules 3 and 4, which are the same for every message."""
    inside = "/MeadMessage/MessageHeader"
    for run in (header.check_sender, header.check_message_id):
        for finding in run(mead.message, context):
            yield replace(finding, xpath=inside + finding.xpath, clause=f"{_CLAUSE}, MessageHeader")


def _identifiers(subject: Subject) -> Iterator[Finding]:
    if not keys(subject) and not subject.identifiers:
        named = _NAMED.get(subject.kind, "identifier")
        yield NO_IDENTIFIER.at(subject.place, f"The {subject.kind} has no usable {named}.")
    for each in subject.identifiers:
        if each.kind in NORMAL and key_of(each) is None:
            text = f"{clip(each.value)!r} is no {each.kind}."
            yield MALFORMED_IDENTIFIER.at(each.place, text, value=each.value)
        elif each.kind == "ICPN" and not identifiers.gtin_is_valid(each.value):
            text = f"The check digit of {clip(each.value)} is wrong."
            yield CHECK_DIGIT.at(each.place, text, value=each.value)


def _facts(subject: Subject, sources: set[str]) -> Iterator[Finding]:
    for fact in subject.facts:
        for reference in fact.sources:
            if reference not in sources:
                text = f"There is no metadata source {clip(reference)!r} in this message."
                yield UNKNOWN_SOURCE.at(fact.place, text, value=reference)
        if fact.kind == "bpm" and not 0 < (number(fact.value) or 0) < 1_000:
            text = f"{clip(fact.value)!r} is no tempo."
            yield ODD_TEMPO.at(fact.place, text, value=fact.value)


def number(text: str) -> float | None:
    """A decimal number as XML writes it, None for anything else (`inf`, `1_0`, `NaN`)."""
    digits = text.strip().lstrip("+-").replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
