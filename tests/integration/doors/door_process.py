"""A door in a process of its own, for tests that kill it or give it a disk of its own.

Usage: door_process.py ROOT DATA PUBLIC_KEY WATERMARK. Prints `HOST PORT`, then one line of JSON for
each thing the inbox hears, to stdout; ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from ingest.doors.common.ports import FeedLogin, ReceivedFile
from ingest.doors.common.testing import MemoryAccounts, MemoryInbox
from ingest.doors.common.upload import Intake
from ingest.doors.sftp import SftpDoor, SftpSettings


class TellingInbox(MemoryInbox):
    """Says what it hears."""

    def received(self, file: ReceivedFile) -> None:
        super().received(file)
        line = {"path": file.path, "size": file.size, "blake3": file.blake3}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


async def main(public_key: str) -> None:
    login = FeedLogin("feed_alpha", "Alpha")
    accounts = MemoryAccounts(
        passwords={"alpha": ("correct horse", login)},
        keys={"alpha": (public_key, login)},
    )
    intake = Intake(watermark=int(sys.argv[4]))
    door = SftpDoor(
        Path(sys.argv[2]),
        accounts=accounts,
        inbox=TellingInbox(),
        settings=SftpSettings(intake=intake),
    )
    host, port = await door.start()
    sys.stdout.write(f"{host} {port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await door.stop()


import structlog  # noqa: E402

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(Path(sys.argv[3]).read_text()))
