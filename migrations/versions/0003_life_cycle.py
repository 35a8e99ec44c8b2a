"""Decisions among the messages, readings beside them, sources of recordings, what the clock moves.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_RECEIVED = ("inbox_files", "deliveries")
_FACTS = ("title", "artist", "advisory", "p_line", "duration_ms", "credits")
_messages = sa.table(
    "messages",
    sa.column("id", sa.String),
    sa.column("order_stamp", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("digest", sa.String),
    sa.column("feed_id", sa.String),
    sa.column("order_key", sa.String),
)
_releases = sa.table(
    "releases",
    sa.column("published_at", sa.DateTime(timezone=True)),
    sa.column("next_change", sa.DateTime(timezone=True)),
)
_sources = sa.table(
    "sources",
    *(sa.column(name, sa.String) for name in ("release_id", "recording_id", "owner", "isrc")),
    *(sa.column(name, sa.String) for name in ("order_key", "master", "master_key")),
    sa.column("facts", sa.JSON),
)


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "readings",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_readings")),
    )
    op.create_table(
        "sources",
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("isrc", sa.String(length=40), nullable=False),
        sa.Column("order_key", sa.String(length=130), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("master", sa.String(length=64), nullable=True),
        sa.Column("master_key", sa.String(length=130), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "recording_id", name=op.f("pk_sources")),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=True),
        sa.Column("release_id", sa.String(length=40), nullable=True),
        sa.Column("feed_id", sa.String(length=40), nullable=True),
        sa.Column("alias_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_key", sa.String(length=130), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_decisions_delivery_id_deliveries")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_decisions_feed_id_feeds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_alias_id"), ["alias_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_kind"), ["kind"], unique=False)
        batch_op.create_index("ix_decisions_release", ["release_id", "order_key"], unique=False)

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "type", sa.String(length=40), server_default="NewReleaseMessage", nullable=False
            )
        )
        batch_op.add_column(
            sa.Column("order_key", sa.String(length=130), server_default="", nullable=False)
        )
        batch_op.drop_index(batch_op.f("ix_messages_release"))
        batch_op.create_index("ix_messages_release", ["release_id", "order_key"], unique=False)

    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("works", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("version", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sender", sa.String(length=40), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("next_change", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("locked", sa.String(length=20), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("labels", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("genres", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("rights", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(
            sa.Column("rights_digest", sa.String(length=64), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("groups", sa.JSON(), server_default="[]", nullable=False))
        batch_op.create_index("ix_releases_next_change", ["next_change"], unique=False)

    with op.batch_alter_table("tracks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("flags", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("work", sa.Text(), server_default="", nullable=False))
    _number_receipts()
    _fill()


def _number_receipts() -> None:
    """Receipts by a sequence, where writers do not wait for each other."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    tables = (sa.table(name, sa.column("receipt", sa.BigInteger)) for name in _RECEIVED)
    last = max(bind.scalar(sa.select(sa.func.max(table.c.receipt))) or 0 for table in tables)
    op.execute(sa.text(f"CREATE SEQUENCE inbox_receipts START WITH {int(last) + 1}"))


def _fill() -> None:
    """Order keys of messages, sources of recordings, and the clock's next look at releases."""
    bind = op.get_bind()
    for message in bind.execute(sa.select(_messages)).all():
        at = message.created_at
        created = f"{at.year:04d}{at:%m%d%H%M%S%f}" if at else "0" * 20
        key = f"{message.order_stamp}|{created}|{message.digest}|{message.feed_id}"
        bind.execute(_messages.update().where(_messages.c.id == message.id).values(order_key=key))
    bind.execute(_releases.update().values(next_change=_releases.c.published_at))
    bind.execute(
        sa.text(
            "UPDATE releases SET sender = "
            "(SELECT replace(upper(dpid), '-', '') FROM feeds WHERE feeds.id = releases.feed_id)"
        )
    )
    pairs = sa.text(
        "SELECT coalesce(t.release_id, '') AS release_id, r.id AS recording_id, r.owner, r.isrc, "
        "r.order_key, r.master, r.master_key, r.title, r.artist, r.advisory, r.p_line, "
        "r.duration_ms, r.credits FROM recordings r LEFT JOIN "
        "(SELECT DISTINCT release_id, recording_id FROM tracks) t ON r.id = t.recording_id"
    )
    for row in bind.execute(pairs.columns(credits=sa.JSON())).mappings().all():
        facts = {name: row[name] for name in _FACTS}
        kept = {name: value for name, value in row.items() if name not in _FACTS}
        bind.execute(_sources.insert().values(**kept, facts=facts))


def downgrade() -> None:
    with op.batch_alter_table("tracks", schema=None) as batch_op:
        batch_op.drop_column("work")
        batch_op.drop_column("flags")

    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index("ix_releases_next_change")
        batch_op.drop_column("groups")
        batch_op.drop_column("rights_digest")
        batch_op.drop_column("rights")
        batch_op.drop_column("genres")
        batch_op.drop_column("labels")
        batch_op.drop_column("locked")
        batch_op.drop_column("next_change")
        batch_op.drop_column("sender")

    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_column("version")
        batch_op.drop_column("works")

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_release")
        batch_op.create_index(
            batch_op.f("ix_messages_release"), ["owner", "release_id"], unique=False
        )
        batch_op.drop_column("order_key")
        batch_op.drop_column("type")

    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_decisions_release")
        batch_op.drop_index(batch_op.f("ix_decisions_kind"))
        batch_op.drop_index(batch_op.f("ix_decisions_delivery_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_alias_id"))

    op.drop_table("decisions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP SEQUENCE inbox_receipts"))
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sources_recording_id"))

    op.drop_table("sources")
    op.drop_table("readings")
    op.drop_table("cursors")
