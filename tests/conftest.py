"""Fixtures for all tests, from the modules in `tests/fixtures/`. Keep this file short."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.schemas",
    "tests.fixtures.service",
    "tests.fixtures.ceph",
    "tests.fixtures.open_service",
    "tests.fixtures.run",
    "tests.integration.core.postgres",
]
