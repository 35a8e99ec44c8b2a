"""A PostgreSQL of the tests' own: Debian's binaries, a new cluster, a unix socket in its folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import lacking, program

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "nobody"


def _as_other() -> list[str]:
    """The server refuses to run as root, so root runs it as somebody without rights."""
    if os.geteuid() != 0:
        return []
    setpriv = program("util-linux", "setpriv")
    return [setpriv, f"--reuid={ACCOUNT}", f"--regid={_group()}", "--clear-groups", "--"]


def _group() -> str:
    return str(Path("/proc/self").stat().st_gid) if os.geteuid() != 0 else "nogroup"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of an empty server; it ends with the tests of the module."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        lacking("no PostgreSQL server on this machine", "apt-get install postgresql")
    binaries = found[-1].parent
    # not pytest's own folder: the other account may not enter it, and sockets want short paths
    folder = Path(tempfile.mkdtemp(prefix="segue-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        yield from _served(binaries, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _served(binaries: Path, folder: Path) -> Iterator[str]:
    data = folder / "data"
    _run([f"{binaries}/initdb", "-D", str(data), "-U", "segue", "-A", "trust", "-E", "UTF8", "-N"])
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [f"{binaries}/pg_ctl", "-D", str(data), "-w", "-t", "30"]
    _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql+psycopg://segue@/postgres?host={folder}"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _run(argv: list[str]) -> None:
    """Output to a file: a server that stays would hold our pipe open."""
    with tempfile.TemporaryFile() as said:
        child = spawn.start([*_as_other(), *argv], stdout=said, stderr=said)
        code = child.wait(timeout=40)
        said.seek(0)
        assert code == 0, said.read().decode(errors="replace")
