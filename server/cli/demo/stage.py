"""Where the demo plays: a service as a child process, and the `segue` commands beside it."""

from __future__ import annotations

import json
import socket
import subprocess  # noqa: TID251 - the type of a child and its time-out; started by core.spawn
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import spawn
from core.errors import SegueError, Unavailable
from server.cli.context import err

if TYPE_CHECKING:
    from core.settings import Settings

STARTING = 60
COMMAND = 300


class Stage:
    """A data folder, its service, and commands on it."""

    def __init__(self, folder: Path, data: Path, settings: Settings, *, quiet: bool) -> None:
        self.folder = folder
        self.data = data
        self.schemas = settings.ddex.schemas
        self.addresses: dict[str, str] = {}
        self._quiet = quiet
        self._child: subprocess.Popen[bytes] | None = None
        self._settings = settings
        self.env = {"SEGUE_DATA": str(data), "HOME": str(folder), "SEGUE_SFTP_PORT": "0"}
        self.env["SEGUE_WEB_PORT"] = "0"
        if self.schemas:
            self.env["SEGUE_DDEX_SCHEMAS"] = str(self.schemas.resolve())
        if settings.media.ffmpeg:
            self.env["SEGUE_MEDIA_FFMPEG"] = settings.media.ffmpeg

    def say(self, line: str) -> None:
        """Tell people how far we are."""
        if not self._quiet:
            err.print(line, markup=False)

    def serve(self, *, usual_port: bool) -> None:
        """Start the service and wait until it says where it is.

        Raises:
            Unavailable: it did not start; its log is named.
        """
        if usual_port and _free(self._settings.web.host, self._settings.web.port):
            self.env["SEGUE_WEB_PORT"] = str(self._settings.web.port)
        log = self.folder / "serve.log"
        told = self.folder / "serve.json"
        with log.open("wb") as errors, told.open("wb") as out:
            self._child = spawn.start(
                [_segue(), "serve", "--json"], stdout=out, stderr=errors, env=self.env
            )
        self.addresses = _wait_for(told, self._child, log)

    def run(self, *argv: str, ok: tuple[int, ...] = (0,), **env: str) -> Any:  # noqa: ANN401
        """Run a command with `--json`; its answer.

        Raises:
            SegueError: it ended with another exit code than those of `ok`.
        """
        done = spawn.run([_segue(), *argv, "--json"], timeout=COMMAND, env={**self.env, **env})
        if done.code not in ok:
            raise SegueError(f"segue {argv[0]} ended with {done.code}: {done.err.strip()[-2000:]}")
        return json.loads(done.out)

    def wait(self) -> None:
        """Until the service ends."""
        if self._child:
            self._child.wait()

    def close(self) -> None:
        """Stop the service."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def _segue() -> str:
    """The `segue` script beside this Python, else the one on the path."""
    beside = Path(sys.executable).with_name("segue")
    return str(beside) if beside.is_file() else spawn.find("segue", "segue (pip install segue)")


def _free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def _wait_for(told: Path, child: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    for _ in range(STARTING * 10):
        try:
            found: dict[str, str] = json.loads(told.read_bytes())
        except ValueError:
            found = {}
        if found:
            return found
        try:
            child.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise Unavailable(f"the service did not start: {tail.strip()}")
