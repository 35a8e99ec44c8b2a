"""Every delivery door against a named server that does the same, with the same client.

Big files: 1 GiB, hashed with BLAKE3 by ours, rates as pairs in turn, fsync off on both sides and
its cost stated; what arrived is compared with what was sent, outside the measured time. Small
files: 5,000 of 50 kB, one connection, one after another. A crowd: 200 feeds connected at once, all
uploading. Lag: how late the event loop answers while four big uploads run. Completion: from the
last byte of a batch to its durable row; of a bucket, that and a poll.

It ends within 20 minutes: on a machine that is too slow or too busy for that there are fewer pairs,
and `pairs` of each part tells how many.

Ours is `segue serve` as it runs, every door open, its workers beside.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from blake3 import blake3

from bench import _common
from bench._doors import clients, loads, objects, ours, polled, putting, references
from core.clock import system_clock
from core.errors import PartMissing
from ingest.doors.common.certificate import ensure_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench._doors.clients import Client, Way

CIPHER = "aes128-gcm@openssh.com"
BLOCK = 1 << 24
PARTS = ("sftp", "ftp", "ftps", "http", "s3", "small", "crowd", "lag", "complete")
RATES = ("sftp", "ftp", "ftps", "http")
SECONDS = dict(zip(PARTS, (170, 120, 200, 110, 150, 170, 60, 40, 60), strict=True))
"""What each part may take; what one does not need is for those after it."""
FEWEST = 3
FIRST = 250
"""Small files that tell for how many there is time."""
OBJECT = 12.0
"""Seconds that a pair from a store is counted with."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; less of it for tuning."""

    only: tuple[str, ...] = PARTS
    pairs: int = 10
    size: int = 1 << 30
    files: int = 5000
    feeds: int = 200
    batches: int = 40


@dataclass(slots=True)
class Stage:
    """The servers and files of one run."""

    plan: Plan
    work: Path
    key: Path
    stack: ExitStack
    ours: ours.Ours
    rivals: dict[str, list[Way]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    made: dict[str, tuple[Path, str]] = field(default_factory=dict)
    due: float = field(default_factory=time.monotonic)
    """When the part that runs should end."""

    def pairs(self, seconds: float) -> int:
        """How many pairs of so many seconds there is time for."""
        return max(FEWEST, min(self.plan.pairs, int((self.due - time.monotonic()) / seconds)))

    def source(self) -> tuple[Path, str]:
        """A file that does not compress, and its digest."""
        if "big" not in self.made:
            path, digest = self.work / "source.bin", blake3()
            with path.open("wb") as file:
                for at in range(0, self.plan.size, BLOCK):
                    block = os.urandom(min(BLOCK, self.plan.size - at))
                    digest.update(block)
                    file.write(block)
            self.made["big"] = path, digest.hexdigest()
        return self.made["big"]

    def sources(self, count: int) -> Path:
        """A folder of so many small files."""
        folder = self.work / f"small-{count}"
        if not folder.is_dir():
            folder.mkdir()
            for number in range(count):
                (folder / f"{number:05}.bin").write_bytes(os.urandom(50_000))
        return folder

    def rivals_of(self, protocol: str) -> list[Way]:
        """The reference servers of a protocol, started when they are first asked for."""
        if protocol not in self.rivals:
            self.rivals[protocol] = [self._way(protocol, one) for one in self._start(protocol)]
        return self.rivals[protocol]

    def _start(self, protocol: str) -> list[references.Reference]:
        enter, folder = self.stack.enter_context, self.work
        if protocol == "sftp":
            found = [enter(references.openssh(folder / "openssh", self.key, CIPHER))]
        elif protocol == "http":
            found = [enter(references.nginx(folder / "nginx"))]
        else:
            certificate = self._certificate()
            found = [enter(references.vsftpd(folder / f"vsftpd-{protocol}", certificate))]
            if protocol == "ftps":
                found.append(enter(references.proftpd(folder / "proftpd", certificate)))
        self.names[protocol] = [one.name for one in found]
        return found

    def _way(self, protocol: str, one: references.Reference) -> Way:
        at = {"sftp": f"{one.folder}/", "http": "/"}.get(protocol, one.folder.name)
        if one.name == "ProFTPD":
            at = str(one.folder)
        return clients.Way(one.host, one.port, one.user, one.password, at, one.folder)

    def _certificate(self) -> Path:
        """Our own, so that all sides do the same work for TLS."""
        hosts = ("127.0.0.1", "localhost")
        return ensure_certificate(self.ours.data / "keys", hosts, system_clock).chain

    def client(self, protocol: str) -> Client:
        """The client that both sides are measured with."""
        if protocol == "sftp":
            return clients.Sftp(self.key, CIPHER)
        return clients.Http() if protocol == "http" else clients.Ftp(tls=protocol == "ftps")


def measure(plan: Plan) -> dict[str, Any]:
    """The whole benchmark."""
    ratios: dict[str, float] = {}
    took: dict[str, float] = {}
    figures: dict[str, Any] = {"bytes": plan.size, "seconds": took}
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        work.chmod(0o755)
        key = references.make_key(work / "client")
        running = stack.enter_context(
            ours.serving(work / "ours", key.with_suffix(".pub"), count=plan.feeds)
        )
        stage = Stage(plan, work, key, stack, running)
        for part in plan.only:
            stage.due += SECONDS[part]
            began = time.monotonic()
            try:
                if part in RATES:
                    ratios[part], figures[part] = _rate(stage, part)
                elif part == "s3":
                    ratios[part], figures[part] = objects.rate(stage.source(), stage.pairs(OBJECT))
                else:
                    figures[part] = _LOADS[part](stage)
            except PartMissing as lack:
                figures.setdefault("lacking", {})[part] = f"{lack.message}: {lack.remedy}"
            took[part] = round(time.monotonic() - began, 1)
            _common.say(f"{part}: {took[part]} s of {SECONDS[part]}")
        if any(part in RATES for part in plan.only):
            figures["fsync"] = _fsync(stage, [part for part in plan.only if part in RATES])
    told = "OpenSSH, vsftpd, ProFTPD, nginx WebDAV, aws s3 cp"
    return _common.report("doors", told, ratios, figures)


def _rate(stage: Stage, protocol: str) -> tuple[float, dict[str, Any]]:
    """Our rate by that of the best reference; medians of pairs in turn."""
    client, mine = stage.client(protocol), loads.way_of(stage.ours, protocol)
    source, digest = stage.source()

    def upload(way: Way) -> float:
        os.sync()
        seconds = client.one(way, source)
        clients.verified(way, source, digest)
        return seconds

    rivals, others = _named(stage, protocol), {}
    upload(mine)  # warm, as those below
    if len(rivals) > 1:  # the better one is found by a few uploads
        for other, rival in rivals:
            others[other] = statistics.median(upload(rival) for _ in range(FEWEST))
        rivals = [min(rivals, key=lambda one: others[one[0]])]
    name, rival = rivals[0]
    began = time.monotonic()
    upload(rival), upload(mine)
    count = stage.pairs(time.monotonic() - began)
    pairs = _common.measured_in_turn(partial(upload, rival), partial(upload, mine), count)
    mebibytes = stage.plan.size / (1 << 20)
    told: dict[str, Any] = {
        "reference": name,
        "pairs": count,
        "ours_mib_per_second": round(mebibytes / statistics.median(pairs.reference), 1),
        "reference_mib_per_second": round(mebibytes / statistics.median(pairs.ours), 1),
        "ours_seconds_all": [round(value, 3) for value in pairs.reference],
        "reference_seconds_all": [round(value, 3) for value in pairs.ours],
        "median_seconds_of_each": {other: round(each, 3) for other, each in others.items()},
    }
    if isinstance(client, clients.Ftp) and client.tls:
        told["tls"] = client.spoken
    if isinstance(client, clients.Sftp):
        told |= {"cipher": CIPHER, "client": client.version()}
    return pairs.ratio, told


def _named(stage: Stage, protocol: str) -> list[tuple[str, Way]]:
    ways = stage.rivals_of(protocol)
    return list(zip(stage.names[protocol], ways, strict=True))


def _fsync(stage: Stage, protocols: list[str]) -> dict[str, float]:
    """Seconds of one upload each where every file is forced to the disk first."""
    source, digest = stage.source()
    public = stage.key.with_suffix(".pub")
    found = {}
    with ours.serving(stage.work / "durable", public, fsync=True) as durable:
        for protocol in protocols:
            way = loads.way_of(durable, protocol)
            os.sync()
            found[f"{protocol}_seconds"] = round(stage.client(protocol).one(way, source), 3)
            clients.verified(way, source, digest)
    return found


def _small(stage: Stage) -> dict[str, Any]:
    """Files per second, ours and the references'."""
    found: dict[str, Any] = {"files": stage.plan.files}
    sides = [
        (protocol, name, way)
        for protocol in RATES
        for name, way in [("Segue", loads.way_of(stage.ours, protocol)), *_named(stage, protocol)]
    ]
    for left, (protocol, name, way) in zip(range(len(sides), 0, -1), sides, strict=True):
        rate = _files_a_second(stage, protocol, way, FIRST)
        count = min(stage.plan.files, int(rate * (stage.due - time.monotonic()) / left))
        if count > FIRST:
            rate = _files_a_second(stage, protocol, way, count)
        found[f"{protocol} {name} files/s"] = round(rate, 1)
        if count < stage.plan.files:
            found[f"{protocol} {name} files"] = max(FIRST, count)
        _common.say(f"{protocol} {name}: {rate:.0f} files/s")
    return found


def _files_a_second(stage: Stage, protocol: str, way: Way, count: int) -> float:
    sources = stage.sources(count)
    seconds = stage.client(protocol).many(way, sources)
    clients.verified_many(way, sources)
    shutil.rmtree(way.folder / "small")
    return count / seconds


def _crowd(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = {"feeds": stage.plan.feeds, "bytes_each": loads.UPLOAD}
    found["sftp"] = loads.sftp_crowd(stage.ours, stage.key).figures()
    found["ftp"] = loads.ftp_crowd(stage.ours).figures()
    found["http"] = loads.http_crowd(stage.ours).figures()
    _common.say(str(found))
    return found


def _lag(stage: Stage) -> dict[str, Any]:
    """Four big uploads at once: all by SFTP, and one by each door."""
    source, _ = stage.source()
    accounts = stage.ours.accounts
    found = {}
    for name, protocols in (("four by sftp", ("sftp",) * 4), ("one by each", RATES)):
        ways = [
            (stage.client(protocol), loads.way_of(stage.ours, protocol, account))
            for protocol, account in zip(protocols, itertools.cycle(accounts), strict=False)
        ]
        with loads.Lag(stage.ours) as lag:
            loads.at_once([partial(client.one, way, source) for client, way in ways])
        found[f"{name}: p99 ms"] = lag.p99_ms()
        for _, way in ways:
            (way.folder / "upload.bin").unlink(missing_ok=True)
    _common.say(str(found))
    return found


def _complete(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = {"batches": stage.plan.batches}
    for name, put in putting.putters(stage.ours, stage.key, stage.stack).items():
        found[name] = loads.completions(stage.ours, put, stage.plan.batches)
        _common.say(f"{name}: {found[name]}")
    found["s3, polled"] = polled.completions(stage.ours, stage.plan.batches)
    _common.say(f"polled: {found['s3, polled']}")
    return found


_LOADS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "small": _small,
    "crowd": _crowd,
    "lag": _lag,
    "complete": _complete,
}


def main(arguments: list[str]) -> int:
    """`--json` prints JSON; the others make a shorter run: `--only sftp,ftp --pairs 3 --mib 256
    --files 500 --feeds 50`."""
    given = dict(itertools.pairwise(arguments))
    plan = Plan()
    chosen = Plan(
        only=tuple(given.get("--only", ",".join(PARTS)).split(",")),
        pairs=int(given.get("--pairs", plan.pairs)),
        size=int(given.get("--mib", plan.size >> 20)) << 20,
        files=int(given.get("--files", plan.files)),
        feeds=int(given.get("--feeds", plan.feeds)),
        batches=int(given.get("--batches", plan.batches)),
    )
    if unknown := set(chosen.only) - set(PARTS):
        _common.say(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
        return 2
    found: dict[str, Any] = {}

    def told() -> dict[str, Any]:
        found.update(measure(chosen))
        return found

    code = _common.answer(told, arguments)
    for part, lack in found.get("figures", {}).get("lacking", {}).items():
        _common.say(f"{part} was not measured: {lack}")
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
