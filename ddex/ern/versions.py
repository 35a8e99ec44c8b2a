"""The versions of ERN, as a table: namespace, schema, paths. A version is a row, not a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.ern.paths import ERN_41, ERN_43, Paths
from ddex.errors import MessageUnreadable
from ddex.findings import Rule, Severity, clip
from ddex.xml import Spot

if TYPE_CHECKING:
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
        paths: where its facts stand; None when we know the version but can't read it.
        roots: local names of its root elements.
    """

    id: str
    label: str
    paths: Paths | None
    roots: frozenset[str] = _RELEASES

    @property
    def namespace(self) -> str:
        """Namespace of the root element."""
        return _BASE + self.id

    @property
    def schema(self) -> str:
        """Name of the schema resource."""
        return f"ern/{self.id}/release-notification.xsd"

    @property
    def supported(self) -> bool:
        """Whether messages of this version are read."""
        return self.paths is not None


VERSIONS: tuple[Version, ...] = (
    Version(id="43", label="4.3", paths=ERN_43),
    Version(id="42", label="4.2", paths=ERN_41),
    Version(id="411", label="4.1.1", paths=ERN_41),
    Version(id="41", label="4.1", paths=ERN_41),
    Version(id="432", label="4.3.2", paths=None),
    Version(id="431", label="4.3.1", paths=None),
    Version(id="383", label="3.8.3", paths=None, roots=_RELEASES | {"CatalogListMessage"}),
    Version(id="382", label="3.8.2", paths=None, roots=_RELEASES | {"CatalogListMessage"}),
)
_BY_NAMESPACE = {version.namespace: version for version in VERSIONS}

SUPPORTED: tuple[Version, ...] = tuple(version for version in VERSIONS if version.supported)


def _rule(code: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=1,
        severity=Severity.REJECT,
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
RULES: tuple[Rule, ...] = (UNKNOWN_NAMESPACE, UNSUPPORTED_VERSION, UNKNOWN_ROOT)


def identify(document: Document) -> Version:
    """The version of a message, by the namespace of its root (any prefix).

    Raises:
        MessageUnreadable: unknown namespace, unsupported version, or no message of ERN.
    """
    spot = Spot(document.line, f"/{document.name}")
    known = ", ".join(version.label for version in SUPPORTED)
    version = _BY_NAMESPACE.get(document.namespace)
    if version is None or version.paths is None:
        rule, text = _why_not(document.namespace, version)
        found = rule.at(
            spot, f"{text}; supported: {known}.", value=document.namespace, expected=known
        )
        raise MessageUnreadable([found])
    if document.name not in version.roots:
        roots = ", ".join(sorted(version.roots))
        text = f"<{clip(document.name)}> is no message of ERN {version.label}; known: {roots}."
        raise MessageUnreadable([UNKNOWN_ROOT.at(spot, text, value=document.name, expected=roots)])
    return version


def _why_not(namespace: str, version: Version | None) -> tuple[Rule, str]:
    if version is not None:
        return UNSUPPORTED_VERSION, f"ERN {version.label} is not read yet"
    if re.fullmatch(re.escape(_BASE) + r"[0-9]{1,4}(/.*)?", namespace):
        return UNSUPPORTED_VERSION, f"The ERN version of {clip(namespace)} is not supported"
    if not namespace:
        return UNKNOWN_NAMESPACE, "The root element has no namespace"
    return UNKNOWN_NAMESPACE, f"{clip(namespace)} is no ERN namespace"
