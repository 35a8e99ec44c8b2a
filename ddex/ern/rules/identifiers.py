"""Rules 11 and 12: ISRC of recordings and ICPN of releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.release import primary_references
from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import gtin, gtin_check_digit, gtin_is_valid, is_placeholder, isrc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Identifier, Message, Resource
    from ddex.ern.rules.context import Context

BAD_ISRC = Rule(
    code="ERN-1101",
    number=11,
    severity=Severity.HOLD,
    ack_status="IdentifierSyntaxInvalid",
    clause="ISO 3901",
    text="An ISRC has two letters, three letters or digits, and seven digits.",
    remedy="Write the ISRC without blanks, e.g. GBAYE0601498.",
    wrong="<ISRC>NOT AN ISRC</ISRC>",
    right="<ISRC>GBAYE0601498</ISRC>",
)
NO_ISRC = Rule(
    code="ERN-1102",
    number=11,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX release profiles for ERN 4, common rules",
    text="Each primary sound recording has an ISRC.",
    remedy="Add the recording's ISRC to its ResourceId.",
    wrong='<ProprietaryId Namespace="PADPIDA2013042401U">REC-1</ProprietaryId>',
    right="<ISRC>GBAYE0601498</ISRC>",
)
REPEATED_ISRC = Rule(
    code="ERN-1103",
    number=11,
    severity=Severity.WARN,
    ack_status="IdentifierInvalid",
    clause="ISO 3901",
    text="Each recording of a release has its own ISRC.",
    remedy="Check the ISRCs; send a recording that occurs twice as one resource.",
    wrong="<ISRC>GB-AYE-06-01498</ISRC>",
    right="<ISRC>GBAYE0601499</ISRC>",
)
BAD_ICPN = Rule(
    code="ERN-1201",
    number=12,
    severity=Severity.REJECT,
    ack_status="IdentifierSyntaxInvalid",
    clause="GS1 General Specifications",
    text="An ICPN (UPC, EAN, JAN) has 8, 12, 13 or 14 digits.",
    remedy="Write the digits of the bar code, the check digit included.",
    wrong="<ICPN>x</ICPN>",
    right="<ICPN>4006381333931</ICPN>",
)
BAD_CHECK_DIGIT = Rule(
    code="ERN-1202",
    number=12,
    severity=Severity.WARN,
    ack_status="IdentifierSyntaxInvalid",
    clause="GS1 General Specifications, check digit",
    text="The last digit of an ICPN is the GS1 check digit of the others.",
    remedy="Check the number against the bar code.",
    wrong="<ICPN>4006381333932</ICPN>",
    right="<ICPN>4006381333931</ICPN>",
)
PLACEHOLDER_ICPN = Rule(
    code="ERN-1203",
    number=12,
    severity=Severity.HOLD,
    ack_status="IdentifierSyntaxInvalid",
    clause="GS1 General Specifications",
    text="An ICPN is a real number, not a placeholder.",
    remedy="Fill in the digits of the bar code, or leave ICPN out.",
    wrong="<ICPN>XXXX</ICPN>",
    right="<ICPN>4006381333931</ICPN>",
)
RULES: tuple[Rule, ...] = (
    BAD_ISRC,
    NO_ISRC,
    REPEATED_ISRC,
    BAD_ICPN,
    BAD_CHECK_DIGIT,
    PLACEHOLDER_ICPN,
)


def check_isrc(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 11."""
    primary = {ref for release in message.releases for ref in primary_references(release)}
    owners: dict[str, Resource] = {}
    for resource in message.resources:
        codes = [each for each in resource.identifiers if each.kind == "ISRC"]
        if not codes and resource.kind == "SoundRecording" and resource.reference in primary:
            text = f"Recording {clip(resource.reference)!r} has no ISRC."
            yield NO_ISRC.at(resource.place, text, resource=resource.reference)
        for code in codes:
            yield from _check_isrc(code, resource, owners)


def _check_isrc(
    code: Identifier, resource: Resource, owners: dict[str, Resource]
) -> Iterator[Finding]:
    normal = isrc(code.value)
    if normal is None:
        text = f"{clip(code.value)!r} is no ISRC." if code.value else "The ISRC is empty."
        yield BAD_ISRC.at(
            code.place, text, value=code.value, expected="CCXXX0000000", resource=resource.reference
        )
        return
    owner = owners.setdefault(normal, resource)
    if owner is not resource:
        text = f"ISRC {normal} of {clip(resource.reference)!r} is also that of {owner.reference!r}."
        yield REPEATED_ISRC.at(code.place, text, value=code.value, resource=normal)


def check_icpn(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 12."""
    for release in message.releases:
        for code in release.identifiers:
            if code.kind == "ICPN":
                yield from _check_icpn(code)


def _check_icpn(code: Identifier) -> Iterator[Finding]:
    normal = gtin(code.value)
    if is_placeholder(code.value):
        text = f"The ICPN is {clip(code.value) or 'empty'!r}, a placeholder."
        yield PLACEHOLDER_ICPN.at(code.place, text, value=code.value)
    elif normal is None:
        text = f"{clip(code.value)!r} is no ICPN."
        yield BAD_ICPN.at(code.place, text, value=code.value, expected="8, 12, 13 or 14 digits")
    elif not gtin_is_valid(code.value):
        digit = gtin_check_digit(normal[:-1])
        text = f"The check digit of ICPN {code.value} should be {digit}."
        yield BAD_CHECK_DIGIT.at(code.place, text, value=code.value, expected=digit)
