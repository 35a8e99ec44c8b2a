"""The file of a day: its rows stand and are numbered in the order of their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.usage import duck, rows

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 300_000
"""More than two groups of rows in the file."""
_QUERY = """
SELECT {given}, '2026-10-01'::DATE AS day,
    '2026-10-01'::TIMESTAMP + to_seconds((hash(i) % 5000)::BIGINT) AS used_at,
    md5(i::VARCHAR) AS play_id, 1 AS quantity, 'counted' AS verdict
FROM range({count}) AS t(i)
"""
_STRAY = """
SELECT count(*) FROM (
    SELECT leaf, row_number() OVER (ORDER BY used_at, play_id) + {before} AS due,
        file_row_number + {before} + 1 AS place
    FROM read_parquet({file}, file_row_number = true)
) WHERE leaf <> due OR leaf <> place
"""


def test_leaves_follow_the_time_of_their_plays(tmp_path: Path) -> None:
    ordered = ("day", "used_at", "play_id", "quantity", "verdict")
    rest = (name for name in rows.COLUMNS if name not in ordered)
    given = ", ".join(f"NULL::{rows.COLUMNS[name]} AS {name}" for name in rest)
    path = tmp_path / "day.parquet"
    with duck.connect(tmp_path / "scratch", memory_mb=250, threads=4) as connection:
        query = _QUERY.format(given=given, count=COUNT)
        assert rows.write(connection, query, path, 8) == COUNT
        stray = _STRAY.format(file=duck.text(str(path)), before=7)
        assert connection.execute(stray).fetchone() == (0,)
