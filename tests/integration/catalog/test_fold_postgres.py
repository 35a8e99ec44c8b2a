"""The same messages give the same catalogue on PostgreSQL as on SQLite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.database import Base, Database
from migrations import upgrade
from tests.integration.catalog.world import Said, feeds_of, rows, tell, told
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
FIRST = Said(tracks=((0, 0), (1, 0), (2, 1)))
MESSAGES = [
    FIRST,
    replace(FIRST, stamp=2, title="Renamed ünïcode ♫", tracks=((1, None), (0, 5)), cover=None),
    replace(FIRST, stamp=1, title="Late"),
    Said(release=1, owner=1, feed=1),
    Said(release=2, deals=(), tracks=((0, None),)),
]


def test_both_databases_agree(request: pytest.FixtureRequest) -> None:
    database = Database(str(request.getfixturevalue("postgres")))
    upgrade(database.engine)
    feeds_of(database)
    for said in MESSAGES:
        with database.write() as session:
            tell(session, said)
    with database.read() as session:
        found = rows(session)
    Base.metadata.drop_all(database.engine)
    database.close()
    assert found == told(MESSAGES)
    assert len(found["releases"]) == 3
