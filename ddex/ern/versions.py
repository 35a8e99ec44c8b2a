"""The versions of ERN, as a table: namespace, schema, paths. A version is a row, not a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ddex.ern.tables import ERN_41, ERN_43, Tables
from ddex.ern.tables_3 import ERN_38
from ddex.errors import MessageUnreadable
from ddex.findings import Rule, Severity, clip
from ddex.xml import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message
    from ddex.findings import Finding
    from ddex.xml import Document

_BASE = "http://ddex.net/xml/ern/"
_RELEASES = frozenset({"NewReleaseMessage", "PurgeReleaseMessage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version.

    Attributes:
        id: last part of the namespace, e.g. `43`.
        label: as people write it, e.g. `4.3`.
        schema: name of the schema resource, e.g. `ern/43/release-notification.xsd`.
        tables: where its facts stand.
        roots: local names of its root elements.
        alias: the message has another namespace, which is read as this one.
    """

    id: str
    label: str
    tables: Tables
    roots: frozenset[str] = _RELEASES
    alias: bool = False

    @property
    def namespace(self) -> str:
        """Namespace of the root element."""
        return _BASE + self.id

    @property
    def schema(self) -> str:
        """Name of the schema resource."""
        return f"ern/{self.id}/release-notification.xsd"


_LISTS = _RELEASES | {"CatalogListMessage"}
VERSIONS: tuple[Version, ...] = (
    Version(id="43", label="4.3", tables=ERN_43),
    Version(id="432", label="4.3.2", tables=ERN_43),
    Version(id="431", label="4.3.1", tables=ERN_43),
    Version(id="42", label="4.2", tables=ERN_41),
    Version(id="411", label="4.1.1", tables=ERN_41),
    Version(id="41", label="4.1", tables=ERN_41),
    Version(id="383", label="3.8.3", tables=ERN_38, roots=_LISTS),
    Version(id="382", label="3.8.2", tables=ERN_38, roots=_LISTS),
)
_BY_NAMESPACE = {version.namespace: version for version in VERSIONS}

ALIASES: dict[str, str] = {_BASE + "38": _BASE + "382"}
"""Namespaces that official samples carry by mistake, with the one that they mean."""


def _rule(
    code: str,
    text: str,
    remedy: str,
    wrong: str,
    right: str,
    severity: Severity = Severity.REJECT,
) -> Rule:
    return Rule(
        code=code,
        number=1,
        severity=severity,
        ack_status="NewReleaseMessageInvalid",
        clause="DDEX ERN part 1, message namespaces",
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


_RIGHT = f'<ern:NewReleaseMessage xmlns:ern="{_BASE}43"'
UNKNOWN_NAMESPACE = _rule(
    "ERN-0111",
    "The namespace of the root element is that of an ERN version.",
    "Write the namespace of the ERN version you send on the root element, letter by letter.",
    '<ern:NewReleaseMessage xmlns:ern="http://example.net/ern/43"',
    _RIGHT,
)
UNSUPPORTED_VERSION = _rule(
    "ERN-0112",
    "The ERN version is one that this service reads.",
    "Send the message in one of the supported versions.",
    f'<ern:NewReleaseMessage xmlns:ern="{_BASE}37"',
    _RIGHT,
)
UNKNOWN_ROOT = _rule(
    "ERN-0113",
    "The root element is a message of the ERN standard.",
    "Send a NewReleaseMessage or a PurgeReleaseMessage.",
    "ern:ReleaseMessage",
    "ern:NewReleaseMessage",
)
ALIAS = _rule(
    "ERN-0114",
    "The namespace names the version in full.",
    "Write the namespace http://ddex.net/xml/ern/382 on the root element.",
    f'<ern:NewReleaseMessage xmlns:ern="{_BASE}38"',
    f'<ern:NewReleaseMessage xmlns:ern="{_BASE}382"',
    Severity.WARN,
)
OTHER_VERSION = _rule(
    "ERN-0115",
    "MessageSchemaVersionId names the version of the namespace.",
    "Write the version that you send in both places.",
    'MessageSchemaVersionId="ern/383"',
    'MessageSchemaVersionId="ern/382"',
    Severity.WARN,
)
RULES: tuple[Rule, ...] = (
    UNKNOWN_NAMESPACE,
    UNSUPPORTED_VERSION,
    UNKNOWN_ROOT,
    ALIAS,
    OTHER_VERSION,
)


def check_version(message: Message, _context: object) -> Iterator[Finding]:
    """Rule 1, for a message that could be read."""
    if message.alias:
        text = f"The namespace {_BASE}38 is read as that of ERN 3.8.2."
        yield ALIAS.at(message.place, text, value=_BASE + "38", expected=_BASE + "382")
    said, expected = message.schema_version, f"ern/{message.version}"
    if said and said.strip().rpartition("/")[2] != message.version:
        text = f"MessageSchemaVersionId is {clip(said)!r} in a message that is read as {expected}."
        yield OTHER_VERSION.at(message.place, text, value=said, expected=expected)


def identify(document: Document) -> Version:
    """The version of a message, by the namespace of its root (any prefix, or an alias).

    Raises:
        MessageUnreadable: unknown namespace, unsupported version, or no message of ERN.
    """
    known = ", ".join(version.label for version in VERSIONS)
    version = _BY_NAMESPACE.get(ALIASES.get(document.namespace, document.namespace))
    if version is None:
        rule, text = _why_not(document.namespace)
        found = rule.at(
            _spot(document),
            f"{text}; supported: {known}.",
            value=document.namespace,
            expected=known,
        )
        raise MessageUnreadable([found])
    if document.name not in version.roots:
        roots = ", ".join(sorted(version.roots))
        text = f"<{clip(document.name)}> is no message of ERN {version.label}; known: {roots}."
        raise MessageUnreadable(
            [UNKNOWN_ROOT.at(_spot(document), text, value=document.name, expected=roots)]
        )
    return replace(version, alias=True) if document.namespace in ALIASES else version


def _spot(document: Document) -> Spot:
    return Spot(max(document.line, 1), f"/{document.name}")


def _why_not(namespace: str) -> tuple[Rule, str]:
    if re.fullmatch(re.escape(_BASE) + r"[0-9]{1,4}(/.*)?", namespace):
        return UNSUPPORTED_VERSION, f"The ERN version of {clip(namespace)} is not supported"
    if not namespace:
        return UNKNOWN_NAMESPACE, "The root element has no namespace"
    return UNKNOWN_NAMESPACE, f"{clip(namespace)} is no ERN namespace"
