"""From a batch's last object in somebody's bucket to its durable row: a poll, and the fetch."""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench._doors import loads, objects
from bench._doors.ours import SENDER
from core import spawn
from core.clock import system_clock
from core.errors import SegueError
from ddex.choreography import names

if TYPE_CHECKING:
    from bench._doors.ours import Ours

INTERVAL = 1
"""Seconds between two polls of the feed."""
_BUCKET = "polled"
_MOST = 20


def completions(ours: Ours, batches: int) -> dict[str, Any]:
    """Seconds: median, 95th percentile, and the interval of the polls."""
    with tempfile.TemporaryDirectory(prefix="s3-") as folder, objects.moto() as server:
        client = server.client()
        client.create_bucket(Bucket=_BUCKET)
        feed_id = _watched(ours, server, Path(folder))

        def put(path: str, content: bytes) -> None:
            client.put_object(Bucket=_BUCKET, Key=f"in/{path}", Body=content)

        database = sqlite3.connect(f"file:{ours.data / 'segue.db'}?mode=ro", uri=True)
        waits = []
        for number in range(min(batches, _MOST)):
            stamp = f"{names.stamp(system_clock())[:-3]}{number:03d}"
            batch = names.batch_folder(stamp)
            put(f"{batch}/A1/A1.xml", b"<nothing/>")
            done = names.batch_complete(stamp)
            waits.append(loads.completed(database, feed_id, batch, put, done))
        database.close()
        away = [*_SEGUE, "feeds", "disable", feed_id, "--json"]
        spawn.run(away, timeout=60, env=ours.environment)
    return {
        "server": server.name,
        "poll_interval_seconds": INTERVAL,
        "batches": len(waits),
        "p50_seconds": round(statistics.median(waits), 4),
        "p95_seconds": round(loads.percentile(waits, 0.95), 4),
    }


_SEGUE = (str(Path(sys.executable).with_name("segue")),)


def _watched(ours: Ours, server: objects.Server, folder: Path) -> str:
    """A feed of this bucket, made as an operator makes one."""
    secret = folder / "secret"
    secret.write_text(server.secret_key, encoding="ascii")
    argv = [*_SEGUE, "feeds", "create", "--name", "Bench polled", "--dpid", SENDER, "--json"]
    argv += ["--watch", f"s3://{_BUCKET}/in", "--endpoint", server.endpoint]
    argv += ["--store-key", server.access_key, "--store-key-file", str(secret)]
    argv += ["--set", f"watch.interval_s={INTERVAL}"]
    done = spawn.run(argv, timeout=60, env=ours.environment)
    if done.code:
        raise SegueError(f"the watched feed can't be made: {done.err}")
    return str(json.loads(done.out)["id"])
