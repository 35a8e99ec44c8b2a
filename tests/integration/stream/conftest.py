"""A real store and the real nginx, one for the whole run."""

from __future__ import annotations

import pytest

from tests.fixtures.environment import program
from tests.fixtures.stores import moto

__all__ = ["moto"]


@pytest.fixture(scope="session")
def real_nginx() -> str:
    """The path of nginx; without one the test is skipped, and fails where all must be there."""
    return program("nginx-light", "nginx")
