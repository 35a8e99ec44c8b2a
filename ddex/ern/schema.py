"""Rule 2: what the schema of the message's own version says, in plain sentences.

A value that is not in an allowed-value set is graded apart (hold): the sets move faster than the
schemas. Everything else the schema refuses is a reject.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ddex import xsd
from ddex.findings import Finding, Rule, Severity, clip
from ddex.xml import Spot

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from ddex.ern.versions import Version
    from ddex.xml import Document


def _rule(
    code: str, text: str, remedy: str, wrong: str, right: str, severity: Severity = Severity.REJECT
) -> Rule:
    return Rule(
        code=code,
        number=2,
        severity=severity,
        ack_status="NewReleaseMessageInvalid",
        clause="XML schema of the ERN version, release-notification.xsd",
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


ELEMENT = _rule(
    "ERN-0201",
    "Each element stands where the schema allows it, in the schema's order.",
    "Put the expected element there, or move or remove the one that is not expected.",
    "<MessageThreadId>T1</MessageThreadId>",
    "<MessageThreadId>T1</MessageThreadId><MessageId>M1</MessageId>",
)
CHILDREN = _rule(
    "ERN-0202",
    "An element holds all the children that the schema demands.",
    "Add one of the expected child elements.",
    "<ValidityPeriod></ValidityPeriod>",
    "<ValidityPeriod><StartDate>2026-01-01</StartDate></ValidityPeriod>",
)
VALUE = _rule(
    "ERN-0203",
    "A value has the form of its type: date, duration, number, pattern.",
    "Write the value in the form of its type.",
    "<Duration>2:28</Duration>",
    "<Duration>PT2M28S</Duration>",
)
ATTRIBUTE = _rule(
    "ERN-0204",
    "An element has the attributes that the schema demands, and no others.",
    "Add the missing attribute, or remove the one that the schema does not know.",
    'LanguageAndScriptCode="en"',
    'AvsVersionId="3" LanguageAndScriptCode="en"',
)
ALLOWED_VALUE = _rule(
    "ERN-0205",
    "A value from an allowed-value set is one of that set.",
    "Use a value of the set, or UserDefined with Namespace and UserDefinedValue; "
    "for a value of a newer set, ask the recipient to update its copy.",
    "<UseType>Streem</UseType>",
    "<UseType>OnDemandStream</UseType>",
    Severity.HOLD,
)
TEXT = _rule(
    "ERN-0206",
    "An element that holds elements holds no text of its own.",
    "Remove the text between the child elements.",
    "<ReleaseId>4006381333931<ICPN>4006381333931</ICPN></ReleaseId>",
    "<ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>",
)
OTHER = _rule(
    "ERN-0299",
    "The message is valid for the schema of its version.",
    "Compare the place with the schema.",
    '<Release xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Nothing">',
    "<Release>",
)
TOO_MANY = _rule(
    "ERN-0207",
    "The schema refuses a few places of a message at most, so that each can be named.",
    "Validate the message with the schema of its version before sending it.",
    "<UseType>Streem</UseType> in thousands of deals",
    "<UseType>OnDemandStream</UseType>",
)
RULES: tuple[Rule, ...] = (
    ELEMENT,
    CHILDREN,
    VALUE,
    ATTRIBUTE,
    ALLOWED_VALUE,
    TEXT,
    TOO_MANY,
    OTHER,
)


def validate(
    document: Document,
    version: Version,
    resource: xsd.Resource,
    stop: threading.Event | None = None,
) -> tuple[Finding, ...]:
    """Findings of rule 2, in document order; empty when the message is valid.

    Raises:
        SchemaAbsent: the schema is not there; the caller says so and goes on.
        SchemaUnusable: the schema does not compile.
        MessageUnreadable: the bytes are broken.
        Stopped: `stop` was set.
    """
    if version.alias:
        document = document.of_namespace(version.namespace)
    return judge(document, version.schema, resource, stop)


def judge(
    document: Document, name: str, resource: xsd.Resource, stop: threading.Event | None = None
) -> tuple[Finding, ...]:
    """As `validate`, for the schema resource of this name; lines are 0 until placed."""
    compiled = xsd.schema(resource, name)
    violations = compiled.violations(document, stop=stop)
    if violations and violations[-1].kind == xsd.TOO_MANY:
        return tuple(_flood(violations, document, compiled, stop))
    return tuple(_findings(violations, compiled))


def _flood(
    violations: tuple[xsd.Violation, ...],
    document: Document,
    compiled: xsd.Schema,
    stop: threading.Event | None,
) -> Iterator[Finding]:
    """Unknown values alone are held, however many; whether there is more must be looked up."""
    last = violations[-1]
    told = list(_findings(violations[:-1], compiled))
    yield from told
    if any(each.severity is Severity.REJECT for each in told) or not compiled.is_sound(
        document, stop
    ):
        text = f"The schema refuses {last.message} in this message; the others are not listed."
        yield TOO_MANY.at(Spot(xpath=f"/{document.name}"), text)


def _findings(violations: tuple[xsd.Violation, ...], compiled: xsd.Schema) -> Iterator[Finding]:
    last = ""
    for each in violations:
        # libxml2 may tell a bad value twice: once for the facet, once for the type.
        if each.path == last and each.kind.startswith("SCHEMAV_CVC_DATATYPE"):
            continue
        last = each.path if each.kind.endswith("_VALID") else ""
        yield _finding(each, compiled)


def _finding(violation: xsd.Violation, compiled: xsd.Schema) -> Finding:
    spot = Spot(violation.line, violation.path)
    name, attribute, text = _split(violation.message)
    where = f"attribute {attribute} of <{name}>" if attribute else f"<{name}>"
    kind = violation.kind
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        return _content(spot, name, text)
    if kind == "SCHEMAV_CVC_ENUMERATION_VALID":
        return _enumeration(spot, where, text)
    if kind.startswith("SCHEMAV_CVC_COMPLEX_TYPE_2"):
        return TEXT.at(spot, f"<{name}> holds text; only elements may stand in it.")
    if kind.startswith("SCHEMAV_CVC_COMPLEX_TYPE"):
        return ATTRIBUTE.at(spot, f"<{name}>: {_lower(text)}", value=attribute)
    if kind.startswith("SCHEMAV_CVC_DATATYPE") or "facet" in text:
        return _value(spot, where, text, compiled)
    return OTHER.at(spot, f"<{name}>: {clip(text)}")


_PREFIX = re.compile(r"Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: ")


def _split(message: str) -> tuple[str, str, str]:
    found = _PREFIX.match(message)
    if found is None:
        return "", "", message.strip()
    return clip(found[1], 80), clip(found[2] or "", 80), message[found.end() :].strip()


def _content(spot: Spot, name: str, text: str) -> Finding:
    expected = _expected(text)
    hint = f" Expected: {expected}." if expected else ""
    if text.startswith("Missing child"):
        return CHILDREN.at(spot, f"<{name}> lacks a child element.{hint}", expected=expected)
    return ELEMENT.at(spot, f"<{name}> is not expected here.{hint}", value=name, expected=expected)


def _expected(text: str) -> str:
    found = re.search(r"Expected is (?:one of )?\( (.*) \)\.", text)
    return re.sub(r"\{[^}]*\}", "", found[1]) if found else ""


def _enumeration(spot: Spot, where: str, text: str) -> Finding:
    found = re.search(r"The value '(.*)' is not an element of the set \{(.*)\}\.", text, re.DOTALL)
    value, allowed = (found[1], re.findall(r"'([^']*)'", found[2])) if found else ("", [])
    return _not_allowed(spot, where, value, allowed)


def _not_allowed(spot: Spot, where: str, value: str, allowed: Sequence[str]) -> Finding:
    near = _near(value[:80], tuple(allowed))
    hint = f" Near: {', '.join(near)}." if near else ""
    return ALLOWED_VALUE.at(
        spot,
        f"{where} has the value {clip(value)!r}, which is not in its allowed-value set.{hint}",
        value=value,
        expected=", ".join(near or allowed),
    )


@lru_cache(maxsize=256)
def _near(value: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Values that were perhaps meant, best first; letter case does not count."""
    by_fold = {each.casefold(): each for each in allowed}
    near = difflib.get_close_matches(value.casefold(), by_fold, n=3)
    return tuple(by_fold[each] for each in near)


def _value(spot: Spot, where: str, text: str, compiled: xsd.Schema) -> Finding:
    facet = re.search(r"The value '(.*?)' is not accepted by the pattern '(.*)'\.", text, re.DOTALL)
    kind = re.search(r"'(.*)' is not a valid value of the (\w+) type '(.*)'\.", text, re.DOTALL)
    if facet:
        value, expected = facet[1], f"pattern {facet[2]}"
    elif kind:
        value, expected = kind[1], f"type {kind[3].rpartition('}')[2]}"
    else:
        return VALUE.at(spot, f"{where}: {clip(text)}")
    if kind and kind[3].startswith("{"):
        allowed = compiled.values(kind[3].rpartition("}")[2])
        if allowed:
            return _not_allowed(spot, where, value, allowed)
    return VALUE.at(
        spot,
        f"{where} has the value {clip(value)!r}, expected {expected}.",
        value=value,
        expected=expected,
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
