"""A distributor's process: delivers a list of batches, and goes on where it was when it was killed.

    sender.py JOBS DONE

`JOBS` is JSON lines of `{"name", "folder", "to", "secret", "fingerprint"}`; each batch that
was sent whole is a line of `DONE`.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from distro import outbox
from distro.deliver import Plan, deliver
from distro.targets import ftp, ftp_session, http, sftp

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
    deliver(outbox.find(Path(job["folder"])), _connector(job), Plan(parallel=2, attempts=60))
    with _written, done.open("a") as file:
        file.write(f"{job['name']}\n")


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
