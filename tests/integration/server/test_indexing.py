"""The search index follows the outbox, and reads all releases only when it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.models import Event
from search.backends.memory import MemoryIndex
from search.catalogue import CatalogueSource
from search.indexer import Indexer
from server.services.indexing import catch_up

if TYPE_CHECKING:
    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


def test_an_empty_index_is_built_and_then_follows_events(world: World) -> None:
    world.release("r1", tracks=1)
    index = MemoryIndex()
    indexer = Indexer(index, CatalogueSource(world.database).load)
    catch_up(indexer, world.database)
    assert {hit.release_id for hit in index.search("album").hits} == {"r1"}
    world.release("r2", tracks=1)
    world.release("r3", tracks=1)  # nothing tells of it
    with world.database.write() as session:
        session.add(Event(kind="made_available", release_id="r2", at=world.clock()))
    catch_up(indexer, world.database)
    assert {hit.release_id for hit in index.search("album").hits} == {"r1", "r2"}
