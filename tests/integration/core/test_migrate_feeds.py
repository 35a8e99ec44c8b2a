"""Revision 0008 carries feeds and their secrets over, and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from sqlalchemy import text

from migrations import config, upgrade
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.core.test_migrations import database, url  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.database import Database

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]

_LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"
_OLD = (
    ("feed_1", "sftp", "$argon2id$1", "[]", "18"),
    ("feed_2", "http", "sha256$2", "[]", "16"),
    ("feed_3", "sftp", None, json.dumps([_LINE, f"{_LINE}B"]), "18"),
)
_FEED = text(
    "INSERT INTO feeds (id, name, dpid, protocol, username, password_hash, public_keys,"
    " acknowledgement_version, policy, disabled, created_at) VALUES (:id, :id, 'P', :protocol,"
    " :id, :hash, :keys, :version, '{}', :disabled, '2026-01-02 03:04:05+00:00')"
)
_FILE = text(
    "INSERT INTO inbox_files (receipt, feed_id, path, size, blake3, received_at)"
    " VALUES (1, 'feed_1', 'a', 3, 'b', '2026-01-02 03:04:05+00:00')"
)


def _to_0007(database: Database, move: Callable[..., None]) -> None:  # noqa: F811
    with database.engine.connect().execution_options(writes=True) as connection:
        move(config(connection), "0007")
        connection.commit()


def _all(database: Database, query: str) -> list[tuple[Any, ...]]:  # noqa: F811
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def test_feeds_are_carried_over_and_back(database: Database) -> None:  # noqa: F811
    _to_0007(database, command.upgrade)
    with database.engine.connect().execution_options(writes=True) as connection:
        for feed_id, protocol, kept, keys, version in _OLD:
            said = {"id": feed_id, "protocol": protocol, "hash": kept, "keys": keys}
            connection.execute(_FEED, {**said, "version": version, "disabled": False})
        connection.execute(_FILE)
        connection.commit()

    upgrade(database.engine)
    feeds = _all(
        database,
        "SELECT id, protocols, choreography, acknowledgements, other_dpids, terms, revision"
        " FROM feeds ORDER BY id",
    )
    assert [(row[0], _json(row[1]), *row[2:4]) for row in feeds] == [
        ("feed_1", ["sftp"], "batch-1.8", "18"),
        ("feed_2", ["http"], "batch-1.6", "16"),
        ("feed_3", ["sftp"], "batch-1.8", "18"),
    ]
    assert [(_json(row[4]), _json(row[5]), row[6]) for row in feeds] == [([], {}, 1)] * 3
    carried = _all(
        database,
        "SELECT feed_id, kind, kept, public, expires_at FROM feed_credentials"
        " ORDER BY feed_id, public",
    )
    assert carried == [
        ("feed_1", "password", "$argon2id$1", "", None),
        ("feed_2", "api_key", "sha256$2", "", None),
        ("feed_3", "public_key", "", _LINE, None),
        ("feed_3", "public_key", "", f"{_LINE}B", None),
    ]
    assert _all(database, "SELECT feed_id FROM inbox_files") == [("feed_1",)]

    _to_0007(database, command.downgrade)
    before = _all(
        database,
        "SELECT id, protocol, password_hash, public_keys, acknowledgement_version FROM feeds"
        " ORDER BY id",
    )
    assert [(*row[:3], _json(row[3]), row[4]) for row in before] == [
        (feed_id, protocol, kept, json.loads(keys), version)
        for feed_id, protocol, kept, keys, version in _OLD
    ]
    assert _all(database, "SELECT feed_id FROM inbox_files") == [("feed_1",)]
