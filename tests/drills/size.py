"""How large the drills are: small in CI, as large as somebody wants by `make drills`."""

from __future__ import annotations

from tests.fixtures.environment import variable

UPLOADS = int(variable("SEGUE_TEST_DRILL_UPLOADS") or 6)
"""Of each drill."""
FAULTS = max(5, UPLOADS // 5)
FIRST = int(variable("SEGUE_TEST_DRILL_SEED") or 1)
SEEDS = range(FIRST, FIRST + int(variable("SEGUE_TEST_DRILLS") or 10))
AWAY = 30.0 if UPLOADS > 6 else 5.0
"""Seconds that the database is away."""
LIMIT = 300 + 10 * UPLOADS
"""Seconds after which a drill is broken off."""
