"""Ten million plays, accounted, allocated and written as Part 9, against one DuckDB statement.

Ours is the way that a month is closed: the accounting of `server.usage`, the split of money of
`server.royalties` and the rows of `server.reporting`, from a Parquet file of facts to report files
with header and footer. The reference is one statement written by hand over the same file, with the
same windows for overlapping plays, loops and caps, the same joins and 48 cells. Both have the same
memory limit and spill, each in a process of its own, whose peak memory is told. On a slow machine
the second pair is left out, so that the whole ends in 20 minutes.

It lacks: names from a real catalogue (they come from a table in both), checking (see dsr_check).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench._common import Pairs, answer, report, say
from core import spawn
from core.errors import SegueError
from ddex.dsr.records import RECORDS
from server.reporting import names, rows
from server.reporting.envelope import Envelope, Party
from server.reporting.periods import parse_period
from server.reporting.recipients import made
from server.reporting.rows import Exchange
from server.reporting.write import ReportFiles
from server.royalties.allocate import instants
from server.royalties.book import Book, Figure
from server.royalties.tables import fill
from server.usage import bulk, duck, simulate
from server.usage.policy import Policy

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAYS, PAIRS, MEMORY_MB = 10_000_000, 2, 250
HALF = 550
"""Seconds after which no other pair is begun."""
SCENE = {"first": date(2026, 10, 1), "days": 31, "recordings": 40_000, "listeners": 300_000}
PERIOD = parse_period("2026-10")
FEEDS = ("feed_a",)
NET = Decimal(100_000)
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


def _make(folder: Path, plays: int) -> None:
    scene = simulate.Scene(plays=plays, **SCENE)  # type: ignore[arg-type]
    with duck.connect(folder / "scratch", memory_mb=1000) as connection:
        simulate.make_catalogue(connection, scene)
        simulate.make_facts(connection, scene)
        for table in ("facts", "songs"):
            duck.copy(connection, f"SELECT * FROM {table}", folder / f"{table}.parquet")  # noqa: S608
    say(f"{plays} plays made")


def _child(who: str, folder: Path) -> dict[str, Any]:
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    done = spawn.run([sys.executable, __file__, "--once", who, str(folder)], timeout=900)
    if done.code != 0:
        raise SegueError(f"{who} failed: {done.err[-2000:]}")
    found: dict[str, Any] = json.loads(done.out)
    lines = [line for path in sorted(out.glob("*.tsv")) for line in _rows_of(path)]
    found["rows"] = len(lines)
    found["usages"] = sum(lines)
    return found


def _rows_of(path: Path) -> list[int]:
    with path.open(encoding="utf-8") as file:
        return [int(line.split("\t")[_NET_USAGE]) for line in file if line.startswith("SR08")]


def once(who: str, folder: Path) -> None:
    """One run in a process of its own."""
    started, steps = time.perf_counter(), {}
    with duck.connect(folder / f"scratch-{who}", memory_mb=MEMORY_MB) as connection:
        (folder / "out").mkdir()
        if who == "ours":
            steps = _ours(connection, folder)
        else:
            _reference(connection, folder)
    status = Path("/proc/self/status").read_text(encoding="ascii")  # rusage knows the parent's too
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    told = {"seconds": time.perf_counter() - started, "peak_mb": peak, "steps": steps}
    sys.stdout.write(json.dumps(told))


def _ours(connection: DuckDBPyConnection, folder: Path) -> dict[str, float]:
    steps: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        steps[name], clock = round(time.perf_counter() - clock, 2), time.perf_counter()

    scene = simulate.Scene(plays=1, **SCENE)  # type: ignore[arg-type]
    figures = [
        Figure(territory=place, tier=tier, currency="EUR", net=NET)
        for place in scene.territories
        for tier, _, _ in scene.tiers
    ]
    book = Book(figures=figures)
    cuts = instants(book, PERIOD.months[0])
    bulk.sum_up(connection, folder / "facts.parquet", Policy(), cuts)
    connection.execute("CREATE VIEW usage AS FROM summed")
    lap("accounted")
    rows.prepare(connection, PERIOD, {PERIOD.months[0]: book})
    lap("allocated")
    recipient = made({"id": "a", "dpid": "PADPIDA2013020802I", "name": "A", "together": True})
    same = {"EUR": Exchange(currency="EUR", rate=Decimal(1), source="same", day=PERIOD.last)}
    rows.make_rows(connection, recipient, FEEDS, PERIOD, same)
    for table, columns in (
        ("release_names", names.RELEASES),
        ("recording_names", names.RECORDINGS),
    ):
        fill(connection, table, columns, [])
    songs = duck.text(str(folder / "songs.parquet"))
    connection.execute(_NAMES.format(songs=songs))
    lap("rows")
    files = ReportFiles(connection, folder / "out", same, lambda _place, _tier: {})
    for number, tier, place in files.every():
        envelope = Envelope(
            sender=Party(dpid="PADPIDA2014120301L", name="Segue"), recipient=recipient,
            period=PERIOD, created=datetime(2026, 11, 2, tzinfo=UTC), tier=tier, territory=place,
        )  # fmt: skip
        files.write(number, envelope)
    lap("written")
    return steps


_NAMES = """
INSERT INTO release_names
SELECT DISTINCT release_id, '', '', '', 'Album', release_title, artist, '', '' FROM {songs};
INSERT INTO recording_names SELECT recording_id, isrc, '', title, artist, '', '', '' FROM {songs}
"""


_POLICY = {"crowd": 25, "loop": 100, "join": 5000, "recording_cap": 30, "day_cap": 2000}
"""The defaults of `server.usage.policy.Policy`."""


def _reference(connection: DuckDBPyConnection, folder: Path) -> None:
    facts, songs = (duck.text(str(folder / f"{name}.parquet")) for name in ("facts", "songs"))
    duck.copy_lines(
        connection,
        _STATEMENT.format(facts=facts, songs=songs, net=NET, **_POLICY),
        folder / "out" / "x.tsv",
    )


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
