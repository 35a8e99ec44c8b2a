"""Money that adds up: figures of revenue and subscribers, rates, agreements, closed months.

Revision: 0015
Follows: 0014
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from datetime import datetime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _by() -> tuple[sa.Column[datetime], sa.Column[str]]:
    return sa.Column("set_at", _INSTANT, nullable=False), _text("set_by", 200)


def upgrade() -> None:
    op.create_table(
        "agreement_versions",
        _id(),
        _text("name", 100),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("recipient", 40),
        sa.Column("terms", sa.JSON(), nullable=False),
        *_by(),
        _text("approved_by", 200, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_versions")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_agreement_versions_name")),
    )
    op.create_index(op.f("ix_agreement_versions_recipient"), "agreement_versions", ["recipient"])
    _make_figures()
    _make_closed()
    op.drop_table("revenue")


def _make_figures() -> None:
    op.create_table(
        "revenue_figures",
        _id(),
        _text("period", 7),
        _text("territory", 10),
        _text("tier", 40),
        _text("model", 60),
        _text("currency", 3),
        _text("amount", 60),
        _text("gross", 60, nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        *_by(),
        _text("approved_by", 200, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revenue_figures")),
    )
    op.create_index("ix_revenue_figures_period", "revenue_figures", ["period", "territory", "tier"])
    op.execute(
        """
        INSERT INTO revenue_figures (period, territory, tier, model, currency, amount, withdrawn,
                                     set_at, set_by, approved_by)
        SELECT period, territory, '', model, currency, CAST(amount AS VARCHAR(60)), false, set_at,
               'before agreements', 'before agreements'
        FROM revenue ORDER BY id
        """
    )
    op.create_table(
        "subscriber_counts",
        _id(),
        _text("period", 7),
        _text("territory", 10),
        _text("tier", 40),
        _text("type", 40),
        sa.Column("count", sa.BigInteger(), nullable=False),
        _text("source", 20),
        *_by(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber_counts")),
    )
    op.create_index("ix_subscriber_counts_period", "subscriber_counts", ["period"])
    op.create_table(
        "exchange_rates",
        _id(),
        _text("base", 3),
        _text("quote", 3),
        sa.Column("day", sa.Date(), nullable=False),
        _text("rate", 60),
        _text("source", 200),
        *_by(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rates")),
    )
    op.create_index("ix_exchange_rates_pair", "exchange_rates", ["base", "quote", "day"])


def _make_closed() -> None:
    op.create_table(
        "closed_months",
        _id(),
        _text("period", 7),
        sa.Column("issue", sa.Integer(), nullable=False),
        _text("folder", 200),
        _text("digest", 64),
        sa.Column("book", sa.JSON(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=False),
        _text("closed_by", 200),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_months")),
        sa.UniqueConstraint("period", "issue", name=op.f("uq_closed_months_period")),
    )
    op.create_table(
        "statements",
        _id(),
        _text("period", 7),
        sa.Column("issue", sa.Integer(), nullable=False),
        _text("recipient", 40),
        _text("agreement", 100),
        _text("currency", 3),
        *(_text(name, 60) for name in ("earned", "recouped", "balance", "payable")),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("period", "issue", "agreement", name=op.f("uq_statements_period")),
    )
    op.create_index(op.f("ix_statements_recipient"), "statements", ["recipient"])


def downgrade() -> None:
    """Of money entered, the newest figure of each model and territory is kept."""
    op.create_table(
        "revenue",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("period", 7),
        _text("model", 60),
        _text("territory", 10),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        _text("currency", 3),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revenue")),
        sa.UniqueConstraint("period", "model", "territory", name=op.f("uq_revenue_period")),
    )
    op.execute(
        """
        INSERT INTO revenue (period, model, territory, amount, currency, set_at)
        SELECT period, model, territory, CAST(amount AS NUMERIC(18, 6)), currency, set_at
        FROM revenue_figures
        WHERE id IN (SELECT MAX(id) FROM revenue_figures WHERE tier = '' AND NOT withdrawn
                     GROUP BY period, model, territory)
        """
    )
    for name in (
        *("statements", "closed_months", "exchange_rates"),
        *("subscriber_counts", "revenue_figures", "agreement_versions"),
    ):
        op.drop_table(name)
