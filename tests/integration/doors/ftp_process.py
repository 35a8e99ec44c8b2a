"""An FTP door in a process of its own, for tests that kill it.

Usage: ftp_process.py ROOT DATA. Prints `HOST PORT IMPLICIT_PORT`, then one line of JSON for each
file the inbox hears of; ends when stdin does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from typing import TYPE_CHECKING

import structlog

from ingest.doors.common.testing import MemoryInbox
from tests.integration.doors.ftp_harness import running_ftp

if TYPE_CHECKING:
    from ingest.doors.common.ports import ReceivedFile

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class TellingInbox(MemoryInbox):
    """Says what it hears."""

    def received(self, file: ReceivedFile) -> None:
        super().received(file)
        _say(json.dumps({"path": file.path, "size": file.size, "blake3": file.blake3}))


with running_ftp(Path(sys.argv[2]).parent, inbox=TellingInbox()) as door:
    _say(f"{door.host} {door.port} {door.implicit}")
    sys.stdin.read()
