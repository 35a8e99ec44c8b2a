"""Which message brought the cover, so that the newest that has one counts.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "releases",
        sa.Column("artwork_key", sa.String(length=130), nullable=False, server_default=""),
    )
    # a cover that is there was brought by the message that stands
    op.execute("UPDATE releases SET artwork_key = order_key WHERE artwork IS NOT NULL")


def downgrade() -> None:
    op.drop_column("releases", "artwork_key")
