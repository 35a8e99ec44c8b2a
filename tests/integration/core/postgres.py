"""A PostgreSQL of the tests' own: Debian's binaries, a new cluster, a unix socket in its folder.

One serves a whole run, with a database for each module; who wants to stop it has his own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from core import spawn
from tests.fixtures.environment import lacking, program

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "nobody"
_modules = count()


def _as_other() -> list[str]:
    """The server refuses to run as root, so root runs it as somebody without rights."""
    if os.geteuid() != 0:
        return []
    setpriv = program("util-linux", "setpriv")
    return [setpriv, f"--reuid={ACCOUNT}", f"--regid={_group()}", "--clear-groups", "--"]


def _group() -> str:
    return str(Path("/proc/self").stat().st_gid) if os.geteuid() != 0 else "nogroup"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that can be taken away and brought back."""

    binaries: Path
    folder: Path

    @property
    def url(self) -> str:
        return self.address("postgres")

    def address(self, database: str) -> str:
        return f"postgresql+psycopg://segue@/{database}?host={self.folder}"

    def create(self, database: str) -> str:
        """The address of a new, empty one."""
        at = f"host={self.folder} user=segue dbname=postgres"
        with psycopg.connect(at, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}".encode())
        return self.address(database)

    @property
    def _control(self) -> list[str]:
        return [f"{self.binaries}/pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "120"]

    def make(self) -> None:
        options = ["-U", "segue", "-A", "trust", "-E", "UTF8", "-N"]
        _run([f"{self.binaries}/initdb", "-D", str(self.folder / "data"), *options])

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        options += " -c max_connections=300"
        _run([*self._control, "-l", str(self.folder / "log"), "-o", options, "start"])

    def stop(self) -> None:
        """At once, as if the machine had gone."""
        _run([*self._control, "-m", "immediate", "stop"])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A running, empty server; it ends with the tests of the module."""
    with _cluster() as made:
        yield made


@contextmanager
def _cluster() -> Iterator[Cluster]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        lacking("no PostgreSQL server on this machine", "apt-get install postgresql")
    # not pytest's own folder: the other account may not enter it, and sockets want short paths
    folder = Path(tempfile.mkdtemp(prefix="segue-pg-"))
    made = Cluster(found[-1].parent, folder)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Cluster]:
    """Of the whole run."""
    with _cluster() as made:
        yield made


@pytest.fixture(scope="module")
def postgres(postgres_server: Cluster) -> str:
    """The address of an empty database, for the tests of the module."""
    return postgres_server.create(f"module_{next(_modules)}")


def _run(argv: list[str]) -> None:
    """Output to a file: a server that stays would hold our pipe open."""
    with tempfile.TemporaryFile() as said:
        child = spawn.start([*_as_other(), *argv], stdout=said, stderr=said)
        code = child.wait(timeout=160)
        said.seek(0)
        assert code == 0, said.read().decode(errors="replace")
