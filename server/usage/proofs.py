"""What proves a play to somebody else, and how that is checked without us.

Three things can be checked: the proof of a play (`prove`), the head of a day, and the file of a
day beside its head. Each takes the file alone and, to know that it is ours, our public key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.errors import Misuse, NotFound
from server.usage import duck, merkle, rows
from server.usage.heads import Evidence

if TYPE_CHECKING:
    from pathlib import Path

    from server.usage.ledger import Ledger
    from server.usage.store import UsageStore

MOST_JSON = 16 * 1024 * 1024


def prove(store: UsageStore, ledger: Ledger, play_id: str) -> dict[str, Any]:
    """All rows of a play with their paths, and the newest head: `{"play", "rows", "ledger"}`.

    Raises:
        NotFound: the ledger has no such play, or not yet.
    """
    last = ledger.last()
    with store.connect(open_days=False) as connection:
        connection.execute("CREATE TABLE asked AS SELECT * FROM usage WHERE play_id = ?", [play_id])
        found = list(rows.read(connection, "asked"))
    if last is None or not found:
        raise NotFound(
            f"the ledger has no play {play_id!r}",
            remedy="a play enters it when its day is closed: segue usage close",
        )
    return {
        "play": play_id,
        "rows": [
            {
                "row": row,
                "path": [
                    each.hex()
                    for each in merkle.inclusion(row["leaf"], last.size, ledger.tree.node)
                ],
            }
            for row in found
        ],
        "ledger": last.head,
    }


def verify(path: Path, public_key: str, scratch: Path) -> dict[str, Any]:
    """Check a file: `{"ok", "file", "kind", "day", "size", "root", "key", "problems"}`.

    Raises:
        Misuse: it is none of the three, or is damaged beyond reading.
        NotFound: it is not there, or is a day's file without its head beside it.
    """
    beside = _head_of(path) if path.suffix == ".parquet" else path
    said = _read(beside)
    try:
        evidence = Evidence(said.get("ledger", said), public_key)
        kind = "day" if beside != path else "play" if "ledger" in said else "head"
        problems = [evidence.signature(), evidence.growth()]
        if kind == "play":
            problems += _play(evidence, said)
        elif kind == "day" and not problems[1]:  # without a true frontier rows give no root
            problems.append(_day(evidence, path, scratch))
        return {
            "ok": not any(problems),
            "file": path.name,
            "kind": kind,
            **{name: evidence.head[name] for name in ("day", "size", "root")},
            "key": evidence.key_id,
            "trusted": bool(public_key),
            "problems": [each for each in problems if each],
        }
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Misuse(
            f"{beside} is no head and no proof of a ledger: {wrong!r}",
            remedy="give a file of `segue usage prove`, of reports/, or of usage/days",
        ) from wrong


def _head_of(path: Path) -> Path:
    """The head of a day's file, under the name it has with us or in reports/."""
    laid = path.with_name(f"usage-ledger-{path.stem}.json")
    return laid if laid.is_file() else path.with_suffix(".json")


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_JSON + 1)
        if len(data) > MOST_JSON:
            raise Misuse(f"{path} is too large for a head or a proof")
        said = json.loads(data)
    except OSError as wrong:
        raise NotFound(f"{path} can't be read: {wrong.strerror}") from wrong
    except (ValueError, RecursionError) as wrong:
        raise Misuse(
            f"{path} is no JSON", remedy="give a head, a proof or a Parquet file"
        ) from wrong
    if not isinstance(said, dict):
        raise Misuse(f"{path} is no head and no proof")
    return said


def _play(evidence: Evidence, said: dict[str, Any]) -> list[str]:
    """Every row is the play's and stands in the tree."""
    problems = [] if said["rows"] else ["there is no row in it"]
    for each in said["rows"]:
        row = each["row"]
        if row["play_id"] != said["play"]:
            problems.append(f"leaf {row['leaf']} is of another play")
        problems.append(evidence.inclusion(rows.leaf(row), int(row["leaf"]), each["path"]))
    return problems


def _day(evidence: Evidence, path: Path, scratch: Path) -> str:
    """The rows of the file are those of the head, no more, no fewer, none changed."""
    if not path.is_file():
        raise NotFound(f"{path} is not there")
    source = f"read_parquet({duck.text(str(path.resolve()))})"
    with duck.connect(scratch, memory_mb=250) as connection:
        try:
            return evidence.rows(rows.leaves(connection, source))
        except (duck.Error, UnicodeDecodeError) as wrong:  # the latter: of a message with its bytes
            return f"the file can't be read as a day of usage: {str(wrong).splitlines()[0]}"
