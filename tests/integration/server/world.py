"""A small catalogue in a fresh database, and the application over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from starlette.testclient import TestClient

from catalog.deal_terms import DealTerms
from catalog.models import Delivery, Event, Feed, InboxFile, Media, Recording, Release, Track
from catalog.rights_terms import ReleaseTerms, Subject
from core.auth import Role
from core.clock import ManualClock
from core.database import Base, Database
from core.sealed import Sealer
from ingest import decisions
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.guard import Guard, GuardPolicy
from ingest.parts import message_key
from ingest.views import root_of
from search.backends.memory import MemoryIndex
from search.catalogue import CatalogueSource
from server.accounts.store import NewAccount, create_account
from server.app import create_app
from server.services.feed_keeper import FeedKeeper
from server.services.parts import Parts
from server.usage.loader import Loader
from storage.backends.obstore import memory_store
from tests.integration.server.documented import as_documented

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session
    from starlette.applications import Starlette

    from catalog.lifecycle import DecisionKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PREMIUM = ("SubscriptionModel", "OnDemandStream")
FREE = ("AdvertisementSupportedModel", "OnDemandStream")
RENDITIONS = ("aac64", "aac128", "flac")
SEGMENT = bytes(range(256)) * 40
ART = "a" * 64
FILE: dict[str, Any] = {"size": 3, "blake3": "0" * 64}


def deal(**changes: Any) -> dict[str, Any]:
    return {
        "territories": ["GB"],
        "commercial_models": ["SubscriptionModel"],
        "use_types": ["OnDemandStream"],
        "periods": [["2026-01-01", ""]],
        "reference": "/ern:NewReleaseMessage/DealList/ReleaseDeal[1]/Deal[1]",
        **changes,
    }


@dataclass(slots=True)
class World:
    """Everything a test needs to hand."""

    database: Database
    clock: ManualClock
    index: MemoryIndex
    parts: Parts
    app: Starlette
    loader: Loader
    retried: list[str]

    def client(self, address: str = "203.0.113.9") -> TestClient:
        made = TestClient(self.app, base_url="http://segue.test", client=(address, 50000))
        made.event_hooks["response"].append(as_documented)
        return made

    def account(self, name: str, role: Role = Role.LISTENER, tier: str = "premium") -> str:
        new = NewAccount(name=name, role=role, territory="GB", tier=tier, password="correct horse")
        with self.database.write() as session:
            return create_account(session, new, self.clock())[0].id

    def signed_in(self, name: str = "ada", role: Role = Role.LISTENER) -> TestClient:
        self.account(name, role)
        client = self.client()
        answer = client.post("/api/v1/session", json={"name": name, "password": "correct horse"})
        assert answer.status_code == 200, answer.text
        return client

    def release(self, name: str = "r1", tracks: int = 2, deals: list[Any] | None = None) -> None:
        with self.database.write() as session:
            session.merge(_media(ART, "image", {"hue": 210.0, "chroma": 0.08}, None))
            session.add(_release(name, [deal()] if deals is None else deals, self.clock()))
            session.flush()
            for position in range(1, tracks + 1):
                self._track(session, name, position)
        self.index.replace([name], CatalogueSource(self.database).load([name]))

    def _track(self, session: Session, name: str, position: int) -> None:
        digest = asset(name, position)
        session.add(_media(digest, "audio", {"rate": 44100, "bits": 16, "lossless": True}, digest))
        recording = _recording(name, position, digest)
        session.add(recording)
        session.flush()
        session.add(
            Track(
                release_id=name,
                position=position,
                recording_id=recording.id,
                disc=1,
                number=position,
                title=f"Track {position}",
                artist="The Testers",
            )
        )
        for file in ("master.m3u8", "aac64.m3u8", "aac64/init.mp4", "aac64/1.m4s"):
            self.parts.objects.put(f"hls/{digest}/{file}", SEGMENT)

    def other_feed(self) -> str:
        """The id of a second feed."""
        with self.database.write() as session:
            session.add(_feed("feed_2", dpid="PADPIDA0000000002B", username="other"))
        return "feed_2"

    def set_deals(self, name: str, deals: list[dict[str, Any]]) -> None:
        """As the fold does: rows and event in one transaction."""
        with self.database.write() as session:
            row = session.get(Release, name)
            assert row is not None
            _say(row, deals)
            session.add(Event(kind="changed", release_id=name, at=self.clock()))

    def delivery(self, name: str, state: str = "live", xml: bytes = b"") -> None:
        row = _delivery(name, state, self.clock())
        if xml:
            row.digest = blake3(xml).hexdigest()
            self.parts.objects.put(message_key(row.digest), xml)
        file = InboxFile(
            feed_id=row.feed_id, path=f"{root_of(row)}/r1.xml", **FILE, received_at=self.clock()
        )
        with self.database.write() as session:
            session.add_all([row, file])


def terms_of(deals: list[dict[str, Any]]) -> ReleaseTerms:
    """Terms of a release with these deals and no track releases."""
    said = tuple(DealTerms.from_json(one) for one in deals)
    return ReleaseTerms((Subject(reference="R0", deals=tuple(range(len(said)))),), said)


def asset(name: str, position: int) -> str:
    return (name.encode().hex() + f"{position:02x}").ljust(64, "0")


def _media(digest: str, kind: str, facts: dict[str, Any], made: str | None) -> Media:
    return Media(
        digest=digest,
        kind=kind,
        size=1,
        facts=facts,
        asset=made,
        manifest=_manifest() if made else None,
        stored_at=NOW,
    )


def _manifest() -> dict[str, Any]:
    same = {"rate": 44100, "delay": 1024, "samples": 44100 * 50, "bits": 16, "channels": 2,
            "codecs": "mp4a.40.2", "bandwidth": 70_000, "average_bandwidth": 66_000,
            "init_bytes": 800, "segments": [[44100 * 50 + 1024, 200_000]]}  # fmt: skip
    renditions = [{"name": name, **same} for name in RENDITIONS]
    return {
        "rate": 44100,
        "samples": 44100 * 50,
        "peaks": [90, 200, 80],
        "silence": [0, 100],
        "renditions": renditions,
    }


def _release(name: str, deals: list[Any], at: datetime) -> Release:
    row = Release(
        id=name,
        feed_id="feed_1",
        owner="PADPIDA0000000001A",
        identity=name,
        icpn="00012345678905",
        proprietary_ids=[],
        type="Album",
        title=f"Album {name}",
        artist="The Testers",
        label="Test Label",
        genre="Electronic",
        p_line="2026 Test Label",
        c_line="2026 Test Label",
        release_date="2026-01-01",
        duration_ms=100_000,
        artwork=ART,
        credits=[{"role": "Producer", "names": ["Somebody"]}],
        state="available" if deals else "taken_down",
        message_digest="0" * 64,
        order_key="",
        published_at=at,
    )
    _say(row, deals)
    return row


def _say(row: Release, deals: list[Any]) -> None:
    """The columns of its rights, as the fold writes them."""
    terms = terms_of(deals)
    row.rights, row.rights_digest = terms.to_json(), terms.digest


def _recording(name: str, position: int, digest: str) -> Recording:
    return Recording(
        id=f"{name}-{position}",
        owner="PADPIDA0000000001A",
        isrc=f"GBAAA26{position:05d}",
        title=f"Track {position}",
        artist="The Testers",
        duration_ms=50_000,
        master=digest,
        credits=[],
        order_key="",
        master_key="",
    )


def _delivery(name: str, state: str, at: datetime) -> Delivery:
    return Delivery(
        id=name,
        feed_id="feed_1",
        protocol="sftp",
        batch="20261121120000000",
        release_folder=f"r_{name}",
        receipt=1,
        state=state,
        files=[{"path": "r1.xml", **FILE}],
        bytes=FILE["size"],
        findings=[],
        received_at=at,
        updated_at=at,
    )


def make_world(folder: Path, **changes: Any) -> World:
    clock, index, retried = ManualClock(NOW), MemoryIndex(), list[str]()
    database = Database(f"sqlite:///{folder / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.merge(_feed())

    def decide(kind: DecisionKind, delivery_id: str, reason: str, by: str) -> None:
        with database.write() as session:
            decisions.decide(session, clock, kind, delivery_id, reason=reason, by=by)

    given: dict[str, Any] = {
        "database": database,
        "decide": decide,
        "objects": memory_store(),
        "clock": clock,
        "guard": Guard(GuardPolicy(bans=BanPolicy(first=0)), clock=clock),
        "secret": b"k" * 32,
        "spool_folder": folder / "spool",
        "search": index,
        "retry": retried.append,
        "tiers": {"premium": (PREMIUM,), "free": (FREE,)},
        "feeds": FeedKeeper(database, clock, Sealer(folder / "keys")),
        "territory": "GB",
        "tier": "premium",
        "static_folder": folder / "static",
        "manifest": {},
    }
    parts = Parts(**{**given, **changes})
    loader = Loader(database, parts.spool_folder, clock)
    return World(database, clock, index, parts, create_app(parts), loader, retried)


def _feed(
    feed_id: str = "feed_1", *, dpid: str = "PADPIDA0000000001A", username: str = "test"
) -> Feed:
    return Feed(
        id=feed_id,
        name="Test Distribution",
        dpid=dpid,
        protocol="sftp",
        username=username,
        created_at=NOW,
    )
