"""A distributor's process: delivers a list of batches, and goes on where it was when it was killed.

    sender.py JOBS DONE

`JOBS` is JSON lines of `{"name", "folder", "door", "to", "secret", "fingerprint"}`; each batch that
was sent whole is a line of `DONE`.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core import spawn
from distro import outbox
from distro.deliver import Plan, deliver
from distro.targets import ftp, ftp_session, http, sftp
from tests.drills.ground import BUCKET, KEY, PREFIX

if TYPE_CHECKING:
    from distro.targets.base import Connect

AT_ONCE = 3
_written = Lock()


def main(jobs: Path, done: Path) -> None:
    """Send what is not yet sent."""
    sent = set(done.read_text().split()) if done.exists() else set()
    wanted = [json.loads(line) for line in jobs.read_text().splitlines()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(_send, job, done) for job in wanted if job["name"] not in sent]:
            future.result()


def _send(job: dict[str, str], done: Path) -> None:
    if job["door"] == "s3":
        _copy(job)
    else:
        _deliver(job)
    with _written, done.open("a") as file:
        file.write(f"{job['name']}\n")


def _copy(job: dict[str, str]) -> None:
    """Into a bucket, by rclone; the completion last."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": job["to"],
        "ACCESS_KEY_ID": KEY,
        "SECRET_ACCESS_KEY": job["secret"],
    }
    env = {f"RCLONE_CONFIG_STORE_{name}": value for name, value in settings.items()}
    target = f"store:{BUCKET}/{PREFIX}/{job['name']}"
    for wanted in ("--exclude", "--include"):
        argv = [spawn.find("rclone", "rclone"), "copy", job["folder"], target]
        done = spawn.run(
            [*argv, wanted, "BatchComplete_*", "--s3-no-check-bucket", "--config", ""],
            timeout=120,
            env=env,
        )
        if done.code:
            raise SystemExit(f"rclone: {done.err}")


def _deliver(job: dict[str, str]) -> None:
    deliver(outbox.find(Path(job["folder"])), _connector(job), Plan(parallel=2, attempts=60))


def _connector(job: dict[str, str]) -> Connect:
    if job["to"].startswith("http://"):
        feed, begun = http.address(job["to"], job["secret"]), dict[str, str]()
        return lambda: http.connect(feed, begun)
    if job["to"].startswith("ftp://"):
        server = ftp.address(job["to"])
        proof = ftp_session.Trust(fingerprint=job["fingerprint"])
        return lambda: ftp.connect(server, job["secret"], proof)
    place, login = sftp.address(job["to"]), sftp.Login(password=job["secret"])
    trust = sftp.Trust(fingerprint=job["fingerprint"])
    return lambda: sftp.connect(place, login, trust)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
