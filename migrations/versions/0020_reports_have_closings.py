"""Reports belong to closings; what becomes of late plays is a matter of agreements alone.

Revision: 0020
Follows: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_RECIPIENTS = sa.table(
    "report_recipients", sa.column("id", sa.String()), sa.column("terms", sa.JSON())
)


def upgrade() -> None:
    op.drop_index(op.f("ix_reports_recipient"), table_name="reports")
    op.drop_table("reports")
    connection = op.get_bind()
    for name, terms in connection.execute(sa.select(_RECIPIENTS.c.id, _RECIPIENTS.c.terms)).all():
        kept = {key: value for key, value in terms.items() if key != "late"}
        connection.execute(
            sa.update(_RECIPIENTS).where(_RECIPIENTS.c.id == name).values(terms=kept)
        )


def downgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("message_id", sa.String(length=100), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=30), nullable=False),
        sa.Column("file", sa.String(length=1024), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_recipient"), "reports", ["recipient"])
