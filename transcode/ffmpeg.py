"""The only caller of ffmpeg: finds it, checks its version, runs it within limits.

Inputs are files of strangers. The demuxer is always named (ffmpeg never guesses, so a playlist
called song.wav isn't followed) and only the `file` protocol is open to it.
"""

from __future__ import annotations

import contextlib
import math
import re
import signal
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ffmpeg
import imageio_ffmpeg

from core import spawn
from core.errors import PartMissing, SegueError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

OLDEST = (5, 1)
_KEPT = 64_000
MEMORY = 4 << 30
"""Bytes of address space that ffmpeg may take; its threads alone reserve a good part of one."""
FILE_SIZE = 8 << 30
"""Bytes of a file that ffmpeg writes, at most, unless more is to be expected."""
_PATIENCE = 4
"""A run is waited for so many times as long as it may compute: a machine that does too much at once
is no fault of the file."""
_BLOCK = 1 << 18


_ENDED_BY_LIMITS = {signal.SIGXCPU, signal.SIGXFSZ}
_TOLD_TO_END = 255


class Exhausted(SegueError):
    """A file on which ffmpeg takes more than any honest one needs."""


class Late(Unavailable):
    """ffmpeg got too little of the machine to end in time; another try may help."""


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """A usable ffmpeg: where it is and its version; builds from git count as (999, 0).

    No run of it takes longer than `seconds`, nor more than `cpu_seconds` on all cores together
    (0: what the run itself allows).
    """

    path: str
    version: tuple[int, int]
    seconds: float = math.inf
    cpu_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: exit code, and the log (its head and tail when it is long)."""

    code: int
    log: str

    def errors(self) -> list[str]:
        """The messages of level error and worse, without addresses of the machine's memory."""
        found = re.findall(
            r"^(?:\[[^]]* @ [^]]*] )*\[(?:error|fatal|panic)] (.*)$", self.log, re.MULTILINE
        )
        return [str(line).strip() for line in found]


def locate(setting: str = "") -> Ffmpeg:
    """The ffmpeg to use: the configured path, else the system's, else the wheel's.

    Raises:
        PartMissing: none is there, or the configured one is too old or doesn't run.
    """
    if setting:
        chosen = _usable(setting)
        if chosen is None:
            raise PartMissing(
                f"{setting} is no ffmpeg of version 5.1 or later",
                remedy="mend the setting transcode.ffmpeg, or clear it",
            )
        return chosen
    for path in _candidates():
        found = _usable(path)
        if found is not None:
            return found
    raise PartMissing("no ffmpeg of version 5.1 or later", remedy="apt-get install ffmpeg")


def _candidates() -> Iterator[str]:
    with contextlib.suppress(PartMissing):
        yield spawn.find("ffmpeg", "ffmpeg")
    try:
        yield str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return


@lru_cache(maxsize=8)
def _usable(path: str) -> Ffmpeg | None:
    try:
        done = spawn.run([path, "-version"], timeout=20)
    except (OSError, TimeoutError):
        return None
    version = parse_version(done.out.decode("utf-8", "replace"))
    return Ffmpeg(path, version) if done.code == 0 and version >= OLDEST else None


def parse_version(text: str) -> tuple[int, int]:
    """(major, minor) of the first line of `ffmpeg -version`; (0, 0) when it is no ffmpeg."""
    numbered = re.match(r"ffmpeg version n?(\d+)\.(\d+)", text)
    if numbered:
        return int(numbered[1]), int(numbered[2])
    return (999, 0) if re.match(r"ffmpeg version (N-\d|git)", text) else (0, 0)


def source(path: Path, demuxer: str, **options: Any) -> Any:  # noqa: ANN401 - no types there
    """The first audio stream of a file, as a node of an ffmpeg-python graph."""
    address = f"file:{path.absolute()}"
    node = ffmpeg.input(address, f=demuxer, protocol_whitelist="file", **options)
    return node["a:0"]


def execute(
    tool: Ffmpeg,
    graph: Any,  # noqa: ANN401 - ffmpeg-python has no types
    *,
    timeout: float,
    on_pcm: Callable[[bytes], None] | None = None,
    file_size: int = FILE_SIZE,
) -> Outcome:
    """Run a graph of ffmpeg-python; what it writes to `pipe:1` goes to `on_pcm` in pieces.

    It may compute for `timeout` seconds, on all cores together, and write files of `file_size`
    bytes.

    Raises:
        Late: it got too little of the machine to end in four times that time, and was killed.
        Unavailable: somebody else killed it (the system, when memory ran out), which says nothing
            about the media.
        Exhausted: the kernel ended it because it took more than it may.
    """
    options = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", "-y"]
    argv = ffmpeg.compile(graph.global_args(*options), cmd=tool.path)
    late = threading.Event()
    waited = min(_PATIENCE * timeout, tool.seconds)
    cpu_seconds = tool.cpu_seconds or int(timeout) + 1
    limits = spawn.Limits(memory=MEMORY, cpu_seconds=cpu_seconds, file_size=file_size)
    with spawn.start(argv, limits=limits) as child:
        log = _Log()
        if child.stdout is None or child.stderr is None:
            raise RuntimeError("spawn gave no pipes")
        drain = threading.Thread(target=log.read, args=(child.stderr,), daemon=True)
        drain.start()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(waited, stop)
        timer.start()
        try:
            _pump(child.stdout, on_pcm)
            code = child.wait()
            drain.join()
        finally:
            timer.cancel()
            child.kill()
    if late.is_set():
        raise Late(
            f"ffmpeg did not end within {waited:.0f} s",
            remedy="give the machine less to do at a time",
        )
    return _judged(Outcome(code, log.text()), limits)


def _judged(outcome: Outcome, limits: spawn.Limits) -> Outcome:
    """The outcome, unless something else than ffmpeg made the end. Raises as `execute`."""
    ended = _ended_by_limit(outcome.code, outcome.log)
    if ended:
        raise Exhausted(
            f"ffmpeg was ended by {ended.name}: the file takes more than"
            f" {limits.cpu_seconds} s of computing or {limits.file_size >> 30} GB"
        )
    if outcome.code < 0:
        raise Unavailable(
            f"ffmpeg was killed by signal {-outcome.code}",
            remedy="look into the system's log: it may have run out of memory",
        )
    return outcome


def _ended_by_limit(code: int, log: str) -> signal.Signals | None:
    """By exit code or by its word: ffmpeg catches SIGXCPU, and says so when it ends."""
    said = (
        re.search(r"Exiting normally, received signal (\d+)", log) if code == _TOLD_TO_END else None
    )
    number = int(said[1]) if said else -code
    return signal.Signals(number) if number in _ENDED_BY_LIMITS else None


def _pump(pipe: IO[bytes], sink: Callable[[bytes], None] | None) -> None:
    while piece := pipe.read(_BLOCK):
        if sink is not None:
            sink(piece)


class _Log:
    """Keeps the head and the tail of a child's messages; a hostile file can cause millions."""

    def __init__(self) -> None:
        self.head = b""
        self.tail = b""

    def read(self, pipe: IO[bytes]) -> None:
        for line in iter(lambda: pipe.readline(8_192), b""):
            if len(self.head) < _KEPT:
                self.head += line
            else:
                self.tail = (self.tail + line)[-_KEPT:]

    def text(self) -> str:
        return (self.head + self.tail).decode("utf-8", "replace")
