"""Where drills happen: a real service, a sender's process, what breaks them, and the count."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Delivery, LoggedMessage, Release
from core import spawn
from core.clock import system_clock
from core.database import Database
from ddex.choreography import acknowledgement
from tests.drills.cutter import HOST, Cutter
from tests.drills.ground import SECRET, SETTINGS, make_feeds
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import Shape, good, hash_mismatch, spoiled
from tests.fixtures.patience import contents, seen
from tests.fixtures.ports import free_ports
from tests.fixtures.service import Service

if TYPE_CHECKING:
    import subprocess  # noqa: TID251 - the type of a child
    from collections.abc import Iterator

    from distro.package import Batch
    from tests.drills.ground import Feeds, Ground
    from tests.drills.plan import Upload

SENDER = str(REPOSITORY / "tests" / "drills" / "sender.py")
SECONDS = 0.4
"""Of each track; two tracks a release, the same for all, so that the ladder is made once."""
SAME_SOUND = 36
"""Fixtures whose seeds differ by this sound the same."""
ACKS = "acknowledgements"
PASSIVE = 16
"""Ports for the data connections of FTP."""
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".new")


@dataclass(slots=True)
class Sent:
    """A batch on its way, and what the sender should hear of it."""

    upload: Upload
    batch: Batch

    @property
    def name(self) -> str:
        return self.batch.folder.name

    @property
    def message_id(self) -> str:
        return self.batch.releases[0].message_id

    @property
    def expected(self) -> str:
        return "FileOK" if self.upload.good else "SignatureOrHashSumWrongOrMissing"


@dataclass(slots=True)
class Yard:
    """One service and one feed for each door; both behind a cutter."""

    root: Path
    schemas: Path | None
    ground: Ground
    settings: dict[str, str] = field(default_factory=dict)
    url: str = ""  # of the database; the embedded one unless told else
    command: tuple[str, ...] = ()  # that serves; the shipped one unless told else
    data: Path | None = None  # where the data folder lies, beside the rest unless told else
    service: Service = field(init=False)
    ports: dict[str, int] = field(init=False)
    passive: tuple[int, ...] = ()
    feeds: Feeds = field(default_factory=dict)
    sender: subprocess.Popen[bytes] | None = None
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        sftp, web, ftp, implicit = free_ports(4)
        passive = free_ports(PASSIVE)
        self.ports = {"sftp": sftp, "http": web, "ftps": ftp}
        self.passive = tuple(passive)
        own = {
            "SEGUE_SFTP_PORT": str(sftp),
            "SEGUE_WEB_PORT": str(web),
            "SEGUE_DOORS_FTP_ENABLED": "true",
            "SEGUE_DOORS_FTP_PORT": str(ftp),
            "SEGUE_DOORS_FTP_IMPLICIT_PORT": str(implicit),
            "SEGUE_DOORS_FTP_PASSIVE_PORTS": f"{passive[0]}-{passive[-1]}",
            "SEGUE_DOORS_FTP_ADVERTISED_HOST": HOST,
        }
        if self.url:
            own["SEGUE_DATABASE"] = self.url
        self.service = Service(
            self.data or self.root / "data",
            self.schemas,
            aside=self.root,
            settings={**SETTINGS, **own, **self.settings},
        )
        self.ground.bucket.clear()
        if self.url:
            self.feeds = make_feeds(self.ground.bucket, self.service.env)
        else:
            shutil.copytree(self.ground.data, self.service.data)
            self.feeds = self.ground.feeds

    def cutter(self, seed: int) -> Cutter:
        return Cutter((*self.ports.values(), *self.passive), seed)

    def make(self, uploads: tuple[Upload, ...]) -> list[Sent]:
        """Pack the batches, a second apart from each other."""
        began = system_clock() - timedelta(hours=1)
        made = []
        for number, upload in enumerate(uploads):
            shape = Shape(seed=1 + SAME_SOUND * upload.seed, seconds=SECONDS)
            out = self.root / "out" / str(upload.seed)
            now = began + timedelta(seconds=number)
            batch = (
                good(out, shape, now) if upload.good else spoiled(out, hash_mismatch, shape, now)
            )
            made.append(Sent(upload, batch))
        return made

    def list_jobs(self, sent: list[Sent]) -> None:
        jobs = [
            {
                "name": each.name,
                "folder": str(each.batch.folder),
                "to": self._address(each.upload.door),
                "door": each.upload.door,
                "secret": self._secret(each.upload.door),
                "fingerprint": self.feeds[each.upload.door].get("fingerprint") or "",
            }
            for each in sent
        ]
        self._jobs.write_text("".join(json.dumps(job) + "\n" for job in jobs))

    def _secret(self, door: str) -> str:
        feed = self.feeds[door]
        return SECRET if door == "s3" else str(feed.get("api_key") or feed["password"])

    @property
    def _jobs(self) -> Path:
        return self.root / "jobs"

    def _address(self, door: str) -> str:
        if door == "s3":
            return self.ground.bucket.endpoint
        feed, port = self.feeds[door], self.ports[door]
        if door == "http":
            return f"http://{HOST}:{port}/api/v1/feeds/{feed['id']}"
        scheme = "ftp" if door == "ftps" else door
        return f"{scheme}://{feed['username']}@{HOST}:{port}/"

    def start(self) -> None:
        self.service.start(*self.command)

    def start_sender(self) -> None:
        with (self.root / "sender.log").open("ab") as log:
            argv = [sys.executable, SENDER, str(self._jobs), str(self.root / "done")]
            env = {"PYTHONPATH": str(REPOSITORY), "HOME": str(self.root)}
            self.sender = spawn.start(argv, stdout=log, stderr=log, env=env)

    def arriving(self) -> bool:
        """Whether anything has come."""
        data = self.service.data
        return any(seen(data / name) for name in ("partial", "inbox"))

    def sending(self) -> bool:
        """Whether the sender still works; one that fell is started again."""
        assert self.sender is not None
        code = self.sender.poll()
        if code is None:
            return True
        if code != 0:
            self.happened["sender gave up"] += 1
            self.start_sender()
        return code != 0

    def kill_client(self) -> None:
        assert self.sender is not None
        if self.sender.poll() is None:
            self.sender.kill()
            self.sender.wait(60)
            self.happened["kill client"] += 1
            self.start_sender()

    def kill(self) -> None:
        """SIGKILL for the service."""
        assert self.service.child is not None
        self.service.child.kill()
        self.service.child.wait(60)

    def kill_server(self, away: float) -> None:
        self.kill()
        self.happened["kill server"] += 1
        time.sleep(away)
        self.start()

    def kill_worker(self) -> None:
        """The transcoder's child, if one runs within two seconds."""
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            for pid in self._children("ffmpeg"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.happened["kill worker"] += 1
                    return
            time.sleep(0.01)

    def _children(self, name: str) -> Iterator[int]:
        assert self.service.child is not None
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                head, _, rest = stat.read_text().rpartition(")")
                if head.endswith(f"({name}") and int(rest.split()[1]) == self.service.child.pid:
                    yield int(head.split()[0])

    def database(self) -> Any:  # noqa: ANN401
        return _Opened(self.url or f"sqlite:///{self.service.data / 'segue.db'}")

    def view(self, door: str) -> Path:
        return self.service.data / "inbox" / str(self.feeds[door]["id"])

    def answers(self, door: str) -> Counter[tuple[str, str]]:
        """How often each (message id, status) was answered at a door."""
        found: Counter[tuple[str, str]] = Counter()
        bucket = self.ground.bucket
        told = bucket.answers() if door == "s3" else contents(self.view(door), "ACK_*")
        for read in map(acknowledgement.read, told):
            found[read.acknowledged_message_id, read.statuses[0].status] += 1
        return found

    def count(self, sent: list[Sent]) -> list[str]:
        """What is lost, twice, left over or untold; empty when all is well."""
        return [*self.untold(sent), *self._catalogue(sent), *self._left_over(sent)]

    def untold(self, sent: list[Sent]) -> list[str]:
        """Whose sender has not heard, or not rightly."""
        return list(self._untold(sent))

    def _untold(self, sent: list[Sent]) -> Iterator[str]:
        for door in self.feeds:
            answers = self.answers(door)
            for each in (each for each in sent if each.upload.door == door):
                told = {status for (message, status) in answers if message == each.message_id}
                if told != {each.expected}:
                    yield f"{door}: {each.name} should hear {each.expected}, heard {sorted(told)}"

    def _catalogue(self, sent: list[Sent]) -> Iterator[str]:
        wanted = Counter(each.batch.releases[0].icpn for each in sent if each.upload.good)
        with self.database() as database, database.read() as session:
            releases = Counter(session.scalars(select(Release.icpn)))
            logged = Counter(session.scalars(select(LoggedMessage.message_id)))
            states = list(session.execute(select(Delivery.batch, Delivery.state)))
        if releases != wanted:
            yield f"releases: {dict(wanted - releases)} lacking, {dict(releases - wanted)} too many"
        for each in sent:
            if each.message_id not in logged:
                yield f"{each.name} is not in the log"
            if not any(batch == each.name for batch, _ in states):
                yield f"{each.name} made no delivery"

    def _left_over(self, sent: list[Sent]) -> Iterator[str]:
        """The files of what was refused stay for the sender; nothing else does."""
        refused = {each.name for each in sent if not each.upload.good}
        for path in seen(self.service.data):
            inside = path.relative_to(self.service.data)
            if inside.parts[0] in {"partial", "work"} or path.name.endswith(UNFINISHED):
                yield f"left over: {inside}"
        for door in self.feeds:
            for path in seen(self.view(door)):
                inside = path.relative_to(self.view(door))
                if inside.parts[0] not in refused and ACKS not in inside.parts:
                    yield f"still in the inbox: {inside}"


class _Opened:
    """A look into the database, beside the service."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def __enter__(self) -> Database:
        return self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()
