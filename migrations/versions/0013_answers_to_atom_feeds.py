"""Entries of Atom feeds know which delivery they became, and where they are taken off the list.

Revision: 0013
Follows: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watched_objects") as table:
        table.add_column(sa.Column("top", sa.String(length=255), server_default="", nullable=False))
        table.add_column(sa.Column("delete_url", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("watched_objects") as table:
        table.drop_column("delete_url")
        table.drop_column("top")
