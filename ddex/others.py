"""Messages beside ERN, as a table: choreography (manifests, acknowledgements) and MEAD.

`examine_other` judges one in the shape of `ddex.ern.examine`, so that callers tell them alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree

from ddex.choreography import acknowledgement, check as choreography, manifest
from ddex.ern import schema
from ddex.ern.examine import Examination, placed
from ddex.ern.model import Header, Message
from ddex.ern.rules.context import Context
from ddex.ern.rules.policy import apply
from ddex.errors import MessageUnreadable, SchemaAbsent
from ddex.findings import Finding, Rule, Severity, clip, fold
from ddex.mead import check as enrichment
from ddex.mead.reader import read as read_mead
from ddex.xml import Limits, Spot, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ddex.mead.model import Mead
    from ddex.xml import Document
    from ddex.xsd import Resource

    Judge = Callable[[Document, "Format", Context], tuple[str, Iterable[Finding]]]

__all__ = ["FORMATS", "RULES", "Format", "examine_other", "identify", "peek", "read"]

LIMITS = Limits(max_bytes=16 << 20, max_markup=1_000_000)
_PEEK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format in one version.

    Attributes:
        family: `ern-c` or `mead`.
        version: last part of the namespace, e.g. `18`.
        label: as people write it.
        schema: name of the schema resource; empty when no schema of it is known.
    """

    family: str
    version: str
    label: str
    schema: str = ""


_SFTP, _MEAD = "http://ddex.net/xml/ern-c-sftp/", "http://ddex.net/xml/mead/"
FORMATS: dict[str, Format] = {
    f"{_SFTP}{version}": Format(
        family="ern-c",
        version=version,
        label=label,
        schema=f"ern-c-sftp/{version}/ern-choreography-sftp.xsd",
    )
    for version, label in (("16", "1.6"), ("18", "1.8"))
} | {
    f"{_MEAD}{version}": Format(
        family="mead",
        version=version,
        label=label,
        schema=f"mead/{version}/media-enrichment-and-description.xsd",
    )
    for version, label in (("10", "1.0"), ("101", "1.0.1"), ("11", "1.1"))
}
"""By namespace. The schema of MEAD 1.1 is used when the folder has it."""

_ANY = re.compile(r"http://ddex\.net/xml/(ern-c|mead)(?:-[a-z]+)?/([0-9]{2,4})(?:/.*)?")
_ROOTS = {
    "ern-c": re.compile(
        r"ManifestMessage|(Ftp)?AcknowledgementMessage|ErnAcknowledgement[A-Za-z]*"
    ),
    "mead": re.compile(r"MeadMessage"),
}

UNKNOWN_ROOT = Rule(
    code="MEA-0101",
    number=1,
    severity=Severity.REJECT,
    ack_status="NewReleaseMessageInvalid",
    clause="DDEX MEAD part 1; ERN-C, choreography messages",
    text="The root element is a message of its standard, in a version that this service reads.",
    remedy="Send a MeadMessage (1.0, 1.0.1, 1.1), or a message of ERN-C 1.6 or 1.8.",
    wrong='<m:Feed xmlns:m="http://ddex.net/xml/mead/101">',
    right='<m:MeadMessage xmlns:m="http://ddex.net/xml/mead/101">',
)
RULES: tuple[Rule, ...] = (UNKNOWN_ROOT, *enrichment.RULES, *choreography.RULES)


def peek(data: bytes) -> tuple[str, str]:
    """(namespace, local name) of the root element, read from the beginning only; empty when the
    bytes don't begin like XML."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, load_dtd=False, no_network=True
    )
    try:
        for start in range(0, min(len(data), _PEEK), 256):
            parser.feed(data[start : start + 256])
            for _, element in parser.read_events():
                name = etree.QName(element)
                return name.namespace or "", name.localname
    except (etree.XMLSyntaxError, ValueError, LookupError):
        pass
    return "", ""


def identify(namespace: str) -> Format | None:
    """The format of a namespace, None when it is none of choreography or MEAD."""
    if namespace in FORMATS:
        return FORMATS[namespace]
    found = _ANY.fullmatch(namespace)
    return Format(family=found[1], version=found[2], label=found[2]) if found else None


def examine_other(
    data: bytes,
    *,
    resource: Resource,
    context: Context | None = None,
    limits: Limits | None = None,
) -> Examination | None:
    """Judge a choreography or MEAD message; None when it is neither (then it may be ERN).

    Raises:
        SchemaUnusable: the configured schema does not compile (the operator's fault).
    """
    namespace, _ = peek(data)
    form = identify(namespace)
    if form is None:
        return None
    context = context or Context()
    try:
        document = parse(data, _least(limits))
        of_schema, used = _by_schema(document, form, resource)
        message, findings = _read(document, form, context)
    except MessageUnreadable as error:
        return Examination(message=None, findings=error.findings, version=form.version)
    judged = fold(apply((*of_schema, *findings), context.policy))
    return Examination(
        message=message,
        findings=placed(judged, data),
        version=form.version,
        schema=used,
        skipped=() if used == "used" else (2,),
    )


def read(data: bytes) -> Mead:
    """The MEAD message in these bytes.

    Raises:
        MessageUnreadable: not XML, or no MeadMessage.
    """
    document = parse(data, LIMITS)
    form = identify(document.namespace)
    _need_root(document, form if form and form.family == "mead" else FORMATS[f"{_MEAD}101"])
    return read_mead(document, form.version if form else "")


def _least(limits: Limits | None) -> Limits:
    given = limits or LIMITS
    return Limits(
        max_bytes=min(given.max_bytes, LIMITS.max_bytes),
        max_markup=min(given.max_markup, LIMITS.max_markup),
    )


def _need_root(document: Document, form: Format) -> None:
    known = form.family != "mead" or document.namespace in FORMATS
    if known and _ROOTS[form.family].fullmatch(document.name):
        return
    spot = Spot(document.root.sourceline or 1, f"/{document.name}")
    text = f"<{clip(document.name)}> of {clip(document.namespace)} is no message that is read here."
    raise MessageUnreadable([UNKNOWN_ROOT.at(spot, text, value=document.name)])


def _read(document: Document, form: Format, context: Context) -> tuple[Message, list[Finding]]:
    _need_root(document, form)
    if form.family == "mead":
        found = read_mead(document, form.version)
        return found.message, list(enrichment.check(found, context))
    if document.name == "ManifestMessage":
        batch = manifest.of(document)
        message_id, findings = "", list(choreography.check_manifest(batch))
    else:
        answers = acknowledgement.of(document)
        message_id = answers[0].message_id
        findings = list(choreography.check_acknowledgement(answers))
    if not form.schema:
        text = f"There is no public schema of {clip(document.namespace)}; it was read by structure."
        findings.append(choreography.BY_STRUCTURE.at(Spot(xpath=f"/{document.name}"), text))
    message = Message(
        type=document.name, version=form.version, header=Header(message_id=message_id)
    )
    return message, findings


def _by_schema(
    document: Document, form: Format, resource: Resource
) -> tuple[tuple[Finding, ...], str]:
    """As for ERN, but that a word which a MEAD value set lacks harms nothing."""
    if not form.schema:
        return (), "absent"
    try:
        found = schema.judge(document, form.schema, resource)
    except SchemaAbsent:
        return (), "absent"
    clause = f"XML schema of {form.schema}"
    return tuple(replace(each, clause=clause, severity=_soft(each, form)) for each in found), "used"


def _soft(finding: Finding, form: Format) -> Severity:
    word = form.family == "mead" and finding.code == schema.ALLOWED_VALUE.code
    return Severity.WARN if word else finding.severity
