"""What must hold of any bytes: no exception, in time, and findings that are what they claim."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from catalog.rights_answers import verdict_rows
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import Audience, ReleaseRights
from catalog.rights_terms import release_terms
from ddex.ern.examine import examine
from ddex.ern.repair.doctor import diff, repair
from ddex.ern.rules import Context, MediaFacts, Policy, all_rules
from ddex.findings import LISTED, Finding, Severity
from ddex.others import examine_other
from server.cli.verdicts import print_verdict
from server.services.judging import Judged
from tests.fixtures.ern_messages import files
from tests.unit.ddex.ern.rules.planting import KNOWN

if TYPE_CHECKING:
    from ddex.ern.examine import Examination
    from ddex.ern.model import Message
    from ddex.xsd import Resource

SECONDS = 10.0
"""Of the processor's time that one case may take."""
_WORSE = {"accept": 0, "hold": 1, "reject": 2}
_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
_LISTENER = Audience(territory="FR", tier="free", wanted=(("SubscriptionModel", "OnDemandStream"),))
_FACTS = (
    MediaFacts(codec="flac", seconds=2.0, rate=44_100, bits=16, channels=2),
    MediaFacts(fault="truncated", message="cut"),
    MediaFacts(codec="JPEG", width=1_600, height=500),
)
T = TypeVar("T")


class Broken(AssertionError):
    """Something that must hold does not."""


class _Any(Mapping[tuple[str, str], T]):
    """Every key is there."""

    def __init__(self, make: Callable[[tuple[str, str]], T]) -> None:
        self._make = make

    def __getitem__(self, key: tuple[str, str]) -> T:
        return self._make(key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def __len__(self) -> int:
        return 0


@cache
def _contexts() -> tuple[Context, ...]:
    sizes = {name: len(data) for name, data in files("43").items()} | {"stray/x.flac": 9, "": 0}
    media = _Any(lambda key: _FACTS[len(key[0]) % len(_FACTS)])
    hashes = _Any(lambda key: bytes(len(key[0])))
    full = {"files": sizes, "hashes": hashes, "media": media}
    return (
        Context(),
        KNOWN,
        Context(today=KNOWN.today, policy=Policy(name="strict"), **full),  # type: ignore[arg-type]
        Context(today=KNOWN.today, policy=Policy(name="lenient"), **full),  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class Oracle:
    """Judges cases; `schemas` gives the schema files."""

    schemas: Resource

    def judge(self, data: bytes, turn: int = 0) -> Examination:
        """The whole of it; `turn` chooses among contexts and what else is done.

        Raises:
            Broken: with what does not hold; any other exception is a fault too.
        """
        start = time.process_time()
        context = _contexts()[turn % len(_contexts())]
        found = self._examine(data, context)
        _hold_findings(data, found)
        if turn % 3 == 0:
            print_verdict(Console(file=StringIO(), width=100), Judged(Path("x.xml"), data, found))
        if turn % 4 == 1:
            self._mend(data, context)
        if found.message is not None and turn % 2 == 0:
            _ask_rights(found.message)
        spent = time.process_time() - start
        if spent > SECONDS:
            raise Broken(f"{spent:.1f} s")
        return found

    def _examine(self, data: bytes, context: Context) -> Examination:
        return examine_other(data, resource=self.schemas, context=context) or examine(
            data, resource=self.schemas, context=context
        )

    def _mend(self, data: bytes, context: Context) -> None:
        made = repair(data, lambda each: self._examine(each, context))
        if _WORSE[made.after.outcome] > _WORSE[made.before.outcome]:
            raise Broken("a repair made it worse")
        if made.mended:
            diff(data, made.data, "x.xml").encode()
        elif made.data != data:
            raise Broken("a repair changed more than it says")


@cache
def _codes() -> dict[str, int]:
    return {rule.code: rule.number for rule in all_rules()}


def _hold_findings(data: bytes, found: Examination) -> None:
    shape = Judged(Path("x.xml"), data, found).to_json()
    json.dumps(shape, allow_nan=False, ensure_ascii=False).encode()
    if len(found.findings) > LISTED:
        raise Broken(f"{len(found.findings)} findings")
    if found.message is None and found.outcome.value != "reject":
        raise Broken("what can't be read is not rejected")
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for each in found.findings:
        if each.code.startswith("ERN-") and found.version in {"", "382", "383", "411", "43"}:
            _hold_code(each, found.version)
        if each.count < 1 or each.line > lines or each.line < 0 or each.column < 0:
            raise Broken(f"{each.code} at {each.line}:{each.column}, {each.count} times")
        if Finding.from_json(json.loads(json.dumps(each.to_json()))) != each:
            raise Broken(f"{each.code} is not the same after JSON")
        if each.severity not in set(Severity) or not each.message or not each.remedy:
            raise Broken(f"{each.code} says nothing")


def _hold_code(finding: Finding, version: str) -> None:
    known = _codes().get(finding.code)
    if version and known is None:
        raise Broken(f"{finding.code} is in no table")
    if known is not None and known != finding.rule:
        raise Broken(f"{finding.code} is said to be of rule {finding.rule}")


def _ask_rights(message: Message) -> None:
    """What `segue rights` reads of it."""
    terms = release_terms(message)
    if terms.subjects:
        rows = verdict_rows(ReleaseRights(terms, RightsPolicy()), _LISTENER, _AT)
        json.dumps(rows, ensure_ascii=False).encode()
        if not rows:
            raise Broken("rights say nothing of a release")
