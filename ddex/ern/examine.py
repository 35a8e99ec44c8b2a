"""One entry for callers: bytes in, message and findings out. Parse, schema, read, rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ddex.ern.reader import read
from ddex.ern.rules.context import Context
from ddex.ern.rules.table import check, skipped
from ddex.ern.schema import validate
from ddex.ern.versions import Version, identify
from ddex.errors import MessageUnreadable, SchemaAbsent
from ddex.findings import Finding, Outcome, fold, outcome
from ddex.xml import Limits, locate, parse

if TYPE_CHECKING:
    from ddex.ern.model import Message
    from ddex.xml import Document
    from ddex.xsd import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What came of one message.

    Attributes:
        message: None when no model can be made of the bytes.
        version: id of its version (`43`), empty when unknown.
        schema: `used`, or `absent` when rule 2 was skipped for want of the schema file.
        skipped: numbers of the rules of which a part was not judged.
    """

    message: Message | None
    findings: tuple[Finding, ...]
    version: str = ""
    schema: str = "absent"
    skipped: tuple[int, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Accept, hold or reject."""
        return outcome(self.findings)


def examine(
    data: bytes,
    *,
    resource: Resource,
    context: Context | None = None,
    limits: Limits | None = None,
) -> Examination:
    """Parse, validate, read and check a message. Never raises on what the bytes hold.

    Args:
        data: the XML as received.
        resource: gives schema files by name; FileNotFoundError when there is none.
        context: feed, history and files, as far as known.
        limits: of the parser.

    Raises:
        SchemaUnusable: the configured schema does not compile (the operator's fault).
    """
    context = context or Context()
    try:
        document = parse(data, limits)
        version = identify(document)
    except MessageUnreadable as error:
        return Examination(message=None, findings=error.findings)
    message = read(document)
    of_schema, schema = _by_schema(document, version, resource)
    findings = fold((*of_schema, *check(message, context)))
    left_out = skipped(context) if schema == "used" else (2, *skipped(context))
    return Examination(
        message=message,
        findings=placed(findings, data),
        version=version.id,
        schema=schema,
        skipped=left_out,
    )


def _by_schema(
    document: Document, version: Version, resource: Resource
) -> tuple[tuple[Finding, ...], str]:
    try:
        return validate(document, version, resource), "used"
    except SchemaAbsent:
        return (), "absent"


def placed(findings: tuple[Finding, ...], data: bytes) -> tuple[Finding, ...]:
    """The same findings with exact lines and columns, found by a second pass over the bytes."""
    spots = locate(data, {finding.xpath for finding in findings})
    return tuple(
        replace(finding, line=spots[finding.xpath][0], column=spots[finding.xpath][1])
        if finding.xpath in spots
        else finding
        for finding in findings
    )
