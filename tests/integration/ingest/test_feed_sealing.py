"""A new sealing key: every kept secret gets it, in one transaction, and a cut run loses none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import AuditEntry, Feed, FeedCredential
from core.database import Base
from core.sealed import Sealer, key_of
from ingest import feed_credentials
from ingest.feed_audit import Actor
from ingest.feed_credentials import Kind
from ingest.feed_sealing import reseal
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.ingest.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BY = Actor("olga")
SECRETS = [(Kind.STORE, "store secret"), (Kind.WEBHOOK_SECRET, "whsec_of the hook")]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    lite = request.param == "sqlite"
    made = World(tmp_path / "data", "" if lite else str(request.getfixturevalue("postgres")))
    yield made
    if not lite:
        Base.metadata.drop_all(made.database.engine)
    made.database.close()


@pytest.fixture
def sealer(world: World) -> Sealer:
    """The installation's, with one secret of each kind."""
    found = Sealer(world.parts.data.keys)
    with world.database.write() as session:
        feed = session.scalars(select(Feed)).one()
        for kind, secret in SECRETS:
            feed_credentials.issue(session, world.clock, feed, kind, secret=secret, sealer=found)
    return found


def opened(world: World, sealer: Sealer) -> list[str]:
    with world.database.read() as session:
        feed = session.scalars(select(Feed)).one()
        found = [
            feed_credentials.sealed_value(session, sealer, feed.id, kind, world.clock())
            for kind, _ in SECRETS
        ]
    return [one[1].decode() for one in found if one]


def keys(world: World) -> set[int]:
    with world.database.read() as session:
        rows = session.scalars(select(FeedCredential.kept).where(FeedCredential.kept != "")).all()
    return {key_of(kept) for kept in rows if kept.startswith("s1.")}


def test_all_secrets_get_the_new_key(world: World, sealer: Sealer) -> None:
    done = reseal(world.database, world.clock, sealer, BY)
    assert (done.key, done.texts, done.broken, done.forgotten) == (2, 2, (), ())
    assert keys(world) == {2}
    assert opened(world, Sealer(world.parts.data.keys)) == [secret for _, secret in SECRETS]
    with world.database.read() as session:
        told = session.scalars(
            select(AuditEntry).where(AuditEntry.what == "credential resealed")
        ).all()
    assert len(told) == 2
    assert not any(secret in entry.detail for entry in told for _, secret in SECRETS)


def test_a_run_that_was_cut_off_loses_nothing(world: World, sealer: Sealer) -> None:
    sealer.rotate()  # the key was made, and then the process was killed
    assert opened(world, sealer) == [secret for _, secret in SECRETS]
    done = reseal(world.database, world.clock, sealer, BY, forget=True)
    assert (done.key, done.texts, done.forgotten) == (3, 2, (1, 2))
    assert [path.name for path in world.parts.data.keys.glob("seal.*.key")] == ["seal.3.key"]
    assert opened(world, sealer) == [secret for _, secret in SECRETS]


def test_what_does_not_open_stays_and_keeps_its_key(world: World, sealer: Sealer) -> None:
    with world.database.write() as session:
        row = session.scalars(select(FeedCredential).where(FeedCredential.kind == "store")).one()
        row.kept = kept = row.kept[:-4] + "AAAA"
        broken = row.id
    done = reseal(world.database, world.clock, sealer, BY, forget=True)
    assert (done.texts, done.broken, done.forgotten) == (1, (broken,), ())
    with world.database.read() as session:
        assert session.get_one(FeedCredential, broken).kept == kept
    assert keys(world) == {1, 2}
