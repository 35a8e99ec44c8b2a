"""A month of plays closes: usage, revenue, agreements, royalties, reports, a re-issue; by commands.

Five territories, three tiers, three distributors, one take-down, one transfer, a fixed seed. Ours
is the time of `segue royalties close`; the reference is what nobody can do without: one DuckDB
statement that adds the same plays up by row. The sums are judged by a second computation, from the
files alone, in Python's decimals.

`--plays N` (1,000,000). What is wrong is told, and the exit code is 1.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench._common import answer, report, say
from core import spawn
from core.errors import SegueError
from server.usage import duck

SEGUE = str(Path(sys.executable).with_name("segue"))
PERIOD, FIRST = "2026-10", "2026-10-01"
DPIDS = ("PADPIDA2014120301L", "PADPIDA2013020802I", "PADPIDA2011072101T")
CURRENCIES = {"GB": "GBP", "DE": "EUR", "FR": "EUR", "US": "USD", "JP": "JPY"}
TIERS = {"premium": "41234.56", "family": "20000.01", "free": "3210.987654"}
SHARES = {DPIDS[0]: "0.525", DPIDS[1]: "0.55", DPIDS[2]: "0.5"}
CORRECTED = ("DE", "free", "3300.5")
RATES = (("GBP", "1.1425"), ("USD", "0.92"), ("JPY", "0.005836"))
AGREEMENTS = f"""
[[agreement]]
name = "first"
recipient = "{DPIDS[0]}"
from = 2026-01-01
share = {SHARES[DPIDS[0]]}
currency = "EUR"
per_subscriber = {{ individual = 12.50, family = 20 }}
[[agreement.advances]]
date = 2026-09-15
amount = 10000
[[agreement]]
name = "second"
recipient = "{DPIDS[1]}"
from = 2026-01-01
share = {SHARES[DPIDS[1]]}
currency = "EUR"
per_stream = 0.01
[[agreement]]
name = "third"
recipient = "{DPIDS[2]}"
from = 2026-01-01
share = "{SHARES[DPIDS[2]]}"
currency = "EUR"
"""


Run = Callable[[Path, Sequence[str]], tuple[int, str, str]]
"""Runs a command on a data folder; exit code, stdout, stderr."""


def by_process(data: Path, words: Sequence[str]) -> tuple[int, str, str]:
    """A command as an operator calls it."""
    env = {
        "SEGUE_DATA": str(data), "SEGUE_PARTY_DPID": DPIDS[0],
        "HOME": str(data.parent),
    }  # fmt: skip
    done = spawn.run([SEGUE, *words], timeout=1_100, env=env)
    return done.code, done.out.decode(), done.err


@dataclass(slots=True)
class Scene:
    """One data folder, and what its commands took and told."""

    folder: Path
    plays: int
    run: Run = by_process
    seconds: dict[str, float] = field(default_factory=dict)

    def text(self, name: str, *words: str) -> str:
        """Run a command; what it says.

        Raises:
            SegueError: it failed.
        """
        start = time.perf_counter()
        code, out, err = self.run(self.folder / "data", words)
        self.seconds[name] = round(time.perf_counter() - start, 3)
        if code:
            told = f"{err.strip()[-1500:]} {out[-500:]}"
            raise SegueError(f"segue {' '.join(words)}: exit code {code}: {told}")
        return out

    def segue(self, name: str, *words: str) -> Any:  # noqa: ANN401 - JSON of any command
        """Run a command; its JSON.

        Raises:
            SegueError: it failed.
        """
        return json.loads(self.text(name, *words))


def prepare(scene: Scene) -> None:
    """Distributors, usage, revenue, subscribers, rates, agreements."""
    feeds = [
        scene.segue(
            "feeds", "feeds", "create", "--name", f"Distributor {number}", "--dpid", dpid,
            "--protocol", "sftp", "--json",
        )["id"]
        for number, dpid in enumerate(DPIDS, 1)
    ]  # fmt: skip
    usage = scene.folder / "data" / "usage"
    for left in sorted(usage.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    scene.segue(
        "simulate usage", "usage", "simulate", str(usage), "--plays", str(scene.plays), "--first",
        FIRST, "--days", "31", "--feeds", ",".join(feeds), "--json",
    )  # fmt: skip
    revenue = [["period", "territory", "tier", "currency", "amount"]]
    for territory, currency in CURRENCIES.items():
        revenue += [[PERIOD, territory, tier, currency, net] for tier, net in TIERS.items()]
        for tier, kind in (("premium", "individual"), ("family", "family"), ("free", "trial")):
            scene.segue(
                "subscribers", "revenue", "subscribers", "--period", PERIOD, "--territory",
                territory, "--tier", tier, "--type", kind, "--count", "1500", "--json",
            )  # fmt: skip
    rates = [["date", "base", "quote", "rate", "source"]]
    rates += [["2026-10-30", base, "EUR", rate, "ECB"] for base, rate in RATES]
    (scene.folder / "agreements.toml").write_text(AGREEMENTS, "utf-8")
    for name, rows in (("revenue", revenue), ("rates", rates)):
        path = scene.folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        scene.segue(f"{name} import", name, "import", str(path), "--json")
    scene.segue(
        "agreements import", "agreements", "import", str(scene.folder / "agreements.toml"), "--json"
    )


def close(scene: Scene) -> dict[str, Any]:
    """Royalties and reports, both issued again after a figure was corrected; what was judged."""
    preview = scene.segue("royalties preview", "royalties", "preview", PERIOD, "--json")
    closed = scene.segue("royalties close", "royalties", "close", PERIOD, "--json")
    if preview["statements"] != closed["statements"]:
        raise SegueError("the preview says other than what was closed")
    found = judge(scene, closed, {})
    scene.segue("dsr plan", "dsr", "plan", PERIOD, "--as", "ann", "--json")
    first = _deliver(scene)
    scene.segue(
        "revenue set", "revenue", "set", "--period", PERIOD, "--territory", CORRECTED[0], "--tier",
        CORRECTED[1], "--amount", CORRECTED[2], "--currency", "EUR", "--json",
    )  # fmt: skip
    again = scene.segue(
        "royalties reissue", "royalties", "close", PERIOD, "--reason", "late invoice", "--json"
    )
    judge(scene, again, {CORRECTED[:2]: Decimal(CORRECTED[2])})
    if again["issue"] != 2 or not again["difference"]:
        raise SegueError("the second issue states no difference")
    scene.segue(
        "dsr reissue", "dsr", "reissue", PERIOD, "--reason", "late invoice", "--as", "ann", "--json"
    )
    both = _deliver(scene)
    if len(both) <= len(first) or any(both[name] != first[name] for name in first):
        raise SegueError("the re-issue changed files that were sent, or sent none")
    return {**found, "report_files": len(first), "reissued_files": len(both) - len(first)}


def _deliver(scene: Scene) -> dict[str, bytes]:
    """Approve, build and deliver what is planned; all report files by name, checked."""
    scene.segue("dsr approve", "dsr", "approve", PERIOD, "--as", "ben", "--json")
    scene.segue("dsr build", "dsr", "build", PERIOD, "--as", "ann", "--json")
    scene.segue("dsr deliver", "dsr", "deliver", PERIOD, "--as", "ann", "--json")
    files = sorted((scene.folder / "data" / "inbox").glob("*/reports/DSR_*"))
    if not files:
        raise SegueError("no report was delivered")
    checked = scene.segue("dsr check", "dsr", "check", *map(str, files), "--json")
    if not checked["ok"]:
        raise SegueError("a delivered report has errors")
    return {path.name: path.read_bytes() for path in files}


def judge(
    scene: Scene, closed: dict[str, Any], corrected: dict[tuple[str, str], Decimal]
) -> dict[str, Any]:
    """Add everything up again from the CSV of rows, in Python.

    Raises:
        SegueError: a sum differs.
    """
    text = scene.text("royalties csv", "royalties", "statement", PERIOD, "--csv")
    net: dict[tuple[str, str], Decimal] = {}
    paid: dict[str, Decimal] = {}
    top_ups, plays, rows = Decimal(0), 0, 0
    fx = {"EUR": Decimal(1), **{base: Decimal(rate) for base, rate in RATES}}
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        share, top_up = Decimal(row["net_revenue"]), Decimal(row["top_up"])
        payment = Decimal(row["payment"])
        if payment != share * Decimal(SHARES[row["recipient"]]) + top_up:
            raise SegueError(f"a row's payment is not share x rate + top-up: {row}")
        key = row["territory"], row["tier"]
        net[key] = net.get(key, Decimal(0)) + share
        line: tuple[str, ...] = (row["recipient"], *key, row["model"], row["use"], row["currency"])
        sums.setdefault(line, [Decimal(0), Decimal(0)])
        sums[line][0] += payment - top_up
        sums[line][1] += top_up
        top_ups, plays, rows = top_ups + top_up, plays + int(row["usages"]), rows + 1
    wanted = {(t, tier): Decimal(amount) for t in CURRENCIES for tier, amount in TIERS.items()}
    if net != wanted | corrected:
        raise SegueError("market shares don't add up to the net revenue")
    fine = Decimal("0.0000000001")
    for line, (earned, top_up) in sums.items():
        rate = fx[line[-1]]
        amount = (earned * rate).quantize(fine) + (top_up * rate).quantize(fine)
        paid[line[0]] = paid.get(line[0], Decimal(0)) + amount
    for statement in closed["statements"]:
        due = paid[statement["recipient"]].quantize(Decimal("0.01"), ROUND_HALF_UP)
        if due != Decimal(statement["earned"]):
            raise SegueError(f"{statement['agreement']}: {statement['earned']}, by rows {due}")
    return {"plays_paid": plays, "rows": rows, "top_ups": str(top_ups)}


def reference(scene: Scene) -> float:
    """Seconds of one statement that adds the same plays up by row, and nothing else."""
    days = scene.folder / "data" / "usage" / "days" / "*.parquet"
    with duck.connect(scene.folder / "scratch", memory_mb=250) as connection:
        start = time.perf_counter()
        connection.execute(
            f"""
            CREATE TABLE added AS SELECT feed_id, territory, tier, model, use, release_id,
                recording_id, isrc, sum(quantity) AS usages
            FROM read_parquet({duck.text(str(days))}) WHERE verdict = 'counted' GROUP BY ALL
            """  # noqa: S608 - a path of our own
        )
        return time.perf_counter() - start


def measure(plays: int) -> dict[str, Any]:
    """The benchmark's answer."""
    with tempfile.TemporaryDirectory(prefix="segue-month-") as folder:
        scene = Scene(Path(folder), plays)
        prepare(scene)
        say(f"{plays} plays are simulated; the month closes")
        found = close(scene)
        base = reference(scene)
        ratio = round(scene.seconds["royalties close"] / base, 2)
        figures = {"plays": plays, **found, "seconds": scene.seconds, "one_statement_s": base}
        return report(
            "month", "one DuckDB statement that adds the plays up", {"close": ratio}, figures
        )


def main(arguments: list[str]) -> int:
    """Exit code 1 when the month doesn't add up."""
    plays = int(arguments[arguments.index("--plays") + 1]) if "--plays" in arguments else 1_000_000
    return answer(lambda: measure(plays), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
