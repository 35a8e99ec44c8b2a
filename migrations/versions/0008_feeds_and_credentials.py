"""Feeds of several protocols and party ids, their terms, their credentials; the clock of answers.

Revision: 0008
Follows: 0007
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = "sha256$"
_CLOCK = ["feed_id", "received_at", "answer_ms", "state", "is_test"]
_feeds = sa.table(
    "feeds",
    *(sa.column(name, sa.String) for name in ("id", "protocol", "choreography", "password_hash")),
    *(sa.column(name, sa.String) for name in ("acknowledgements", "acknowledgement_version")),
    *(sa.column(name, sa.JSON) for name in ("protocols", "public_keys")),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
_credentials = sa.table(
    "feed_credentials",
    *(sa.column(name, sa.String) for name in ("id", "feed_id", "kind", "label", "kept", "public")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "expires_at")),
)


def upgrade() -> None:
    _make_credentials()
    _carry_credentials()
    _add("feeds", "protocols", sa.JSON(), "[]")
    _add("feeds", "other_dpids", sa.JSON(), "[]")
    _add("feeds", "choreography", sa.String(length=20), "batch-1.8")
    _add("feeds", "terms", sa.JSON(), "{}")
    _add("feeds", "revision", sa.Integer(), "1")
    op.add_column("feeds", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    _rename("feeds", "acknowledgement_version", "acknowledgements")
    for feed_id, protocol in _rows(_feeds.c.id, _feeds.c.protocol):
        _set(_feeds, feed_id, protocols=[protocol])
    old = _feeds.c.acknowledgements == "16"
    op.execute(_feeds.update().where(old).values(choreography="batch-1.6"))
    for name in ("protocol", "password_hash", "public_keys"):
        op.drop_column("feeds", name)
    op.add_column("deliveries", sa.Column("answer_ms", sa.BigInteger(), nullable=True))
    _add("deliveries", "is_test", sa.Boolean(), sa.false())
    op.create_index("ix_deliveries_feed_clock", "deliveries", _CLOCK)
    op.create_index("ix_inbox_files_usage", "inbox_files", ["feed_id", "size"])


def _add(table: str, name: str, kind: TypeEngine[Any], default: str | sa.False_) -> None:
    """A column that has a value in every row; in place, since others refer to these rows."""
    op.add_column(table, sa.Column(name, kind, server_default=default, nullable=False))


def _rename(table: str, old: str, new: str) -> None:
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def _make_credentials() -> None:
    op.create_table(
        "feed_credentials",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_credentials_feed_id_feeds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_credentials")),
    )
    op.create_index("ix_feed_credentials_feed", "feed_credentials", ["feed_id", "kind"])


def _carry_credentials() -> None:
    """One row for each password, API key and public key."""
    wanted = _feeds.c.id, _feeds.c.password_hash, _feeds.c.public_keys, _feeds.c.created_at
    for feed_id, kept, keys, created_at in _rows(*wanted):
        rows = [("public_key", "", line) for line in keys or ()]
        if kept:
            rows.append(("api_key" if kept.startswith(_KEY) else "password", kept, ""))
        for kind, kept_part, public in rows:
            op.execute(
                _credentials.insert().values(
                    id=f"crd_{secrets.token_hex(8)}",
                    feed_id=feed_id,
                    kind=kind,
                    label="",
                    kept=kept_part,
                    public=public,
                    created_at=created_at,
                )
            )


def downgrade() -> None:
    """What no feed could be before (a second protocol, terms, sealed secrets) is lost."""
    op.drop_index("ix_inbox_files_usage", table_name="inbox_files")
    op.drop_index("ix_deliveries_feed_clock", table_name="deliveries")
    op.drop_column("deliveries", "is_test")
    op.drop_column("deliveries", "answer_ms")
    _add("feeds", "protocol", sa.String(length=10), "sftp")
    op.add_column("feeds", sa.Column("password_hash", sa.String(length=200), nullable=True))
    _add("feeds", "public_keys", sa.JSON(), "[]")
    for feed_id, protocols in _rows(_feeds.c.id, _feeds.c.protocols):
        _set(_feeds, feed_id, protocol=protocols[0], **_carried_back(feed_id, protocols[0]))
    none = _feeds.c.acknowledgements == "none"
    op.execute(_feeds.update().where(none).values(acknowledgements="18"))
    _rename("feeds", "acknowledgements", "acknowledgement_version")
    for name in ("deleted_at", "revision", "terms", "choreography", "other_dpids", "protocols"):
        op.drop_column("feeds", name)
    op.drop_index("ix_feed_credentials_feed", table_name="feed_credentials")
    op.drop_table("feed_credentials")


def _carried_back(feed_id: str, protocol: str) -> dict[str, Any]:
    """The newest secret of the feed's protocol, and its keys."""
    made = _credentials.c.created_at.desc()
    mine = sa.select(_credentials.c.kind, _credentials.c.kept, _credentials.c.public)
    mine = mine.where(_credentials.c.feed_id == feed_id).order_by(made)
    found = op.get_bind().execute(mine).all()
    secret = "api_key" if protocol == "http" else "password"
    return {
        "password_hash": next((kept for kind, kept, _ in found if kind == secret), None),
        "public_keys": [public for kind, _, public in found if kind == "public_key"],
    }


def _rows(*columns: sa.ColumnClause[Any]) -> list[Any]:
    return list(op.get_bind().execute(sa.select(*columns)).all())


def _set(table: sa.TableClause, row_id: str, **values: Any) -> None:
    op.execute(table.update().where(table.c.id == row_id).values(**values))
