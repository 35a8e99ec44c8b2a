"""What is told to senders and operators: answers, and posts and mails on their way.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_answers()
    _carry_answers()
    _make_tellings()
    _carry_cursors()
    op.drop_index("ix_webhook_posts_outcome", table_name="webhook_posts")
    op.drop_table("webhook_posts")


def _make_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=1024), nullable=True),
        sa.Column("version", sa.String(length=4), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("written_at", _INSTANT, nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_answers_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_answers_feed_id_feeds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint(
            *("delivery_id", "attempt", "outcome", "event_id"),
            name=op.f("uq_answers_delivery_id"),
        ),
        sa.UniqueConstraint("feed_id", "path", name=op.f("uq_answers_feed_id")),
    )
    op.create_index("ix_answers_release", "answers", ["release_id", "open"])
    op.create_index("ix_answers_written", "answers", ["feed_id", "written_at"])


def _carry_answers() -> None:
    """The acknowledgements so far; what becomes of their releases is told from now on."""
    op.execute(
        """
        INSERT INTO answers (delivery_id, feed_id, release_id, attempt, outcome, event_id, heard,
                             status, why, path, version, at, written_at, open)
        SELECT d.id, d.feed_id, d.release_id, d.attempt,
               CASE WHEN d.state IN ('held', 'refused', 'failed') THEN d.state
                    ELSE 'accepted' END,
               0, COALESCE((SELECT MAX(id) FROM events), 0),
               CASE d.state WHEN 'live' THEN 'ReleaseMadeAvailableToConsumers'
                            WHEN 'scheduled' THEN 'ReleaseStagedForPublication'
                            WHEN 'hidden' THEN 'ReleaseNotAvailable'
                            WHEN 'purged' THEN 'ReleaseNotAvailable'
                            WHEN 'failed' THEN 'ProcessingErrorAtReleaseDistributor'
                            WHEN 'refused' THEN 'ProcessingErrorAtReleaseCreator'
                            WHEN 'held' THEN 'ReleaseReceivedByReleaseDistributor'
                            ELSE 'SuccessfullyIngestedByReleaseDistributor' END,
               '', d.acknowledgement, f.acknowledgements, d.updated_at, d.updated_at,
               d.state IN ('live', 'scheduled', 'hidden', 'purged')
        FROM deliveries d JOIN feeds f ON f.id = d.feed_id
        WHERE d.acknowledgement IS NOT NULL
          AND d.state NOT IN ('received', 'checking', 'transcoding')
        ORDER BY d.updated_at, d.id
        """
    )


def _make_tellings() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("feed_id", sa.String(length=40), nullable=True),
        sa.Column("delivery_id", sa.String(length=64), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_tellings_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_tellings_feed_id_feeds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
    )
    op.create_index("ix_tellings_due", "tellings", ["outcome", "due_at"])
    op.create_index(op.f("ix_tellings_delivery_id"), "tellings", ["delivery_id"])


def _carry_cursors() -> None:
    """News begin where the service stood. Posts that were still due are posted again with those
    after them: receivers know repeats by their `webhook-id`."""
    op.execute(
        """
        INSERT INTO cursors (name, position)
        SELECT 'webhooks', COALESCE(MAX(id), 0) FROM events
        WHERE NOT EXISTS (SELECT 1 FROM cursors WHERE name = 'webhooks')
        """
    )
    op.execute(
        """
        UPDATE cursors SET position =
            (SELECT MIN(event_id) - 1 FROM webhook_posts WHERE outcome = 'due')
        WHERE name = 'webhooks' AND EXISTS (SELECT 1 FROM webhook_posts WHERE outcome = 'due')
        """
    )
    op.execute(
        "INSERT INTO cursors (name, position) SELECT 'answers', COALESCE(MAX(id), 0) FROM answers"
    )


def downgrade() -> None:
    """Posts and mails on their way are lost."""
    op.execute("DELETE FROM cursors WHERE name = 'answers'")
    op.drop_table("tellings")
    op.drop_table("answers")
    op.create_table(
        "webhook_posts",
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_webhook_posts_event_id_events")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_webhook_posts")),
    )
    op.create_index(op.f("ix_webhook_posts_outcome"), "webhook_posts", ["outcome"])
