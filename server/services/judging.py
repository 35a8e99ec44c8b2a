"""One message judged, with what lies beside it: the work of `segue validate`, and of its address in
the API, without their words."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clock import system_clock
from core.errors import PartMissing
from ddex.ern import rules
from ddex.ern.examine import Examination, examine
from ddex.ern.rules.policy import apply
from ddex.errors import SchemaUnusable
from ddex.findings import fold
from ddex.others import examine_other
from ddex.xml import Limits
from ingest import faults
from ingest.looking import Looks
from server.services.packages import Digests, Package, open_file, printable

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.findings import Finding
    from ingest.ports import Probe
    from server.services.account import Account

STDIN = Path("-")
SHOWN = (
    "code", "rule", "severity", "count", "file", "line", "column", "xpath", "value", "expected",
    "message", "remedy", "clause",
)  # fmt: skip
"""What a finding says, in this order: part of the documented JSON."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One message with what came of it."""

    path: Path
    data: bytes
    examination: Examination
    folder: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """The documented shape of one file."""
        found = self.examination
        message = found.message
        return {
            "path": printable(self.path),
            "message_type": message.type if message else None,
            "version": found.version or None,
            "message_id": message.header.message_id if message else None,
            "outcome": found.outcome.value,
            "schema": found.schema,
            "skipped": list(found.skipped),
            "findings": [self.finding_json(finding) for finding in found.findings],
        }

    def finding_json(self, finding: Finding) -> dict[str, Any]:
        """The documented shape of one finding; one without a file is of the message."""
        said = {**finding.to_json(), "file": finding.file or printable(self.path.name)}
        return {name: said[name] for name in SHOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges messages one by one.

    Attributes:
        schemas: gives the schema files.
        probe: looks into media; without one those parts of rules are skipped.
        policy: how much each rule matters, unless the account says it.
        account: the feed that messages are taken to come by.
    """

    schemas: SchemaFolder
    probe: Probe | None = None
    policy: rules.Policy = rules.NORMAL
    account: Account | None = None
    limits: Limits = field(default_factory=Limits)
    _seen: dict[Package, rules.Context] = field(default_factory=dict)

    def judge(self, package: Package) -> Judged:
        """The message with its findings. Raises NotFound, NotAllowed or Misuse."""
        data = read_message(package.message, self.limits.max_bytes + 1)
        return Judged(package.message, data, self.look(package, data), package.folder)

    def look(self, package: Package, data: bytes) -> Examination:
        """What these bytes would come to as the message of the package.

        Raises:
            PartMissing: a schema of the folder can't be used.
        """
        if package not in self._seen:  # one at a time: a repair looks at the same files again
            self._seen.clear()
            self._seen[package] = self._about(package)
        about = self._seen[package]
        if self.account is not None:
            about = self.account.told(about, package, data)
        try:
            other = examine_other(data, resource=self.schemas, context=about)
            return other or self._examined(data, about)
        except SchemaUnusable as wrong:
            raise PartMissing(
                str(wrong), remedy="segue schemas check; then install it again with --replace"
            ) from None

    def _examined(self, data: bytes, about: rules.Context) -> Examination:
        found = examine(data, resource=self.schemas, context=about, limits=self.limits)
        more = apply(faults.unvalidated(found), about.policy)
        return replace(found, findings=fold((*found.findings, *more)))

    def _about(self, package: Package) -> rules.Context:
        about = rules.Context(
            today=system_clock().date(), files=package.files(), policy=self.policy
        )
        if about.files is None:
            return about
        folder = package.message.parent
        media = Looks(self.probe, folder) if self.probe else None
        return replace(about, hashes=Digests(folder, about.files), media=media)


def read_message(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a message; `-` is stdin. Raises NotFound, NotAllowed or Misuse."""
    if path == STDIN:
        return sys.stdin.buffer.read(limit)
    with open_file(path) as file:
        return file.read(limit)
