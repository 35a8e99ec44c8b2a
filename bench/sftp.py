"""Time of a 1 GiB upload over SFTP against OpenSSH's server: same client, cipher, file and disk.

Ours is `segue serve` as it runs, with BLAKE3 on the way, its web server and workers beside; the
reference stores only. fsync is off on both sides, and the cost of ours is stated. Each measure is
one run of OpenSSH's `sftp`, sign-in included; what arrived is compared with what was sent, by size
and digest, outside the measured time.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import pwd
import shutil
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

sys.path[0] = str(Path(__file__).resolve().parents[1])

from blake3 import blake3

from bench import _common
from core import spawn
from core.errors import PartMissing, SegueError

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
    web: int = 0


def measure(size: int = SIZE, pairs: int = _common.PAIRS) -> dict[str, Any]:
    """The whole benchmark; `size` in bytes."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        work.chmod(0o755)
        key = _key(work / "client")
        source, digest = _source(work / "source.bin", size)
        ours = stack.enter_context(_segue(work / "ours", key, fsync=False))
        durable = stack.enter_context(_segue(work / "durable", key, fsync=True))
        theirs = stack.enter_context(_openssh(work / "theirs", key))

        def upload(server: Server) -> float:
            return _upload(server, key, source, digest)

        upload(ours)  # both warm
        upload(theirs)
        measured = _common.measured_in_turn(lambda: upload(ours), lambda: upload(theirs), pairs)
        with _Listener(ours) as listener:
            upload(ours)
        with_fsync = upload(durable)
    figures = {
        "bytes": size,
        "cipher": CIPHER,
        "client": _version(),
        **measured.figures("seconds"),
        "ours_mib_per_second": round(size / (1 << 20) / sorted(measured.ours)[pairs // 2], 1),
        "ours_seconds_with_fsync": round(with_fsync, 4),
        "web_answer_during_upload_p99_ms": listener.p99(),
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
    return "upload.bin" if server.web else str(server.folder / "upload.bin")


def _verify(server: Server, source: Path, digest: str) -> None:
    placed = server.folder / "upload.bin"
    if placed.stat().st_size != source.stat().st_size:
        raise SegueError(f"{placed} has {placed.stat().st_size} bytes")
    found = blake3().update_mmap(placed).hexdigest()
    if found != digest:
        raise SegueError(f"{placed} is not what was sent")
    placed.unlink()


@contextmanager
def _segue(folder: Path, key: Path, *, fsync: bool) -> Iterator[Server]:
    """`segue serve` on a data folder of its own, with one feed."""
    folder.mkdir()
    program = str(Path(sys.executable).with_name("segue"))
    environment = {
        "HOME": str(folder),
        "SEGUE_DATA": str(folder / "data"),
        "SEGUE_LOG": "warning",
        "SEGUE_SFTP_FSYNC": str(fsync).lower(),
        "SEGUE_SFTP_PORT": "0",
        "SEGUE_WEB_PORT": "0",
    }
    feed = _create_feed(program, key, environment, folder)
    with (folder / "log").open("wb") as log:
        child = spawn.start([program, "serve", "--json"], stderr=log, env=environment, cwd=folder)
    try:
        addresses = _read_json(child.stdout, folder / "log")
        door, web = urlsplit(addresses["sftp"]), urlsplit(addresses["player"])
        inbox = folder / "data" / "inbox" / feed["id"]
        yield Server(
            str(door.hostname), int(door.port or 22), feed["username"], inbox, int(web.port or 80)
        )
    finally:
        child.terminate()
        child.communicate(timeout=60)


def _create_feed(
    program: str, key: Path, environment: dict[str, str], folder: Path
) -> dict[str, Any]:
    argv = [program, "feeds", "create", "--name", "Bench", "--dpid", "PADPIDA2026112100B", "--json"]
    argv += ["--public-key", f"{key}.pub"]
    done = spawn.run(argv, timeout=120, env=environment, cwd=folder)
    if done.code:
        raise SegueError(f"segue feeds create failed: {done.err}")
    feed: dict[str, Any] = json.loads(done.out)
    return feed


def _read_json(stream: IO[bytes] | None, log: Path) -> dict[str, Any]:
    """The first JSON document that `segue serve` prints."""
    text = ""
    while stream is not None and (line := stream.readline()):
        text += line.decode()
        with suppress(json.JSONDecodeError):
            found: dict[str, Any] = json.loads(text)
            return found
    raise SegueError(f"segue serve did not start: {log.read_text()[-2000:]}")


class _Listener:
    """Asks the web server again and again while an upload runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._waits: list[float] = []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ended.wait(0.01):
            began = time.perf_counter()
            asked = http.client.HTTPConnection(self._server.host, self._server.web, timeout=30)
            asked.request("GET", "/healthz")
            asked.getresponse().read()
            asked.close()
            self._waits.append(time.perf_counter() - began)

    def p99(self) -> float:
        """99th percentile of the answers, in ms."""
        waits = sorted(self._waits)
        return round(waits[len(waits) * 99 // 100] * 1000, 2)


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


def main(arguments: list[str]) -> int:
    """`--json` prints JSON; `--mib N` and `--pairs N` make a shorter run for tuning."""
    given = dict(itertools.pairwise(arguments))
    size = int(given.get("--mib", SIZE >> 20)) << 20
    pairs = int(given.get("--pairs", _common.PAIRS))
    return _common.answer(lambda: measure(size, pairs), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
