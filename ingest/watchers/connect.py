"""From what a feed watches to its bucket: which client, with which secret."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import Misuse
from ingest.feed_credentials import Kind, sealed_value
from ingest.watchers.s3 import S3Source
from storage.backends.clouds import is_service_account, open_bucket

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer
    from ingest.watchers.s3_client import S3Access
    from ingest.watchers.watched import Watched
    from storage.source import Source


@dataclass(slots=True, kw_only=True)
class Stores:
    """Buckets of feeds. `source` keeps what it made until the feed's terms or credentials change;
    clients may be used by several threads."""

    database: Database
    sealer: Sealer
    clock: Clock
    access: S3Access
    _open: dict[str, tuple[Watched, Source]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def source(self, watched: Watched) -> Source:
        """The feed's bucket. Raises SegueError."""
        with self._lock:
            kept = self._open.get(watched.feed_id)
        if kept and kept[0] == watched:
            return kept[1]
        made = self._make(watched)
        with self._lock:
            self._open[watched.feed_id] = (watched, made)
        if kept:
            kept[1].close()
        return made

    def s3(self, watched: Watched) -> S3Client:
        """A client of S3 for the feed's bucket. Raises SegueError."""
        return self.access.s3(watched, self.secret(watched))

    def sqs(self, watched: Watched) -> SQSClient:
        """A client for the feed's queue. Raises SegueError."""
        return self.access.sqs(watched, self.secret(watched))

    def secret(self, watched: Watched) -> dict[str, str]:
        """What the feed's newest credential of the kind `store` holds; empty without one."""
        with self.database.read() as session:
            found = sealed_value(session, self.sealer, watched.feed_id, Kind.STORE, self.clock())
        return read_secret(watched.place.scheme, *found) if found else {}

    def _make(self, watched: Watched) -> Source:
        place = watched.place
        if place.scheme == "s3":
            return S3Source(self.s3(watched), place.bucket)
        if watched.endpoint and not self.access.trusts(watched.endpoint):
            self.access.outbound.check(watched.endpoint)
        secret = self.secret(watched)
        if not secret:
            raise Misuse(
                "this feed has no credential for its store",
                remedy="give it one of the kind `store`",
            )
        return open_bucket(
            place.scheme,
            place.bucket,
            account=place.account,
            endpoint=watched.endpoint,
            secret=secret,
            clients=lambda: self.access.outbound.client(15.0, total=30.0),
        )

    def close(self) -> None:
        """Let go of all connections."""
        with self._lock:
            for _, source in self._open.values():
                source.close()
            self._open.clear()


def read_secret(scheme: str, public: str, secret: bytes) -> dict[str, str]:
    """The parts of a store's credential: JSON by name, or the one secret that belongs to `public`.

    Raises:
        Misuse: it is neither.
    """
    text = secret.decode("utf-8", "replace").strip()
    if scheme == "gs" and is_service_account(text):
        return {"service_account": text}
    if text.startswith("{"):
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise Misuse("the store's credential is no JSON object", remedy="set it anew")
        return {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in said.items()
        }
    if scheme == "s3":
        return {"access_key": public, "secret_key": text}
    if scheme == "az":
        signed = "sig=" in text
        return {"sas" if signed else "account_key": text.removeprefix("?")}
    raise Misuse("a credential of Google is the JSON key of a service account")
