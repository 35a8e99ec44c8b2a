"""The schema, by Alembic. `upgrade` brings a database to the head; a test holds head and models
equal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).resolve().parent


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for our folder, on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def upgrade(engine: Engine) -> None:
    """Bring the database to the head; quick when it is there."""
    with engine.connect().execution_options(writes=True) as connection:
        head = ScriptDirectory.from_config(config()).get_current_head()
        if MigrationContext.configure(connection).get_current_revision() != head:
            command.upgrade(config(connection), "head")
        connection.commit()
