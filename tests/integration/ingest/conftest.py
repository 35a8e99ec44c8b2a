"""Fixtures of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.integration.ingest.post import Post
from tests.integration.ingest.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Without DDEX schemas: the rules alone judge."""
    made = World(tmp_path / "data")
    yield made
    made.database.close()


@pytest.fixture
def post(world: World, schema_folder: SchemaFolder) -> Post:
    return Post(world, schema_folder)


T = TypeVar("T")


class Twice:
    """Does each step twice, as when a process dies after the effects of each."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        self.done.append(name)
        action(*args)
        return action(*args)


@pytest.fixture(params=["once", "twice"])
def times(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    if request.param == "twice":
        world.work.steps = Twice()  # type: ignore[assignment]
    yield request.param
    assert list(world.parts.data.work.iterdir()) == [], "workspaces go"
