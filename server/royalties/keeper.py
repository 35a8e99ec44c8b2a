"""Agreements as they are kept: versions are added, none is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import AgreementVersion, Feed
from core.errors import Conflict, Misuse, NotAllowed, NotFound
from server.royalties import terms
from server.royalties.versions import gaps, in_force, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from server.royalties.agreement import Agreement
    from server.royalties.figures import Author
    from server.royalties.terms import Finding


def add_version(session: Session, author: Author, agreement: Agreement) -> dict[str, Any]:
    """The next version of an agreement of this name, or its first.

    Raises:
        NotFound: no feed has its recipient's DPID.
        Conflict: it would overlap another agreement, leave a gap after the version before, or
            belong to another recipient.
    """
    known = agreements(session, approved=False)
    before = [one for one in known if one.name == agreement.name]
    new = replace(agreement, version=max((one.version for one in before), default=0) + 1)
    _judge_recipient(session, new, before)
    _judge_time([*known, new], new)
    row = AgreementVersion(
        name=new.name,
        version=new.version,
        recipient=new.recipient,
        terms=terms.to_json(new),
        set_at=author.clock(),
        set_by=author.name,
        approved_by=author.approval,
    )
    session.add(row)
    session.flush()
    return to_json(row)


def _judge_recipient(session: Session, new: Agreement, before: Sequence[Agreement]) -> None:
    if before and before[-1].recipient != new.recipient:
        raise Conflict(
            f"{new.name} is an agreement with {before[-1].recipient}",
            remedy="end it and give the new one a name of its own",
        )
    if new.recipient not in recipients(session).values():
        raise NotFound(
            f"no feed has the DPID {new.recipient}",
            remedy="see `segue feeds list`; create its feed first",
        )


def _judge_time(every: Sequence[Agreement], new: Agreement) -> None:
    own = [one for one in every if one.name == new.name]
    for first, last in gaps(own):
        raise Conflict(
            f"from {first} to {last} no version of {new.name} would hold",
            remedy=f"let it begin on {first}; or use another name, if it really ended before",
        )
    for found in overlaps(every):
        if new.name in {found.one.name, found.other.name}:
            other = found.other if found.one.name == new.name else found.one
            raise Conflict(
                f"{new.name} and {other.ref} would both hold from {found.first} on"
                " for some of the same plays",
                remedy=f"narrow its territories, tiers or models, or end the other before:"
                f" segue agreements end {other.name} --last DAY",
            )


def end(session: Session, author: Author, name: str, last: date) -> dict[str, Any]:
    """A version that is as the newest and ends with the day `last`.

    Raises:
        NotFound, Misuse: no such agreement, or it has begun after that day.
    """
    own = [one for one in agreements(session, approved=False) if one.name == name]
    if not own:
        raise NotFound(f"there is no agreement {name!r}", remedy="see `segue agreements list`")
    holding = [one for one in in_force(own) if one.agreement.first <= last]
    if not holding:
        raise Misuse(f"{name} begins on {own[0].first}", remedy="a day from then on")
    return add_version(session, author, replace(holding[-1].agreement, last=last))


def import_agreements(
    session: Session, author: Author, document: object
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Add all agreements of a document, or none when one is wrong.

    The document is one agreement, a list of them, or a table whose `agreement` is that.
    """
    found = document
    if isinstance(found, dict) and set(found) & {"agreement", "agreements"}:
        found = found.get("agreement", found.get("agreements"))
    given = found if isinstance(found, list) else [found]
    added: list[dict[str, Any]] = []
    findings: list[Finding] = []
    whole = session.begin_nested()
    for place, one in enumerate(given, 1):
        agreement, wrong = terms.parse(one, f"agreement {place}")
        findings += wrong
        if agreement is None:
            continue
        try:
            added.append(add_version(session, author, agreement))
        except Misuse as no:
            findings.append(
                terms.Finding(
                    place=f"agreement {place}",
                    value=agreement.name,
                    message=no.message,
                    remedy=no.remedy,
                )
            )
    if findings:
        whole.rollback()
        return [], findings
    whole.commit()
    return added, []


def approve(session: Session, author: Author, name: str) -> dict[str, Any]:
    """Approve all versions of an agreement that wait and that others made; gives the newest.

    Raises:
        NotFound: nothing of that name waits.
        NotAllowed: the author has made them all.
    """
    waiting = session.scalars(
        select(AgreementVersion)
        .where(AgreementVersion.name == name, AgreementVersion.approved_by.is_(None))
        .order_by(AgreementVersion.version)
        .with_for_update()
    ).all()
    if not waiting:
        raise NotFound(f"no version of {name!r} waits for approval")
    theirs = [row for row in waiting if row.set_by != author.name]
    if not theirs:
        raise NotAllowed(
            f"{author.name} has made it: another operator must approve",
            remedy=f"segue agreements approve {name} --by NAME",
        )
    for row in theirs:
        row.approved_by = author.name
    session.flush()
    return to_json(theirs[-1])


def agreements(session: Session, *, approved: bool = True) -> list[Agreement]:
    """All versions, by name and version."""
    query = select(AgreementVersion).order_by(AgreementVersion.name, AgreementVersion.version)
    if approved:
        query = query.where(AgreementVersion.approved_by.is_not(None))
    return [_read(row) for row in session.scalars(query)]


def versions(session: Session, name: str = "") -> list[dict[str, Any]]:
    """All versions of one agreement, or the newest of each.

    Raises:
        NotFound: no such agreement.
    """
    query = select(AgreementVersion).order_by(AgreementVersion.name, AgreementVersion.version)
    rows = session.scalars(query.where(AgreementVersion.name == name) if name else query).all()
    if name and not rows:
        raise NotFound(f"there is no agreement {name!r}", remedy="see `segue agreements list`")
    return [to_json(row) for row in (rows if name else {row.name: row for row in rows}.values())]


def recipients(session: Session) -> dict[str, str]:
    """Feed id -> its DPID."""
    return {row.id: row.dpid for row in session.execute(select(Feed.id, Feed.dpid))}


def to_json(row: AgreementVersion) -> dict[str, Any]:
    """A version as JSON values."""
    return {
        **row.terms,
        "version": row.version,
        "set_at": row.set_at.isoformat(),
        "set_by": row.set_by,
        "approved_by": row.approved_by,
    }


def _read(row: AgreementVersion) -> Agreement:
    agreement, findings = terms.parse(row.terms, row.name)
    if agreement is None:  # only what was parsed before is kept
        raise Misuse(f"{row.name}@{row.version} doesn't parse: {findings[0].message}")
    return replace(agreement, version=row.version)
