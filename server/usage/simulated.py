"""Writes a simulated scene to disk, in the files that `server.usage.store` reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from server.usage import accounting, duck, simulate
from server.usage.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

    from server.usage.simulate import Scene

MEMORY_MB = 1_000
_POLICY = Policy(streams={"family": 6})


def write(scene: Scene, folder: Path, *, with_facts: bool = False) -> dict[str, Any]:
    """Make `<folder>/days/*.parquet` and `songs.parquet`; `{plays, counted, days, folder}`.

    `with_facts` writes `facts.parquet` too: the plays before accounting.
    """
    days = folder / "days"
    days.mkdir(parents=True, exist_ok=True)
    with duck.connect(folder / "scratch", memory_mb=MEMORY_MB) as connection:
        simulate.make_catalogue(connection, scene)
        simulate.make_facts(connection, scene)
        duck.copy(connection, "FROM songs ORDER BY number", folder / "songs.parquet")
        if with_facts:
            duck.copy(connection, "FROM facts", folder / "facts.parquet")
        accounting.account(connection, _POLICY)
        plays = 0
        for number in range(scene.days):
            day = scene.first + timedelta(days=number)
            simulate.make_usage(connection, day, first_leaf=plays)
            duck.copy(connection, "FROM simulated ORDER BY leaf", days / f"{day}.parquet")
            plays += connection.execute("SELECT count(*) FROM simulated").fetchall()[0][0]
        counted = connection.execute(
            "SELECT count(*) FROM accounted WHERE verdict = 'counted'"
        ).fetchall()[0][0]
    (folder / "scratch").rmdir()
    return {"plays": plays, "counted": counted, "days": scene.days, "folder": str(folder)}
