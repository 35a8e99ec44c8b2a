"""What ddex raises. Faults of a message are findings (values); these are faults of its use.

DdexError
├── SchemaAbsent        the schema of this version is not in the configured folder
├── SchemaUnusable      a schema file is there but does not compile
└── MessageUnreadable   bytes that no model can be made of; carries the findings that say why
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ddex.findings import Finding


class DdexError(Exception):
    """Base of all errors raised by ddex."""


class SchemaAbsent(DdexError):
    """The schema resource is not in the configured folder."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no schema {name!r} in the DDEX schema folder")
        self.name = name


class SchemaUnusable(DdexError):
    """The schema resource is there but does not compile."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"schema {name!r} does not compile: {why}")
        self.name = name
        self.why = why


class MessageUnreadable(DdexError):
    """No model can be built from these bytes."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings) or "unreadable")
        self.findings = tuple(findings)
