"""Verdicts as the command line and the API tell them: one row per release of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.rights import iso
from catalog.rights_reasons import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from catalog.rights import Verdict
    from catalog.rights_release import Audience, ReleaseRights
    from catalog.rights_terms import Subject

Shape = dict[str, Any]


def verdict_rows(
    rights: ReleaseRights,
    audience: Audience,
    at: datetime,
    *,
    only: Collection[str] = (),
    locked: Verdict | None = None,
) -> list[Shape]:
    """`{release_reference, identifier, title, allowed, reason, deal, since, until, next_change}`
    of each release, the main release first.

    Args:
        rights: of the release.
        audience: for whom.
        at: when, aware.
        only: recordings whose track releases are wanted beside the main release; all when empty.
        locked: the verdict that stands for all of them, when an operator keeps the release down.
    """
    said = _verdicts(rights, audience, at, only, locked)
    return [_row(subject, verdict) for subject, verdict in said]


def chain_rows(
    rights: ReleaseRights, audience: Audience, at: datetime, *, locked: Verdict | None = None
) -> list[Shape]:
    """The same rows for an operator: with the `code` of the reason, the `clause` of the standard
    behind it, and the `terms` of the deal as the message has them (None without a deal)."""
    return [
        {
            **_row(subject, verdict),
            "code": verdict.reason.code.value,
            "clause": CLAUSES[verdict.reason.code],
            "terms": verdict.deal.to_json() if verdict.deal else None,
        }
        for subject, verdict in _verdicts(rights, audience, at, (), locked)
    ]


def _verdicts(
    rights: ReleaseRights,
    audience: Audience,
    at: datetime,
    only: Collection[str],
    locked: Verdict | None,
) -> Iterator[tuple[Subject, Verdict]]:
    for subject in rights.subjects:
        if not only or subject is rights.main or subject.recording in only:
            yield subject, locked or rights.of_subject(subject, audience).at(at)


def _row(subject: Subject, verdict: Verdict) -> Shape:
    return {
        "release_reference": subject.reference,
        "identifier": subject.identifier,
        "title": subject.title,
        "allowed": verdict.allowed,
        "reason": reason_text(verdict),
        "deal": verdict.reference or None,
        "since": iso(verdict.since),
        "until": iso(verdict.until),
        "next_change": iso(verdict.next_change),
    }


def reason_text(verdict: Verdict) -> str:
    """`not_yet: Not available in FR until 1 July 2026. (ValidityPeriod)`: the stable code, the
    sentence that listeners read, and the element of the message that is missing or says no."""
    reason = verdict.reason
    about = f" ({reason.missing})" if reason.missing else ""
    return f"{reason.code.value}: {reason.message}{about}"
