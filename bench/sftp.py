"""Time of a 1 GiB upload over SFTP against OpenSSH's server: same client, cipher, file and disk.

Ours hashes with BLAKE3 on the way and is asked for the size and digest it told; the reference
stores only. fsync is off on both sides. Each measure is one run of OpenSSH's `sftp`, sign-in
included; what arrived is compared byte for byte by digest, outside the measured time.

`--door DATA KEY FSYNC` is the child that this script starts: the door with accounts and inbox in
memory. It prints `HOST PORT`, one line of JSON for each file, and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import structlog
import uvloop
from blake3 import blake3

from bench import _common
from core import spawn
from core.errors import PartMissing, SegueError
from ingest.doors.common.ports import FeedLogin, ReceivedFile
from ingest.doors.common.testing import MemoryAccounts, MemoryInbox
from ingest.doors.common.upload import Intake
from ingest.doors.sftp import SftpDoor, SftpSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

CIPHER = "aes128-gcm@openssh.com"
SIZE = 1 << 30
BLOCK = 1 << 24
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens, who may come in, and where files land."""

    host: str
    port: int
    user: str
    folder: Path
    told: IO[bytes] | None = None


def measure(size: int = SIZE, pairs: int = _common.PAIRS) -> dict[str, Any]:
    """The whole benchmark; `size` in bytes."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        work.chmod(0o755)
        key = _key(work / "client")
        source, digest = _source(work / "source.bin", size)
        ours = stack.enter_context(_door(work / "ours", key, fsync=False))
        durable = stack.enter_context(_door(work / "durable", key, fsync=True))
        theirs = stack.enter_context(_openssh(work / "theirs", key))

        def upload(server: Server) -> float:
            return _upload(server, key, source, digest)

        upload(ours)  # both warm
        upload(theirs)
        measured = _common.measured_in_turn(lambda: upload(ours), lambda: upload(theirs), pairs)
        with_fsync = upload(durable)
    figures = {
        "bytes": size,
        "cipher": CIPHER,
        "client": _version(),
        **measured.figures("seconds"),
        "ours_mib_per_second": round(size / (1 << 20) / sorted(measured.ours)[pairs // 2], 1),
        "ours_seconds_with_fsync": round(with_fsync, 4),
        "event_loop_lag_p99_ms": ours_lag(work),
    }
    return _common.report("sftp", "OpenSSH sshd, internal-sftp", {"sftp": measured.ratio}, figures)


def _key(path: Path) -> Path:
    keygen = spawn.find("ssh-keygen", "openssh-client")
    done = spawn.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(path)], timeout=30)
    if done.code:
        raise SegueError(f"ssh-keygen failed: {done.err}")
    return path


def _source(path: Path, size: int) -> tuple[Path, str]:
    """A file that does not compress, and its digest."""
    digest = blake3()
    with path.open("wb") as file:
        for at in range(0, size, BLOCK):
            block = os.urandom(min(BLOCK, size - at))
            digest.update(block)
            file.write(block)
    return path, digest.hexdigest()


def _upload(server: Server, key: Path, source: Path, digest: str) -> float:
    argv = [spawn.find("sftp", "openssh-client"), "-F", "none", "-i", str(key)]
    for option in (
        f"Ciphers={CIPHER}",
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
    ):
        argv += ["-o", option]
    argv += ["-P", str(server.port), "-b", "-", f"{server.user}@{server.host}"]
    commands = f"put {source} {_remote(server)}\n".encode()
    os.sync()
    began = time.perf_counter()
    done = spawn.run(argv, timeout=600, stdin=commands)
    seconds = time.perf_counter() - began
    if done.code:
        raise SegueError(f"the upload failed: {done.err}")
    _verify(server, source, digest)
    return seconds


def _remote(server: Server) -> str:
    return "upload.bin" if server.told else str(server.folder / "upload.bin")


def _verify(server: Server, source: Path, digest: str) -> None:
    placed = server.folder / "upload.bin"
    if placed.stat().st_size != source.stat().st_size:
        raise SegueError(f"{placed} has {placed.stat().st_size} bytes")
    found = blake3().update_mmap(placed).hexdigest()
    if server.told and json.loads(server.told.readline()) != {
        "path": "upload.bin",
        "size": source.stat().st_size,
        "blake3": digest,
    }:
        raise SegueError("the door told another size or digest")
    if found != digest:
        raise SegueError(f"{placed} is not what was sent")
    placed.unlink()


@contextmanager
def _door(folder: Path, key: Path, *, fsync: bool) -> Iterator[Server]:
    folder.mkdir()
    argv = [sys.executable, __file__, "--door", str(folder), f"{key}.pub", str(int(fsync))]
    with (folder / "log").open("wb") as log:
        child = spawn.start(argv, stdin=-1, stderr=log)
        try:
            assert child.stdout is not None  # noqa: S101 - a pipe by default
            host, port = child.stdout.readline().decode().split()
            inbox = folder / "inbox" / "feed_bench"
            yield Server(host, int(port), "bench", inbox, child.stdout)
        finally:
            child.communicate(timeout=60)


@contextmanager
def _openssh(folder: Path, key: Path) -> Iterator[Server]:
    """OpenSSH's server under our own user, or nobody when we are root without its user."""
    folder.mkdir()
    program, libraries = _sshd()
    as_nobody = os.getuid() == 0 and not _has_user("sshd")
    user = "nobody" if as_nobody else pwd.getpwuid(os.getuid()).pw_name
    host_key = _key(folder / "host_key")
    keys = folder / "authorized_keys"
    shutil.copy(f"{key}.pub", keys)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    settings = folder / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {host_key}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {keys}\nStrictModes no\nPasswordAuthentication no\n"
        f"PermitRootLogin yes\nCiphers {CIPHER}\nSubsystem sftp internal-sftp\n"
        "ForceCommand internal-sftp\nLogLevel ERROR\n"
    )
    argv = [program, "-D", "-e", "-f", str(settings)]
    if as_nobody:
        for path in (folder, host_key, keys, settings):
            os.chown(path, NOBODY, NOBODY)
        drop = spawn.find("setpriv", "util-linux")
        argv = [drop, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", *argv]
    elif os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (folder / "log").open("wb") as log:
        child = spawn.start(argv, stderr=log, env=libraries)
    try:
        _await_port(port, folder / "log")
        yield Server("127.0.0.1", port, user, folder)
    finally:
        child.terminate()
        child.communicate(timeout=60)


def _sshd() -> tuple[str, dict[str, str]]:
    """Path of sshd, and the environment it needs; fetched without root when it is missing."""
    installed = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if installed:
        return installed, {}
    root = _common.debian("openssh-server", "libwrap0")
    folders = [str(path) for path in (root / "usr/lib").glob("*-linux-*")]
    return str(root / "usr/sbin/sshd"), {"LD_LIBRARY_PATH": ":".join(folders)}


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _await_port(port: int, log: Path) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise PartMissing(f"OpenSSH's server did not start: {log.read_text()[-500:]}")


def _version() -> str:
    return spawn.run([spawn.find("ssh", "openssh-client"), "-V"], timeout=10).err.strip()


def ours_lag(work: Path) -> float | None:
    """99th percentile of how late the door's event loop woke up, in ms."""
    path = work / "ours" / "lag.json"
    return json.loads(path.read_text())["p99_ms"] if path.exists() else None


class _Telling(MemoryInbox):
    """Says on stdout what arrived."""

    def received(self, file: ReceivedFile) -> None:
        line = {"path": file.path, "size": file.size, "blake3": file.blake3}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


async def _serve(data: Path, public_key: str, *, fsync: bool) -> None:
    login = FeedLogin("feed_bench", "Bench")
    door = SftpDoor(
        data,
        accounts=MemoryAccounts(keys={"bench": (public_key, login)}),
        inbox=_Telling(),
        settings=SftpSettings(intake=Intake(durable=fsync)),
    )
    host, port = await door.start()
    sys.stdout.write(f"{host} {port}\n")
    sys.stdout.flush()
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_watch_lag(data / "lag.json"))
        await asyncio.to_thread(sys.stdin.read)
        watching.cancel()
    await door.stop()


async def _watch_lag(path: Path) -> None:
    late: list[float] = []
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.01)
            late.append(time.perf_counter() - began - 0.01)
    finally:
        late.sort()
        p99 = round(late[len(late) * 99 // 100] * 1000, 2)
        path.write_text(json.dumps({"p99_ms": p99, "worst_ms": round(late[-1] * 1000, 2)}))


def main(arguments: list[str]) -> int:
    """`--json` prints the answer; `--mib N` and `--pairs N` make a shorter run for tuning."""
    if arguments[:1] == ["--door"]:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        data, key, fsync = arguments[1:]
        public_key = Path(key).read_text()
        uvloop.run(_serve(Path(data), public_key, fsync=fsync == "1"))
        return 0
    given = dict(zip(arguments[:-1], arguments[1:], strict=True))
    size = int(given.get("--mib", SIZE >> 20)) << 20
    try:
        answer = measure(size, int(given.get("--pairs", _common.PAIRS)))
    except SegueError as bad:
        _common.say(f"{bad.message}\n{bad.remedy}")
        return 1
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
