"""A decoder that the system kills says nothing about the file that it decoded."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import Unavailable
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration


SIZE = 3 * 3600 * 44_100 * 4
"""Three hours: nobody is done before he is killed. The file is a hole and takes no room."""
COMM = 15
"""Characters that the kernel keeps of a program's name."""


def _kill_the_first_child(name: str, done: list[int]) -> None:
    deadline = time.monotonic() + 120
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
    format_ = struct.pack("<IHHIIHH", 16, 1, 2, 44_100, 44_100 * 4, 4, 16)
    sizes = [struct.pack("<I", size) for size in (SIZE + 36, SIZE)]
    path.write_bytes(b"RIFF" + sizes[0] + b"WAVEfmt " + format_ + b"data" + sizes[1])
    os.truncate(path, 44 + SIZE)
    done: list[int] = []
    killer = threading.Thread(target=_kill_the_first_child, args=(Path(tool.path).name, done))
    killer.start()
    with pytest.raises(Unavailable, match="killed by signal 9") as caught:
        MediaProbe(tool).audio(path)
    killer.join()
    assert done, "nothing was killed"
    assert caught.value.retryable
