"""Encodings that nothing plays any more go after a while; failures of encoding are kept.

Revision: 0019
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("encodings") as table:
        table.add_column(sa.Column("spare_since", sa.DateTime(timezone=True), nullable=True))
        table.add_column(
            sa.Column("going", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.create_index(op.f("ix_encodings_spare_since"), ["spare_since"])
    op.create_table(
        "encoding_failures",
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_encoding_failures")),
    )


def downgrade() -> None:
    op.drop_table("encoding_failures")
    with op.batch_alter_table("encodings") as table:
        table.drop_index(op.f("ix_encodings_spare_since"))
        table.drop_column("going")
        table.drop_column("spare_since")
