"""The HTTP door in a process of its own, for tests that kill it; started again it keeps its data.

http_process.py REPOSITORY FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from tests.integration.doors.http_harness import running_http

if __name__ == "__main__":
    with running_http(Path(sys.argv[2])) as door:
        print(door.alpha.feed, door.alpha.key, door.alpha.base, flush=True)  # noqa: T201
        time.sleep(300)
