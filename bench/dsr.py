"""Ten million plays, accounted day by day, closed as a month and written as Part 9, against one
DuckDB statement.

Ours is the way of the product, by its own functions: `server.usage.accounting` judges the plays of
each day beside what the ledger has of the day before, `server.usage.rows` writes the day's Parquet
file; then `Office.plan`, `approve` and `build` of `server.reporting.closing` (`segue dsr plan`,
`approve` and `build`) over a real database with the catalogue, revenue and the terms of a
recipient, until report files with header and footer lie there. Counted are accounting and build;
the plan, the same figures once before for people to look at, is told beside. The reference is one
statement written by hand over the same facts, with the same windows for overlapping plays, loops
and caps, the same joins and 48 cells. Both have the same memory limit and spill, each in processes
of its own, whose greatest memory is told. On a slow machine the second pair is left out, so that
the whole ends in 20 minutes.

It lacks of a day's closing: the database that plays come from, pseudonyms' keys, the tree of hashes
(see `beacons`, and tests of the ledger); and checking (see `dsr_check`).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from sqlalchemy import insert

from bench._common import Pairs, answer, report, say
from catalog.models import Feed, Recording, Release
from core import spawn
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import SegueError
from core.sealed import Sealer
from ddex.dsr.records import RECORDS
from ingest.feed_audit import Actor
from server.reporting.closing import Office
from server.reporting.envelope import Party
from server.royalties.figures import Author, Entry, set_revenue
from server.usage import accounting, duck, rows, simulate
from server.usage.policy import Policy
from server.usage.store import MEMORY_MB, UsageStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

PLAYS, PAIRS = 10_000_000, 2
HALF = 550
"""Seconds after which no other pair is begun."""
SCENE = {"first": date(2026, 10, 1), "days": 31, "recordings": 40_000, "listeners": 300_000}
DPIDS = {"feed_a": "PADPIDA2014120301L", "feed_b": "PADPIDA2013020802I",
         "feed_c": "PADPIDA2011072101T"}  # fmt: skip
NET = 100_000
NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
_NET_USAGE = RECORDS["SR08"].index("NetUsage")


def measure() -> dict[str, Any]:
    """Make the facts once, then both in turn."""
    plays = int(sys.argv[sys.argv.index("--plays") + 1]) if "--plays" in sys.argv else PLAYS
    pairs, found, started = Pairs(), dict[str, Any](), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        _make(folder, plays)
        for turn in range(PAIRS):
            if turn and time.perf_counter() - started > HALF:
                break
            order = ("ours", "reference") if turn % 2 == 0 else ("reference", "ours")
            found = {who: _child(who, folder) for who in order}
            pairs.ours.append(found["ours"]["seconds"])
            pairs.reference.append(found["reference"]["seconds"])
            say(json.dumps(found))
    same = ("rows", "usages")
    if any(found["ours"][key] != found["reference"][key] for key in same):
        raise SegueError(f"ours and the reference disagree: {found}")
    figures = {
        "plays": plays,
        "pairs": len(pairs.ours),
        "rows": found["ours"]["rows"],
        "usages": found["ours"]["usages"],
        "ours_peak_mb": found["ours"]["peak_mb"],
        "reference_peak_mb": found["reference"]["peak_mb"],
        "memory_limit_mb": MEMORY_MB,
        "ours_steps": found["ours"]["steps"],
    }
    return report(
        "dsr",
        "one hand-written DuckDB statement over the same facts",
        {"dsr": pairs.ratio},
        figures | pairs.figures("seconds"),
    )


def _scene(plays: int = 1) -> simulate.Scene:
    return simulate.Scene(plays=plays, feeds=tuple(DPIDS), **SCENE)  # type: ignore[arg-type]


def _days() -> list[date]:
    scene = _scene()
    return [scene.first + timedelta(days=number) for number in range(scene.days)]


def _make(folder: Path, plays: int) -> None:
    """A file of facts for each day, the catalogue, and the data folder that ours begins with."""
    scene = _scene(plays)
    (folder / "facts").mkdir()
    with duck.connect(folder / "scratch", memory_mb=2000) as connection:
        simulate.make_catalogue(connection, scene)
        simulate.make_facts(connection, scene)
        for day in _days():
            query = f"SELECT * FROM facts WHERE used_at::DATE = DATE '{day}'"  # noqa: S608
            duck.copy(connection, query, folder / "facts" / f"{day}.parquet")
        duck.copy(connection, "SELECT * FROM songs", folder / "songs.parquet")
        _make_data(connection, folder / "data", scene)
    say(f"{plays} plays made")


def _make_data(connection: DuckDBPyConnection, data: Path, scene: simulate.Scene) -> None:
    """What an operator has on the second of November: a catalogue, terms, revenue."""
    data.mkdir()
    database = Database(f"sqlite:///{data / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    same = {"owner": DPIDS["feed_a"], "order_key": ""}
    with database.write() as session:
        for name, dpid in DPIDS.items():
            session.add(
                Feed(id=name, name=name, dpid=dpid, protocol="sftp", username=name, created_at=NOW)
            )
        session.flush()
        found = connection.execute(
            "SELECT DISTINCT release_id, feed_id, release_title, artist FROM songs ORDER BY 1"
        ).fetchall()
        given = [
            {"id": a, "feed_id": b, "identity": a, "title": c, "artist": d, "type": "Album",
             "state": "available", "message_digest": "", "published_at": NOW, **same}
            for a, b, c, d in found
        ]  # fmt: skip
        session.execute(insert(Release), given)
        found = connection.execute("SELECT recording_id, isrc, title, artist FROM songs").fetchall()
        given = [{"id": a, "isrc": b, "title": c, "artist": d, **same} for a, b, c, d in found]
        session.execute(insert(Recording), given)
        author = Author(name="ann", clock=ManualClock(NOW))
        for territory in scene.territories:
            for tier, _, _ in scene.tiers:
                entry = Entry(period="2026-10", territory=territory, tier=tier, amount=str(NET),
                              currency="EUR")  # fmt: skip
                set_revenue(session, author, entry)
    office = _office(database, data)
    terms = {"id": "a", "dpid": DPIDS["feed_a"], "name": "A", "together": True,
             "target": "download"}  # fmt: skip
    office.agree(terms, Actor("ann"))
    database.close()


def _office(database: Database, data: Path) -> Office:
    return Office(
        database=database,
        clock=ManualClock(NOW),
        usage=UsageStore(database, data / "usage"),
        inbox=data / "inbox",
        folder=data / "reports",
        sender=Party(dpid=DPIDS["feed_a"], name="Segue"),
        resource=None,
        sealer=Sealer(data / "keys"),
    )


def _child(who: str, folder: Path) -> dict[str, Any]:
    """Both steps of ours in processes of their own, as the service and a command are."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(folder / "data", out)
    told = [_once(step, folder) for step in (("account", "close") if who == "ours" else (who,))]
    lines = [line for path in sorted(out.rglob("*.tsv")) for line in _rows_of(path)]
    return {
        "seconds": sum(one["seconds"] for one in told),
        "peak_mb": max(one["peak_mb"] for one in told),
        "steps": {name: took for one in told for name, took in one["steps"].items()},
        "rows": len(lines),
        "usages": sum(lines),
    }


def _once(step: str, folder: Path) -> dict[str, Any]:
    done = spawn.run([sys.executable, __file__, "--once", step, str(folder)], timeout=900)
    if done.code != 0:
        raise SegueError(f"{step} failed: {done.err[-2000:]}")
    found: dict[str, Any] = json.loads(done.out)
    return found


def _rows_of(path: Path) -> list[int]:
    with path.open(encoding="utf-8") as file:
        return [int(line.split("\t")[_NET_USAGE]) for line in file if line.startswith("SR08")]


def once(step: str, folder: Path) -> None:
    """One step in a process of its own."""
    steps = {"account": _account, "close": _close, "reference": _reference}[step](folder)
    status = Path("/proc/self/status").read_text(encoding="ascii")  # rusage knows the parent's too
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    seconds = sum(took for name, took in steps.items() if name != "planned")
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_mb": peak, "steps": steps}))


def _account(folder: Path) -> dict[str, float]:
    """Each day's plays, judged and numbered, in its file, as the ledger closes days."""
    started, leaves = time.perf_counter(), 0
    home = folder / "out" / "usage" / "days"
    home.mkdir(parents=True)
    with duck.connect(folder / "out" / "scratch", memory_mb=MEMORY_MB) as connection:
        for day in _days():
            before = day - timedelta(days=1)
            accounting.make_facts(connection)
            given = {"today": folder / "facts" / f"{day}.parquet",
                     "facts": folder / "facts" / f"{before}.parquet",
                     "closed": home / f"{before}.parquet"}  # fmt: skip
            named = {name: duck.text(str(path)) for name, path in given.items()}
            named["day"] = str(day)
            connection.execute(_FRESH.format(**named))
            if given["closed"].exists():
                connection.execute(_KNOWN.format(**named))
            connection.execute(_LISTENERS)
            accounting.account(connection, Policy())
            query = rows.accounted(after=str(before))
            leaves += rows.write(connection, query, home / f"{day}.parquet", leaves)
    return {"accounted": round(time.perf_counter() - started, 2)}


_FRESH = "INSERT INTO facts BY NAME SELECT * FROM read_parquet({today})"
_KNOWN = """
INSERT INTO facts BY NAME
SELECT play_id, used_at, account, address, recording_id, tier, heard_ms, closed.verdict AS fixed
FROM read_parquet({facts}) AS known
JOIN (SELECT play_id, verdict FROM read_parquet({closed})) AS closed USING (play_id)
WHERE known.account IN (SELECT account FROM read_parquet({today}))
    AND (known.used_at >= DATE '{day}' - INTERVAL 1 HOUR OR known.heard_ms >= 3600000)
"""
"""Plays of the day before by the same accounts, as `server.usage.facts` brings them."""
_LISTENERS = """
CREATE OR REPLACE TABLE listeners AS
SELECT DISTINCT account, strftime(used_at, '%Y-%m') AS month, account AS pseudonym FROM facts
"""


def _close(folder: Path) -> dict[str, float]:
    """The closing of the month, by its steps."""
    steps: dict[str, float] = {}
    data = folder / "out"
    database = Database(f"sqlite:///{data / 'segue.db'}")
    office = _office(database, data)
    each: dict[str, Callable[[], object]] = {
        "planned": lambda: office.plan("2026-10", Actor("ann"), ["a"]),
        "approved": lambda: office.approve("2026-10", Actor("bob")),
        "built": lambda: office.build("2026-10", Actor("ann")),
    }
    for name, step in each.items():
        clock = time.perf_counter()
        step()
        steps[name] = round(time.perf_counter() - clock, 2)
    database.close()
    return steps


_POLICY = {"crowd": 25, "loop": 100, "join": 5000, "recording_cap": 30, "day_cap": 2000}
"""The defaults of `server.usage.policy.Policy`."""


def _reference(folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    facts, songs = (duck.text(str(folder / name)) for name in ("facts/*.parquet", "songs.parquet"))
    with duck.connect(folder / "out" / "scratch", memory_mb=MEMORY_MB) as connection:
        duck.copy_lines(
            connection,
            _STATEMENT.format(facts=facts, songs=songs, net=NET, **_POLICY),
            folder / "out" / "x.tsv",
        )
    return {"stated": round(time.perf_counter() - started, 2)}


_STATEMENT = """
WITH alone AS NOT MATERIALIZED (
    SELECT md5_number_lower(play_id) AS tie, account, coalesce(account, address) AS listener,
        address, feed_id, release_id, recording_id, isrc, territory, tier, model,
        used_at::DATE AS day, used_at, used_at + to_milliseconds(heard_ms) AS ends
    FROM {facts}
    WHERE NOT preview AND NOT operator AND NOT bot AND excess_ms <= 60000
        AND (heard_ms >= 30000 OR (duration_ms > 0 AND duration_ms < 30000
            AND heard_ms >= greatest(1, duration_ms - 500)))
), crowded AS (
    SELECT address, day FROM alone WHERE address IS NOT NULL AND account IS NOT NULL
    GROUP BY ALL HAVING count(DISTINCT account) > {crowd}
), repeated AS (
    SELECT listener, recording_id, day FROM alone WHERE listener IS NOT NULL
    GROUP BY ALL HAVING count(*) > {loop}
), windowed AS (
    SELECT *, coalesce(max(ends) OVER earlier > used_at + to_milliseconds({join}), false) AS over
    FROM alone ANTI JOIN crowded USING (address, day)
    ANTI JOIN repeated USING (listener, recording_id, day)
    WINDOW earlier AS (PARTITION BY account ORDER BY used_at, tie
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY account, recording_id, day
                                 ORDER BY used_at, tie) AS of_recording
    FROM windowed WHERE NOT over OR account IS NULL
), capped AS (
    SELECT *, row_number() OVER (PARTITION BY account, day
                                 ORDER BY used_at, tie) AS of_day
    FROM numbered WHERE of_recording <= {recording_cap}
), counted AS (
    SELECT feed_id, release_id, recording_id, isrc, territory, tier, model, count(*) AS usages
    FROM capped WHERE of_day <= {day_cap} GROUP BY ALL
), shared AS (
    SELECT *, sum(usages) OVER (PARTITION BY territory, tier) AS every FROM counted
), own AS (
    SELECT *, {net}::DECIMAL(18,6) * usages AS units,
        floor({net} * 1000000::HUGEINT * usages / every)::HUGEINT AS whole
    FROM shared WHERE feed_id = 'feed_a'
), paid AS (
    SELECT *, (whole / 1000000)::DECIMAL(18,6)::VARCHAR AS amount,
        (whole / 1000000 / usages)::DECIMAL(18,10)::VARCHAR AS price,
        row_number() OVER (ORDER BY tier, territory, isrc) AS place,
        dense_rank() OVER (ORDER BY tier, territory) AS summary
    FROM own
)
SELECT concat_ws(chr(9), 'SR08', place, '', '', paid.release_id, '', '', '', 'Album',
    release_title, '', artist, '', paid.isrc, '', paid.recording_id, '', '', '', 'SoundRecording',
    title, '', artist, '', summary, '2026-10-31', usages, '0', usages, '', '', '', '', '', '', '',
    '', '', '', '', '100', price, price, amount, amount, amount, amount, 'true') AS line
FROM paid JOIN (SELECT recording_id, title, release_title, artist FROM {songs}) USING (recording_id)
ORDER BY place
"""

if __name__ == "__main__":
    if "--once" in sys.argv:
        once(sys.argv[-2], Path(sys.argv[-1]))
    else:
        sys.exit(answer(measure, sys.argv))
