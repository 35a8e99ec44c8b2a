"""A decoder that the system kills says nothing about the file that it decoded."""

from __future__ import annotations

import os
import signal
import threading
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import Unavailable
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration


COMM = 15
"""Characters that the kernel keeps of a program's name."""


def _kill_the_first_child(name: str, done: list[int]) -> None:
    deadline = time.monotonic() + 30
    while not done and time.monotonic() < deadline:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                head, _, rest = stat.read_text().rpartition(")")
            except OSError:
                continue
            if head.endswith(f"({name[:COMM]}") and int(rest.split()[1]) == os.getpid():
                os.kill(int(head.split()[0]), signal.SIGKILL)
                done.append(1)
                return


def test_a_killed_decoder_is_worth_a_retry(tmp_path: Path, tool: Ffmpeg) -> None:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        for _ in range(600):
            file.writeframes(bytes(44_100 * 4))
    done: list[int] = []
    killer = threading.Thread(target=_kill_the_first_child, args=(Path(tool.path).name, done))
    killer.start()
    with pytest.raises(Unavailable, match="killed by signal 9") as caught:
        MediaProbe(tool).audio(path)
    killer.join()
    assert done, "nothing was killed"
    assert caught.value.retryable
