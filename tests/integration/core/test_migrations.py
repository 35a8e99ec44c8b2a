"""The newest revision equals the models, on every database; upgrading is harmless at any time."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import catalog.models  # noqa: F401 - fills the metadata
from core import spawn
from core.database import Base, Database
from migrations import config, head, upgrade
from tests.fixtures.environment import REPOSITORY
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
UPGRADE = """
import re
import sys
import alembic.command
from core.database import Database
from migrations import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(Database(sys.argv[1]).engine)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'segue.db'}"
        return
    server = str(request.getfixturevalue("postgres"))
    database = Database(server)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS fresh"))
        connection.execute(text("CREATE DATABASE fresh"))
    database.close()
    yield re.sub(r"/\w+\?", "/fresh?", server)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def test_head_equals_the_models(database: Database) -> None:
    upgrade(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_our_head_is_that_of_the_revisions() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == head()


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database.engine)
    before = _said(database)
    upgrade(database.engine)
    assert _said(database) == before
    assert before["version"] == head()


def test_two_processes_upgrade_at_once(url: str, database: Database) -> None:
    children = [
        spawn.start(
            [sys.executable, "-c", UPGRADE, url], stdin=-1, cwd=REPOSITORY, env={"HOME": "/"}
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    done = [child.communicate(timeout=160) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], done
    assert _said(database)["version"] == head()


def test_down_and_up_again(database: Database) -> None:
    from alembic import command  # noqa: PLC0415 - as the module itself

    upgrade(database.engine)
    with database.engine.connect().execution_options(writes=True) as connection:
        command.downgrade(config(connection), "base")
        connection.commit()
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    upgrade(database.engine)
    assert _said(database)["version"] == head()


def _said(database: Database) -> dict[str, object]:
    with database.engine.connect() as connection:
        return {
            "version": connection.scalar(text("SELECT version_num FROM alembic_version")),
            "tables": sorted(inspect(connection).get_table_names()),
        }
