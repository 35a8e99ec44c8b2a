"""The only place that starts other programs. Children die with us, even on kill -9."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from core.errors import PartMissing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STDERR_KEPT = 64_000
_LAST = 5
"""Seconds of computing that a child has to end in when its time is spent."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a child ended: exit code (negative: signal), its output and the tail of its errors."""

    code: int
    out: bytes
    err: str


def find(program: str, package: str) -> str:
    """Path of a program of the system.

    Raises:
        PartMissing: it is not installed; names the Debian package.
    """
    path = shutil.which(program)
    if path is None:
        raise PartMissing(f"{program} is not installed", remedy=f"apt-get install {package}")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child may take: bytes of address space, seconds on all cores together, and bytes of
    any one file that it writes. Who takes more is ended by the kernel; 0 sets no limit."""

    memory: int = 0
    cpu_seconds: int = 0
    file_size: int = 0


NO_LIMITS = Limits()


def guarded(argv: Sequence[str], limits: Limits = NO_LIMITS) -> list[str]:
    """The command wrapped so that the kernel holds it to its limits, and kills it when we die
    (Linux, util-linux).

    `setpriv` asks the kernel for it in its first millisecond; a parent killed within that one
    leaves a child that ends with its closed pipes.
    """
    setpriv, prlimit = shutil.which("setpriv"), shutil.which("prlimit")
    wrapped = [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else list(argv)
    named = (
        ("as", limits.memory),
        # at the first a signal that tells why, at the second SIGKILL
        ("cpu", limits.cpu_seconds and f"{limits.cpu_seconds}:{limits.cpu_seconds + _LAST}"),
        ("fsize", limits.file_size),
    )
    options = [f"--{name}={limit}" for name, limit in named if limit]
    # setpriv outermost: its request is kept over the exec of prlimit
    if not (options and prlimit):
        return wrapped
    at = 4 if setpriv else 0
    return [*wrapped[:at], prlimit, *options, "--", *wrapped[at:]]


def start(
    argv: Sequence[str],
    *,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.PIPE,
    stderr: int | IO[bytes] | None = subprocess.PIPE,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    limits: Limits = NO_LIMITS,
) -> subprocess.Popen[bytes]:
    """Start a child. It gets no shell, its own session, and only the environment it needs."""
    base = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(
        guarded(argv, limits),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        env={**base, **(env or {})},
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run a child to its end, within `timeout` seconds.

    Raises:
        TimeoutError: it did not end in time; it has been killed.
    """
    child = start(argv, stdin=subprocess.PIPE, cwd=cwd, env=env)
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        child.kill()
        child.communicate()
        raise TimeoutError(f"{argv[0]} did not end within {timeout:.0f} s") from late
    return Finished(child.returncode, out, err[-STDERR_KEPT:].decode("utf-8", "replace"))
