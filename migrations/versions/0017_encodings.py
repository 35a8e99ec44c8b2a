"""Encodings between neighbours, and the loudness of albums.

Revision: 0017
Follows: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "encodings",
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("next", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("asset", name=op.f("pk_encodings")),
    )
    op.create_index(op.f("ix_encodings_digest"), "encodings", ["digest"])
    op.create_table(
        "album_sounds",
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("loudness", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_album_sounds")),
    )


def downgrade() -> None:
    op.drop_table("album_sounds")
    op.drop_index(op.f("ix_encodings_digest"), table_name="encodings")
    op.drop_table("encodings")
