"""The table of checks and of error codes: what runs, in which order, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ddex import findings, xml
from ddex.ern import schema, versions
from ddex.ern.rules import (
    covers,
    deals,
    durations,
    files,
    hashes,
    header,
    identifiers,
    localized,
    media,
    order,
    overlaps,
    party_ids,
    periods,
    references,
    release,
    release_ids,
    sequences,
    sound,
    territories,
    tracks,
    unused,
    usage,
)
from ddex.ern.rules.context import Context
from ddex.ern.rules.policy import apply
from ddex.findings import Finding, Rule, Severity, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message

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


_MEDIA = ("files", "media")
_OF_METADATA = frozenset({*range(8, 19), 21, 23, 24})
CHECKS: tuple[Check, ...] = (
    Check(1, versions.check_version),
    Check(3, header.check_sender, ("feed",)),
    Check(3, header.check_owner, ("history",)),
    Check(4, header.check_message_id),
    Check(4, lambda _message, _context: (), ("history",)),
    Check(5, order.check_order, ("history", "order_stamp")),
    Check(5, order.check_clock, ("order_stamp",)),
    Check(6, references.check_references),
    Check(7, unused.check_unused),
    Check(8, release.check_main_release),
    Check(9, tracks.check_tracks),
    Check(10, release_ids.check_release_id),
    Check(11, identifiers.check_isrc),
    Check(12, release_ids.check_icpn),
    Check(13, release_ids.check_grid),
    Check(14, party_ids.check_party_ids),
    Check(15, localized.check_localized),
    Check(16, sequences.check_sequences),
    Check(16, sequences.check_artists),
    Check(17, durations.check_durations),
    Check(17, durations.check_lengths, _MEDIA),
    Check(18, covers.check_cover),
    Check(18, covers.check_images, _MEDIA),
    Check(19, files.check_addresses),
    Check(19, files.check_presence, ("files",), told=False),
    Check(20, hashes.check_hash_form),
    Check(20, hashes.check_hashes, ("files", "hashes")),
    Check(21, media.check_previews),
    Check(21, media.check_audio, _MEDIA),
    Check(21, sound.check_sound, _MEDIA),
    Check(22, territories.check_territories),
    Check(23, usage.check_usage),
    Check(24, periods.check_periods),
    Check(24, periods.check_release_dates),
    Check(24, periods.check_shown),
    Check(24, overlaps.check_overlaps),
    Check(25, deals.check_deals),
    Check(25, deals.check_dates),
    Check(25, deals.check_open_values),
    Check(25, deals.check_shares),
)


def check(message: Message, context: Context | None = None) -> tuple[Finding, ...]:
    """All findings of rules 1 and 3 to 25 that the context allows, folded, at most 1,000."""
    return _judged(CHECKS, message, context or Context())


def check_late(message: Message, context: Context, part: str) -> tuple[Finding, ...]:
    """The checks alone that need a part of the context (`files`, `media`) that is known later."""
    return _judged((each for each in CHECKS if part in each.needs), message, context)


def _judged(checks: Iterable[Check], message: Message, context: Context) -> tuple[Finding, ...]:
    """What the checks find, as severe as the feed's policy says."""

    def found() -> Iterator[Finding]:
        for each in checks:
            if each.can_run(context):
                yield from each.run(message, context)

    return _at_once(fold(apply(found(), context.policy)))


def _at_once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """A take-down of what is live does not wait for its metadata, however strict the feed's policy:
    what holds by default, or less, becomes a warning."""
    if not any(each.code == deals.TAKEN_DOWN.code for each in findings):
        return findings
    always = {each.code for each in all_rules() if each.severity is Severity.REJECT}
    return tuple(
        replace(each, severity=Severity.WARN)
        if each.rule in _OF_METADATA and each.code not in always
        else each
        for each in findings
    )


def skipped(context: Context | None = None) -> tuple[int, ...]:
    """Numbers of the rules of which a part was not judged, because the context lacks its input."""
    context = context or Context()
    return tuple(sorted({c.number for c in CHECKS if c.told and not c.can_run(context)}))


def all_rules() -> tuple[Rule, ...]:
    """Every error code, sorted: the source of `segue explain` and of the reference pages."""
    modules = (
        findings,
        xml,
        versions,
        schema,
        header,
        order,
        references,
        unused,
        release,
        tracks,
        release_ids,
        identifiers,
        party_ids,
        localized,
        sequences,
        durations,
        covers,
        files,
        hashes,
        media,
        sound,
        territories,
        usage,
        periods,
        overlaps,
        deals,
    )
    return tuple(sorted((r for m in modules for r in m.RULES), key=lambda rule: rule.code))


def rule(code: str) -> Rule | None:
    """The table's entry of a code, in any letter case."""
    return next((each for each in all_rules() if each.code == code.strip().upper()), None)
