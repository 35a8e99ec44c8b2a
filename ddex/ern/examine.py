"""One entry for callers: bytes in, message and findings out. Parse, schema, read, rules."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ddex.ern.reader import read_version
from ddex.ern.rules.context import Context
from ddex.ern.rules.policy import apply
from ddex.ern.rules.table import check, skipped
from ddex.ern.schema import validate
from ddex.ern.stream import collector_off
from ddex.ern.versions import identify
from ddex.errors import MessageUnreadable, SchemaAbsent
from ddex.findings import Finding, Outcome, fold, outcome
from ddex.positions import Positions
from ddex.xml import begin, parse
from ddex.xsd import schema as compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.ern.model import Message
    from ddex.ern.versions import Version
    from ddex.xml import Document, Limits
    from ddex.xsd import Resource

_SMALL = 1 << 16
"""Below so many bytes a thread costs more than it saves."""


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
    with collector_off():
        return _examined(data, resource, context or Context(), limits)


def _examined(
    data: bytes, resource: Resource, context: Context, limits: Limits | None
) -> Examination:
    try:
        document = begin(data, limits)
        version = _identified(document, limits)
        message, of_schema, schema = _read_and_validated(document, version, resource)
    except MessageUnreadable as error:
        findings = tuple(apply(error.findings, context.policy))
        return Examination(message=None, findings=placed(findings, data))
    judged = apply(of_schema, context.policy)
    findings = fold((*judged, *check(message, context)))
    left_out = skipped(context) if schema == "used" else (2, *skipped(context))
    return Examination(
        message=message,
        findings=placed(findings, data, message.place.find),
        version=version.id,
        schema=schema,
        skipped=left_out,
    )


def _identified(document: Document, limits: Limits | None) -> Version:
    try:
        return identify(document)
    except MessageUnreadable:
        parse(document.data, limits)  # that the XML is broken comes before its being unknown
        raise


def _read_and_validated(
    document: Document, version: Version, resource: Resource
) -> tuple[Message, tuple[Finding, ...], str]:
    """Both at once when there is much to do: libxml2 validates without Python's lock."""
    try:
        compiled(resource, version.schema)
    except SchemaAbsent:
        return read_version(document, version), (), "absent"
    if len(document.data) < _SMALL:
        message = read_version(document, version)
        return message, validate(document, version, resource), "used"
    validation = _Validation(document, version, resource)
    validation.start()
    try:
        message = read_version(document, version)
    except BaseException:
        validation.stop.set()
        raise
    finally:
        validation.join()
    return message, validation.findings(), "used"


class _Validation(threading.Thread):
    """Rule 2 on a thread of its own, which ends with the examination."""

    def __init__(self, document: Document, version: Version, resource: Resource) -> None:
        super().__init__(name="validation", daemon=True)
        self.stop = threading.Event()
        self._work = partial(validate, document, version, resource, self.stop)
        self._findings: tuple[Finding, ...] = ()
        self._error: Exception | None = None

    def run(self) -> None:
        """Keep what comes of it, be it an error."""
        try:
            self._findings = self._work()
        except Exception as error:  # noqa: BLE001 - raised again by `findings`
            self._error = error

    def findings(self) -> tuple[Finding, ...]:
        """What was found, after the end."""
        if self._error is not None:
            raise self._error
        return self._findings


def placed(
    findings: tuple[Finding, ...],
    data: bytes,
    find: Callable[[str], tuple[int, int] | None] | None = None,
) -> tuple[Finding, ...]:
    """The same findings with exact lines and columns, found by a second pass over the bytes.

    A path that is not there gives way to the nearest one above it. Who has a message of
    these bytes saves a pass with `find=message.place.find`.
    """
    if not any(finding.xpath for finding in findings):
        return findings
    find = find or Positions(data).find
    return tuple(_at(finding, find) for finding in findings)


def _above(xpath: str) -> Iterator[str]:
    while xpath:
        yield xpath
        xpath = xpath.rpartition("/")[0]


def _at(finding: Finding, find: Callable[[str], tuple[int, int] | None]) -> Finding:
    for path in _above(finding.xpath):
        if spot := find(path):
            return replace(finding, xpath=path, line=spot[0], column=spot[1])
    return finding
