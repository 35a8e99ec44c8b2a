"""Incomplete deliveries, the place and the door of each file, and whether its end is sure.

Revision: 0012
Follows: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_files = sa.table(
    "inbox_files",
    sa.column("receipt", sa.BigInteger),
    *(sa.column(name, sa.String) for name in ("path", "top", "folder")),
)


def upgrade() -> None:
    with op.batch_alter_table("inbox_files", schema=None) as batch_op:
        for name, length in (("top", 255), ("folder", 255), ("protocol", 10)):
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), server_default="", nullable=False)
            )
        batch_op.add_column(
            sa.Column("sure", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(sa.Column("doubt", sa.Text(), server_default="", nullable=False))
        batch_op.create_index("ix_inbox_files_place", ["feed_id", "top", "folder"])
    for receipt, path in op.get_bind().execute(sa.select(_files.c.receipt, _files.c.path)).all():
        parts = path.split("/")
        top, folder = parts[0] if len(parts) > 1 else "", parts[1] if len(parts) > 2 else ""
        where = _files.c.receipt == receipt
        op.execute(_files.update().where(where).values(top=top[:255], folder=folder[:255]))
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attention_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_deliveries_folder", ["feed_id", "batch", "release_folder"])
        batch_op.create_index("ix_deliveries_receipt", ["receipt"])


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE state = 'incomplete'")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_receipt")
        batch_op.drop_index("ix_deliveries_folder")
        batch_op.drop_column("attention_at")
    with op.batch_alter_table("inbox_files", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_files_place")
        for name in ("doubt", "sure", "protocol", "folder", "top"):
            batch_op.drop_column(name)
