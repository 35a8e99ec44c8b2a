"""Write a migration that brings head to the models: `make_migration.py REVISION MESSAGE`."""

from __future__ import annotations

import sys

from alembic import command

import migrations
from core.database import open_engine


def main(revision: str, message: str) -> None:
    engine = open_engine("sqlite://")
    with engine.connect() as connection:
        configured = migrations.config(connection)
        command.upgrade(configured, "head")
        command.revision(configured, message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:3])
