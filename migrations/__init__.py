"""The schema, by Alembic. `upgrade` brings a database to the head; a test holds head and models
equal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).resolve().parent
_LOCK = 0x5E60E  # any number that nobody else locks in this database


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our folder, on an open connection."""
    from alembic.config import Config  # noqa: PLC0415 - half of a command's start

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    """The newest revision: our revisions are four digits that grow."""
    names = (path.name for path in (FOLDER / "versions").glob("*.py"))
    return max(found[1] for name in names if (found := re.match(r"(\d{4})_", name)))


def upgrade(engine: Engine) -> None:
    """Bring the database to the head; quick when it is there."""
    with engine.connect() as connection:
        if _current(connection) == head():
            return
    from alembic import command  # noqa: PLC0415 - needed here only

    with engine.connect().execution_options(writes=True) as connection:
        _wait_for_others(connection)
        command.upgrade(config(connection), "head")
        connection.commit()


def _wait_for_others(connection: Connection) -> None:
    """One process upgrades at a time; SQLite's writers wait for each other anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None
