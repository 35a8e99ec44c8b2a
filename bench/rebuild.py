"""Rebuild a catalogue from 100,000 messages, on SQLite and on PostgreSQL.

The log is written straight into the database, each message a small album of its own or a newer one
of the album before; then `segue catalog rebuild` runs as anybody would call it: first `cold`, with
every message read from its bytes into an empty catalogue, then `warm`, from the kept readings over
a catalogue that is right. Both databases must end with one digest.

There is no reference but the promise of 20 minutes for all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from blake3 import blake3
from sqlalchemy import insert

from bench import _common
from catalog.models import Delivery, Feed, LoggedMessage
from core import spawn
from core.database import Database
from core.errors import PartMissing, SegueError
from core.ids import gtin14, public_id
from migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES = 100_000
BATCH = 2_000
AT = datetime(2026, 1, 1, tzinfo=UTC)
SENDER = "PADPIDA2026000002B"
MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43" ReleaseProfileVersionId="Audio" \
AvsVersionId="3" LanguageAndScriptCode="en"><MessageHeader><MessageId>M{n}</MessageId>\
<MessageSender><PartyId>{sender}</PartyId></MessageSender><MessageRecipient><PartyId>\
PADPIDA2026000001A</PartyId></MessageRecipient><MessageCreatedDateTime>2026-01-01T00:00:00Z\
</MessageCreatedDateTime></MessageHeader><PartyList><Party><PartyReference>P1</PartyReference>\
<PartyName><FullName>Artist {artist}</FullName></PartyName></Party></PartyList><ResourceList>\
{recordings}</ResourceList><ReleaseList><Release><ReleaseReference>R0</ReleaseReference>\
<ReleaseType>Album</ReleaseType><ReleaseId><ICPN>{icpn}</ICPN></ReleaseId><DisplayTitleText>\
Album {n}</DisplayTitleText><DisplayTitle><TitleText>Album {n}</TitleText></DisplayTitle>\
<DisplayArtistName>Artist {artist}</DisplayArtistName><PLine><Year>2026</Year><PLineText>2026 L\
</PLineText></PLine><Genre><GenreText>Folk</GenreText></Genre><ResourceGroup>{items}\
</ResourceGroup></Release></ReleaseList><DealList><ReleaseDeal><DealReleaseReference>R0\
</DealReleaseReference><Deal><DealTerms><TerritoryCode>Worldwide</TerritoryCode><ValidityPeriod>\
<StartDate>2026-01-01</StartDate></ValidityPeriod><CommercialModelType>SubscriptionModel\
</CommercialModelType><UseType>OnDemandStream</UseType></DealTerms></Deal></ReleaseDeal></DealList>\
</ern:NewReleaseMessage>"""
RECORDING = """<SoundRecording><ResourceReference>A{k}</ResourceReference><Type>\
MusicalWorkSoundRecording</Type><SoundRecordingEdition><ResourceId><ISRC>{isrc}</ISRC></ResourceId>\
</SoundRecordingEdition><DisplayTitleText>Track {k}</DisplayTitleText><DisplayTitle><TitleText>\
Track {k}</TitleText></DisplayTitle><DisplayArtistName>Artist {artist}</DisplayArtistName>\
<Duration>PT3M{k}S</Duration></SoundRecording>"""
ITEM = """<ResourceGroupContentItem><SequenceNumber>{k}</SequenceNumber>\
<ReleaseResourceReference>A{k}</ReleaseResourceReference></ResourceGroupContentItem>"""


def message(number: int) -> tuple[str, bytes]:
    """GTIN-14 and bytes of the message with this number; each second one is an update."""
    album = number // 2
    icpn = f"4{album:011d}5"
    artist = album % 5_000
    tracks = range(1, 3)
    recordings = "".join(
        RECORDING.format(k=k, isrc=f"GBAYE{k}{album:06d}", artist=artist) for k in tracks
    )
    text = MESSAGE.format(
        n=number,
        sender=SENDER,
        artist=artist,
        icpn=icpn,
        recordings=recordings,
        items="".join(ITEM.format(k=k) for k in tracks),
    )
    return gtin14(icpn), text.encode()


def fill(database: Database, folder: Path, count: int) -> None:
    """The log and the store, as deliveries would leave them."""
    upgrade(database.engine)
    with database.write() as session:
        session.add(
            Feed(id="feed", name="Bench", dpid=SENDER, protocol="sftp", username="b", created_at=AT)
        )
        session.flush()
        session.add(_delivery())
    for start in range(0, count, BATCH):
        rows = [_row(number, folder) for number in range(start, min(start + BATCH, count))]
        with database.write() as session:
            session.execute(insert(LoggedMessage), rows)


def _delivery() -> Delivery:
    return Delivery(
        id="dlv", feed_id="feed", protocol="sftp", batch="b", release_folder="r", receipt=1,
        state="live", received_at=AT, updated_at=AT,
    )  # fmt: skip


def _row(number: int, folder: Path) -> dict[str, Any]:
    gtin, data = message(number)
    digest = blake3(data).hexdigest()
    path = folder / "objects" / "messages" / digest[:2] / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(data)
    stamp = f"{20260101000000000 + number}"
    return {
        "id": f"dlv:{number}", "delivery_id": "dlv", "feed_id": "feed", "digest": digest,
        "owner": SENDER, "sender": SENDER, "message_id": f"M{number}",
        "claimed_id": f"M{number}", "batch": "b", "order_stamp": stamp, "created_at": AT,
        "arrived_at": AT, "outcome": "accept", "findings": [],
        "media": {f"A{k}": blake3(f"{number // 2} {k}".encode()).hexdigest() for k in (1, 2)},
        "release_id": public_id("release", SENDER, gtin),
        "order_key": f"{stamp}|20260101000000000000|{digest}|feed",
    }  # fmt: skip


def measure(count: int = MESSAGES) -> dict[str, Any]:
    """Both databases."""
    figures: dict[str, Any] = {"messages": count}
    digests = set()
    with tempfile.TemporaryDirectory(prefix="segue-rebuild-") as name:
        folder = Path(name)
        for kind, address in (("sqlite", sqlite(folder)), ("postgresql", postgresql())):
            with address as url:
                database = Database(url)
                began = time.perf_counter()
                fill(database, folder, count)
                database.close()
                _common.say(
                    f"{kind}: {count} messages written in {time.perf_counter() - began:.0f} s"
                )
                for name_ in ("cold", "warm"):
                    found = rebuild(folder, url)
                    _common.say(f"{kind} {name_}: {found['entries_per_second']} messages/s")
                    figures[f"{kind}_{name_}_messages_per_second"] = found["entries_per_second"]
                    figures[f"{kind}_{name_}_seconds"] = found["seconds"]
                    figures[f"{kind}_{name_}_peak_memory_mb"] = found["peak_memory_mb"]
                    figures[f"{kind}_{name_}_changed"] = len(found["changed"])
                    digests.add(found["after"])
    if len(digests) != 1:
        raise SegueError(f"the digests differ: {sorted(digests)}")
    figures["digest"] = digests.pop()
    return _common.report("rebuild", "none: 20 minutes for everything", {}, figures)


def rebuild(folder: Path, url: str) -> dict[str, Any]:
    """One call of the command."""
    config = folder / "segue.toml"
    config.write_text(f"data = {json.dumps(str(folder))}\ndatabase = {json.dumps(url)}\n", "utf-8")
    segue = Path(sys.executable).with_name("segue")
    argv = [str(segue), "--config", str(config), "catalog", "rebuild", "--json"]
    done = spawn.run(argv, timeout=1_200)
    if done.code:
        raise SegueError(done.err)
    found: dict[str, Any] = json.loads(done.out)
    return found


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """A file in the folder."""
    yield f"sqlite:///{folder / 'bench.db'}"


@contextmanager
def postgresql() -> Iterator[str]:
    """A server of our own by Debian's binaries, on a socket in a folder of its own.

    Raises:
        PartMissing: there is none.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        raise PartMissing("no PostgreSQL server", remedy="apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="segue-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "nobody")
        binaries, data = found[-1].parent, home / "data"
        _run([f"{binaries}/initdb", "-D", str(data), "-U", "segue", "-A", "trust", "-E", "UTF8"])
        options = f"-c listen_addresses='' -c unix_socket_directories={home}"
        control = [f"{binaries}/pg_ctl", "-D", str(data), "-w", "-t", "60"]
        _run([*control, "-l", str(home / "log"), "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://segue@/postgres?host={home}"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(argv: list[str]) -> None:
    """As somebody without rights when we are root: the server refuses to run as root. Output goes
    to a file, because a server that stays would hold our pipe open."""
    other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
    with tempfile.TemporaryFile() as said:
        child = spawn.start(
            [*(other if os.geteuid() == 0 else []), *argv], stdout=said, stderr=said
        )
        if child.wait(timeout=120):
            said.seek(0)
            raise PartMissing(said.read().decode(errors="replace"))


def main(arguments: list[str]) -> int:
    """`--messages N` for a smaller run."""
    count = MESSAGES
    if "--messages" in arguments:
        place = arguments.index("--messages")
        count = int(arguments[place + 1])
        arguments = arguments[:place] + arguments[place + 2 :]
    return _common.answer(lambda: measure(count), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
