"""The ledger of usage: more of each play, closed days, corrections, keys of pseudonyms.

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), server_default="", nullable=False)


def _zero(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, server_default="0", nullable=False)


def upgrade() -> None:
    op.create_table(
        "listener_keys",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_listener_keys")),
    )
    op.create_table(
        "usage_corrections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("play_id", sa.String(length=40), nullable=False),
        sa.Column("former", sa.JSON(), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_corrections")),
    )
    with op.batch_alter_table("usage_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_usage_corrections_play_id"), ["play_id"], unique=False)

    op.create_table(
        "usage_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_usage_days")),
    )
    with op.batch_alter_table("plays", schema=None) as batch_op:
        batch_op.add_column(_text("isrc", 40))
        batch_op.add_column(_text("rendition", 40))
        batch_op.add_column(_text("address", 40))
        batch_op.add_column(_text("client", 20))
        batch_op.add_column(_zero("preview", sa.Boolean()))
        batch_op.add_column(_zero("operator", sa.Boolean()))
        batch_op.add_column(_zero("excess_ms", sa.Integer()))
        batch_op.add_column(sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("day", sa.String(length=10), nullable=True))
        batch_op.add_column(_text("verdict", 20))
        batch_op.add_column(_text("reason", 40))
        batch_op.create_index("ix_plays_day_used", ["day", "used_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("plays", schema=None) as batch_op:
        batch_op.drop_index("ix_plays_day_used")
        batch_op.drop_column("reason")
        batch_op.drop_column("verdict")
        batch_op.drop_column("day")
        batch_op.drop_column("sent_at")
        batch_op.drop_column("used_at")
        batch_op.drop_column("excess_ms")
        batch_op.drop_column("operator")
        batch_op.drop_column("preview")
        batch_op.drop_column("client")
        batch_op.drop_column("address")
        batch_op.drop_column("rendition")
        batch_op.drop_column("isrc")

    op.drop_table("usage_days")
    with op.batch_alter_table("usage_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_usage_corrections_play_id"))

    op.drop_table("usage_corrections")
    op.drop_table("listener_keys")
