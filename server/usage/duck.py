"""The one place where DuckDB is opened: bounded memory, spill to disk, no network."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from core.errors import DiskFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Error = duckdb.Error
_OPTIONS = "COMPRESSION zstd, ROW_GROUP_SIZE 122880"

__all__ = ["Error", "connect", "copy", "text"]


@contextmanager
def connect(
    folder: Path, *, memory_mb: int, threads: int = 0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills into `folder` beyond `memory_mb`; times are UTC.

    `threads` 0 takes as many as there are processors.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(folder),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    if threads:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write what `query` gives as Parquet: wholly and durably, or not at all. Returns its rows.

    Raises:
        DiskFull: there is no space.
    """
    fresh = path.with_suffix(".new")
    try:
        done = connection.execute(
            f"COPY ({query}) TO {text(str(fresh))} (FORMAT parquet, {_OPTIONS})"
        ).fetchone()
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.rename(path)
    except duckdb.IOException as wrong:
        fresh.unlink(missing_ok=True)
        raise DiskFull(f"{path} can't be written: {wrong}", remedy="free space") from wrong
    return int(done[0]) if done else 0


def copy_lines(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the one column of texts that `query` gives as lines, unquoted.

    Raises:
        DiskFull: there is no space.
    """
    form = "FORMAT csv, HEADER false, DELIMITER '\x1f', QUOTE '', ESCAPE ''"
    try:
        connection.execute(f"COPY ({query}) TO {text(str(path))} ({form})")
    except duckdb.IOException as wrong:
        path.unlink(missing_ok=True)
        raise DiskFull(f"{path} can't be written: {wrong}", remedy="free space") from wrong


def text(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
