"""Alembic's entry: always on a connection that the caller opened."""

from __future__ import annotations

from typing import Literal

from alembic import context

import catalog.models  # noqa: F401 - fills the metadata
from core.database import Base, Instant


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
