"""Events on their way to the webhook.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_posts",
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_webhook_posts_event_id_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_webhook_posts")),
    )
    with op.batch_alter_table("webhook_posts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_posts_outcome"), ["outcome"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("webhook_posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhook_posts_outcome"))

    op.drop_table("webhook_posts")
