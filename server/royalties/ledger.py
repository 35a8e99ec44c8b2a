"""The book of a month, read from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models import AgreementVersion, RevenueFigure
from server.royalties.book import Book, Figure, Subscribers
from server.royalties.exchange import rates_until
from server.royalties.figures import newest_figures, newest_subscribers
from server.royalties.keeper import agreements, recipients
from server.royalties.problems import Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from server.royalties.periods import Month


def read_book(session: Session, month: Month) -> Book:
    """All that was entered and approved for a month."""
    return Book(
        recipients=recipients(session),
        agreements=agreements(session),
        figures=[
            Figure(
                territory=row.territory,
                tier=row.tier,
                model=row.model,
                currency=row.currency,
                net=row.amount,
                gross=row.gross,
            )
            for row in newest_figures(session, month)
        ],
        subscribers=[
            Subscribers(territory=row.territory, tier=row.tier, type=row.type, count=row.count)
            for row in newest_subscribers(session, month)
        ],
        rates=rates_until(session, month.last),
        currencies=_currencies(session),
    )


def _currencies(session: Session) -> dict[str, str]:
    """Territory -> the currency entered last there; where none was: the last of all, under ``."""
    newest = (
        select(func.max(RevenueFigure.id)).where(~RevenueFigure.withdrawn)
        .group_by(RevenueFigure.territory)
    )  # fmt: skip
    query = (
        select(RevenueFigure.territory, RevenueFigure.currency)
        .where(RevenueFigure.id.in_(newest))
        .order_by(RevenueFigure.id)
    )
    found = {row.territory: row.currency for row in session.execute(query)}
    return {"": list(found.values())[-1], **found} if found else {}


def waiting(session: Session, month: Month) -> list[Problem]:
    """What of the book waits for a second operator."""
    figures = session.scalars(
        select(RevenueFigure).where(
            RevenueFigure.period == str(month), RevenueFigure.approved_by.is_(None)
        )
    ).all()
    rows = session.scalars(
        select(AgreementVersion).where(AgreementVersion.approved_by.is_(None))
    ).all()
    found = []
    if figures:
        found.append(
            Problem(
                code="approval-missing",
                subject=f"revenue {month}",
                message=f"{len(figures)} figures of revenue in {month} wait for a second operator.",
                remedy=f"segue revenue approve --period {month} --by NAME",
            )
        )
    return found + [
        Problem(
            code="approval-missing",
            subject=f"{row.name}@{row.version}",
            message=f"Version {row.version} of {row.name} waits for a second operator.",
            remedy=f"segue agreements approve {row.name} --by NAME",
        )
        for row in rows
    ]
