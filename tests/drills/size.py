"""How large the drills are: small in CI, as large as somebody wants by `make drills`."""

from __future__ import annotations

from tests.fixtures.environment import variable

SMALL = 4
UPLOADS = int(variable("SEGUE_TEST_DRILL_UPLOADS") or SMALL)
"""Of each drill."""
FAULTS = max(4, UPLOADS // 5)
FIRST = int(variable("SEGUE_TEST_DRILL_SEED") or 1)
SEEDS = range(FIRST, FIRST + int(variable("SEGUE_TEST_DRILLS") or 10))
AWAY = 30.0 if UPLOADS > SMALL else 5.0
"""Seconds that the database is away."""
LIMIT = 900 + 10 * UPLOADS
"""Seconds after which a drill is broken off."""
