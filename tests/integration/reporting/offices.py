"""A small service with plays of two senders, and the office that closes its periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from catalog.models import Feed, Play, Recording, Release
from core.clock import ManualClock
from core.database import Base, Database
from core.sealed import Sealer
from ingest.feed_audit import Actor
from server.reporting.closing import Office
from server.reporting.envelope import Party
from server.royalties.figures import Author, Entry, set_revenue
from server.usage.store import UsageStore

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

A, B = "PADPIDA2014120301L", "PADPIDA2013020802I"
ANN, BOB = Actor("ann"), Actor("bob")
NOW = datetime(2026, 12, 2, 6, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOSTILE = "Tab\tPipe|Back\\slash\n\u05dc\u05d9\u05dc\u05d4 🎶"


def fill_catalogue(database: Database) -> None:
    """Two senders, a release each."""
    with database.write() as session:
        for name, dpid in (("fa", A), ("fb", B)):
            session.add(
                Feed(id=name, name=f"Feed {name}", dpid=dpid, protocol="sftp", username=name,
                     created_at=NOW)
            )  # fmt: skip
        session.flush()
        for name, feed in (("ra", "fa"), ("rb", "fb")):
            session.add(
                Release(
                    id=name, feed_id=feed, owner=A, identity=name, icpn="04006381333931",
                    proprietary_ids=["ns::own|x"], type="Album", title=HOSTILE, artist="Marlow",
                    state="available", message_digest="", order_key="", published_at=NOW,
                )
            )  # fmt: skip
        for name, isrc in (("a1", "QZSEG2600001"), ("a2", "ns::2"), ("b1", "QZSEG2600003")):
            session.add(
                Recording(id=name, owner=A, isrc=isrc, title=f"Song {name}", artist="Marlow",
                          duration_ms=180_000)
            )  # fmt: skip


def fill(database: Database) -> None:
    """The catalogue; 14 November plays of A's two recordings in GB, 6 of B's; 3 in December."""
    fill_catalogue(database)
    play(database, "ra", "a1", "fa", 10)
    play(database, "ra", "a2", "fa", 4)
    play(database, "rb", "b1", "fb", 6)
    play(database, "rb", "b1", "fb", 3, at=NOW - timedelta(hours=5))


def play(
    database: Database,
    release: str,
    recording: str,
    feed: str,
    count: int,
    *,
    at: datetime = NOVEMBER,
    territory: str = "GB",
    tier: str = "premium",
    model: str = "SubscriptionModel",
) -> None:
    with database.write() as session:
        for number in range(count):
            session.add(
                Play(
                    id=f"{release}{recording}{feed}{at:%m%d}{territory}{tier}{number}",
                    account_id=f"acc-{release}{recording}{feed}{number}", release_id=release,
                    recording_id=recording, isrc="", feed_id=feed, territory=territory,
                    tier=tier, model=model, use="OnDemandStream",
                    opened_at=at, used_at=at, updated_at=at, heard_ms=180_000,
                    duration_ms=180_000, ended=True,
                )
            )  # fmt: skip


@cache
def _filled() -> bytes:
    """A SQLite file with all tables and the plays, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "segue.db"
        database = Database(f"sqlite:///{path}")
        Base.metadata.create_all(database.engine)
        fill(database)
        database.close()
        return path.read_bytes()


def make_office(
    tmp_path: Path, schema_folder: SchemaFolder, url: str = "", now: datetime = NOW
) -> Office:
    """Over a fresh database in this folder, or an empty one at `url`; November has its revenue."""
    if not url:
        (tmp_path / "segue.db").write_bytes(_filled())
    database = Database(url or f"sqlite:///{tmp_path / 'segue.db'}")
    if url:
        Base.metadata.create_all(database.engine)
        fill(database)
    made = Office(
        database=database,
        clock=ManualClock(now),
        usage=UsageStore(database, tmp_path / "usage"),
        inbox=tmp_path / "inbox",
        folder=tmp_path / "reports",
        sender=Party(dpid=A, name="Segue"),
        resource=schema_folder,
        sealer=Sealer(tmp_path / "keys"),
    )
    revenue(made)
    return made


def revenue(
    office: Office,
    amount: str = "100.00",
    territory: str = "GB",
    period: str = "2026-11",
    model: str = "SubscriptionModel",
) -> None:
    currency = {"JP": "JPY", "KW": "KWD"}.get(territory, "GBP")
    entry = Entry(period=period, model=model, territory=territory, amount=amount,
                  currency=currency)  # fmt: skip
    with office.database.write() as session:
        set_revenue(session, Author(name="ann", clock=office.clock), entry)


def close(office: Office, period: str = "2026-11", *, plan: bool = True) -> dict[str, Any]:
    """All steps; gives the closing as delivered."""
    if plan:
        office.plan(period, ANN)
    office.approve(period, BOB)
    office.build(period, ANN)
    office.check(period, ANN)
    return office.deliver(period, ANN)
