"""The table of checks and of error codes: what runs, in which order, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex import xml
from ddex.ern import schema, versions
from ddex.ern.rules import deals, files, hashes, header, identifiers, references, release
from ddex.ern.rules.context import Context
from ddex.findings import Finding, Rule, fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.ern.model import Message
    from ddex.ern.rules.context import HashKey

Run = Callable[["Message", Context], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One pure function of the table.

    `needs` names the parts of the context it must have; `told` says whether its rule is named
    as skipped without them (rule 19 is not: the shape of addresses is judged in any case).
    """

    number: int
    run: Run
    needs: tuple[str, ...] = ()
    told: bool = True

    def can_run(self, context: Context) -> bool:
        """Whether the context has what it needs."""
        return all(getattr(context, part) is not None for part in self.needs)


CHECKS: tuple[Check, ...] = (
    Check(3, header.check_sender, ("feed",)),
    Check(3, header.check_owner, ("history",)),
    Check(4, header.check_message_id),
    Check(4, lambda _message, _context: (), ("history",)),
    Check(6, references.check_references),
    Check(8, release.check_main_release),
    Check(10, release.check_release_id),
    Check(11, identifiers.check_isrc),
    Check(12, identifiers.check_icpn),
    Check(19, files.check_addresses),
    Check(19, files.check_presence, ("files",), told=False),
    Check(20, hashes.check_hash_form),
    Check(20, hashes.check_hashes, ("files", "hashes")),
    Check(25, deals.check_deals),
    Check(25, deals.check_dates),
    Check(25, deals.check_open_values),
)
_MEDIA = (files.check_presence, hashes.check_hashes)


def check(message: Message, context: Context | None = None) -> tuple[Finding, ...]:
    """All findings of rules 3 to 25 that the context allows to judge, folded, at most 1,000."""
    context = context or Context()
    return fold(
        finding
        for each in CHECKS
        if each.can_run(context)
        for finding in each.run(message, context)
    )


def skipped(context: Context | None = None) -> tuple[int, ...]:
    """Numbers of the rules of which a part was not judged, because the context lacks its input."""
    context = context or Context()
    return tuple(sorted({c.number for c in CHECKS if c.told and not c.can_run(context)}))


def check_files(
    message: Message,
    present: Mapping[str, int],
    hashed: Mapping[HashKey, bytes] | None = None,
    *,
    is_update: bool = False,
) -> tuple[Finding, ...]:
    """The media parts of rules 19 and 20 alone, for when the files are known later.

    `present` maps paths relative to the folder of the XML to sizes in bytes; `hashed` holds raw
    digests by (path, algorithm), see `needed_hashes`.
    """
    context = Context(files=present, hashes=hashed, is_update=is_update)
    return fold(finding for run in _MEDIA for finding in run(message, context))


def all_rules() -> tuple[Rule, ...]:
    """Every error code, sorted: the source of `segue explain` and of the reference pages."""
    modules = (
        xml,
        versions,
        schema,
        header,
        references,
        release,
        identifiers,
        files,
        hashes,
        deals,
    )
    return tuple(sorted((r for m in modules for r in m.RULES), key=lambda rule: rule.code))


def rule(code: str) -> Rule | None:
    """The table's entry of a code, in any letter case."""
    return next((each for each in all_rules() if each.code == code.strip().upper()), None)
