"""Rules 10, 12 and 13: what identifies a release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import (
    grid,
    gtin,
    gtin_check_digit,
    gtin_is_valid,
    is_placeholder,
    mod_37_36,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Identifier, Message, Release, Resource, ResourceGroup
    from ddex.ern.rules.context import Context

_IDS = "<ReleaseId><GRid>A1NWLX12026000001Z</GRid><ICPN>4006381333931</ICPN></ReleaseId>"
NO_RELEASE_ID = Rule(
    code="ERN-1001",
    number=10,
    severity=Severity.REJECT,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ReleaseId",
    text="The main release has a GRid, an ICPN or a ProprietaryId with Namespace.",
    remedy="Add the release's GRid or ICPN (UPC, EAN) to ReleaseId.",
    wrong='<ReleaseId><CatalogNumber Namespace="PADPIDA2013042401U">C1</CatalogNumber></ReleaseId>',
    right=_IDS,
)
NO_RELEASE_ID_3 = replace(
    NO_RELEASE_ID,
    code="ERN-1004",
    severity=Severity.HOLD,
    text="The main release of an ERN 3.8 message has a GRid, ICPN, ISRC or ProprietaryId.",
)
EMPTY_RELEASE_ID = Rule(
    code="ERN-1002",
    number=10,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ReleaseId",
    text="The identifier of the main release is a real one, neither empty nor a placeholder.",
    remedy="Fill in the release's true GRid or ICPN.",
    wrong="<ReleaseId><GRid>XXXX</GRid></ReleaseId>",
    right=_IDS,
)
NO_NAMESPACE = Rule(
    code="ERN-1003",
    number=10,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ProprietaryId",
    text="A ProprietaryId that identifies a release says in whose namespace.",
    remedy="Add the Namespace attribute, usually your DPID; or send a GRid or ICPN.",
    wrong="<ReleaseId><ProprietaryId>AL-1</ProprietaryId></ReleaseId>",
    right=_IDS,
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
RELATED_ICPN = Rule(
    code="ERN-1204",
    number=12,
    severity=Severity.WARN,
    ack_status="",
    clause="GS1 General Specifications",
    text="The ICPN of a related release, or of a part of the release, is a valid one.",
    remedy="Correct the number, or leave it out.",
    wrong="</ParentalWarningType><RelatedRelease>"
    "<ReleaseRelationshipType>IsDigitalEquivalentToPhysical</ReleaseRelationshipType>"
    "<ReleaseId><ICPN>4006381333932</ICPN></ReleaseId></RelatedRelease><ResourceGroup>",
    right="</ParentalWarningType><ResourceGroup>",
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
BAD_GRID = Rule(
    code="ERN-1301",
    number=13,
    severity=Severity.WARN,
    ack_status="IdentifierSyntaxInvalid",
    clause="GRid standard, form",
    text="A GRid has 18 letters and digits and starts with A1.",
    remedy="Write the GRid without blanks, or leave it out if the release has none.",
    wrong="<GRid>NIGHT-OWL-1</GRid>",
    right="<GRid>A1NWLX12026000001Z</GRid>",
)
BAD_GRID_CHECK = Rule(
    code="ERN-1302",
    number=13,
    severity=Severity.WARN,
    ack_status="IdentifierSyntaxInvalid",
    clause="GRid standard, check character (ISO 7064 mod 37,36)",
    text="The last character of a GRid is the check character of the others.",
    remedy="Check the GRid; one character is wrong.",
    wrong="<GRid>A1NWLX12026000001A</GRid>",
    right="<GRid>A1NWLX12026000001Z</GRid>",
)
RULES: tuple[Rule, ...] = (
    NO_RELEASE_ID,
    EMPTY_RELEASE_ID,
    NO_NAMESPACE,
    NO_RELEASE_ID_3,
    BAD_ICPN,
    BAD_CHECK_DIGIT,
    RELATED_ICPN,
    PLACEHOLDER_ICPN,
    BAD_GRID,
    BAD_GRID_CHECK,
)
_IDENTIFYING = frozenset({"GRid", "ICPN", "ProprietaryId"})


def check_release_id(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 10."""
    main = message.main_release
    if main is None or message.type != "NewReleaseMessage":
        return
    found = _identifying(message, main)
    if not found:
        rule = NO_RELEASE_ID_3 if message.version.startswith("38") else NO_RELEASE_ID
        text = "The main release has no GRid, ICPN or ProprietaryId."
        place = main.identifiers[0].place if main.identifiers else main.place
        yield rule.at(place, text, value=main.reference)
    elif not any(_identifies(each) for each in found):
        yield from _useless(found)


def _identifying(message: Message, main: Release) -> list[Identifier]:
    kinds = _IDENTIFYING | {"ISRC"} if message.version.startswith("38") else _IDENTIFYING
    return [each for each in main.identifiers if each.kind in kinds]


def _told_by_rule_10(message: Message) -> list[Identifier]:
    """The useless identifiers of a main release that has no other."""
    main = message.main_release
    found = _identifying(message, main) if main else []
    return [] if any(_identifies(each) for each in found) else found


def _identifies(each: Identifier) -> bool:
    named = each.kind != "ProprietaryId" or bool(each.namespace)
    return named and not is_placeholder(each.value)


def _useless(found: list[Identifier]) -> Iterator[Finding]:
    for each in found:
        if is_placeholder(each.value):
            text = f"The {each.kind} of the main release is {clip(each.value) or 'empty'!r}."
            yield EMPTY_RELEASE_ID.at(each.place, text, value=each.value)
        else:
            text = f"The ProprietaryId {clip(each.value)!r} of the main release has no Namespace."
            yield NO_NAMESPACE.at(each.place, text, value=each.value)


def _codes(message: Message, kind: str) -> Iterator[Identifier]:
    owned = [each.identifiers for each in message.releases]
    owned += [each.identifiers for each in message.catalog_items]
    return (code for codes in owned for code in codes if code.kind == kind)


def _related(message: Message, kind: str) -> Iterator[Identifier]:
    """Codes of other releases, and of those that groups stand for."""
    things: tuple[Release | Resource, ...] = (*message.releases, *message.resources)
    owned = [other.identifiers for each in things for other in each.related]
    for release in message.releases:
        if release.resource_group:
            owned += _of_groups(release.resource_group)
    return (code for codes in owned for code in codes if code.kind == kind)


def _of_groups(group: ResourceGroup) -> Iterator[tuple[Identifier, ...]]:
    yield group.identifiers
    for each in group.groups:
        yield from _of_groups(each)


def check_grid(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 13."""
    for code in (*_codes(message, "GRid"), *_related(message, "GRid")):
        normal = grid(code.value)
        if normal is None:
            text = f"{clip(code.value)!r} is no GRid." if code.value else "The GRid is empty."
            expected = "18 characters that start with A1"
            yield BAD_GRID.at(code.place, text, value=code.value, expected=expected)
        elif mod_37_36(normal[:-1]) != normal[-1]:
            right = mod_37_36(normal[:-1])
            text = f"The check character of GRid {clip(code.value)} should be {right}."
            yield BAD_GRID_CHECK.at(code.place, text, value=code.value, expected=right)


def check_icpn(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 12."""
    told = {code.place for code in _told_by_rule_10(message)}
    for code in _codes(message, "ICPN"):
        normal = gtin(code.value)
        if code.place in told:
            continue
        if is_placeholder(code.value):
            text = f"The ICPN is {clip(code.value) or 'empty'!r}, a placeholder."
            yield PLACEHOLDER_ICPN.at(code.place, text, value=code.value)
        elif normal is None:
            text = f"{clip(code.value)!r} is no ICPN."
            expected = "8, 12, 13 or 14 digits"
            yield BAD_ICPN.at(code.place, text, value=code.value, expected=expected)
        elif not gtin_is_valid(code.value):
            digit = gtin_check_digit(normal[:-1])
            text = f"The check digit of ICPN {clip(code.value)} should be {digit}."
            yield BAD_CHECK_DIGIT.at(code.place, text, value=code.value, expected=digit)
    for code in _related(message, "ICPN"):
        if not gtin_is_valid(code.value):
            text = f"{clip(code.value)!r} is no valid ICPN of a related release."
            yield RELATED_ICPN.at(code.place, text, value=code.value)
