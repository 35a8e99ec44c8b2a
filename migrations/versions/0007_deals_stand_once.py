"""Deals stand once, in the rights of their release.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("releases", "deals")
    op.drop_column("tracks", "deals")


def downgrade() -> None:
    for table in ("tracks", "releases"):
        column = sa.Column("deals", sa.JSON(), nullable=False, server_default="[]")
        op.add_column(table, column)
