"""What an incomplete delivery waits for, in words that its sender and the operator understand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.choreography import names
from ingest.inbox.states import State

if TYPE_CHECKING:
    from ddex.choreography.rows import Choreography
    from ingest.inbox.machine import Release, Standing
    from ingest.inbox.top import Decision, Top

SHOWN = 3
"""Names in one sentence; the rest is counted."""


def waiting_for(top: Top, decision: Decision) -> str:
    """`Sender: …`, empty when nothing is waited for."""
    found = [each for each in decision.open if each[1].state is decision.state]
    if not found:
        return ""
    batch = _is_batch(top.name, top.row)
    said = {
        State.UNSURE: f"Segue: proof that {_some(_unsure(found))} came to the end",
        State.CUT: f"Sender: {_some(_cut(found))} again; the connection was cut before the end",
        State.LACKING: f"Sender: the missing {_some(_lacking(found))}",
        State.GATHERING: gathering(top.name, top.row),
        State.CHANGED: f"Sender: {_completion(top.name) if batch else 'the message'} again; "
        "files came after the delivery was made",
    }
    return said[decision.state]


def gathering(top: str, row: Choreography) -> str:
    """The same for a top folder whose first file has just come."""
    what = _completion(top) if _is_batch(top, row) else "the message of the release"
    return f"Sender: {what}"


def _is_batch(top: str, row: Choreography) -> bool:
    found = names.folder(top)
    return row.style == "batch" if found is None else isinstance(found, names.BatchFolder)


def _completion(top: str) -> str:
    found = names.folder(top)
    return names.batch_complete(found.batch_id if isinstance(found, names.BatchFolder) else top)


def _lacking(found: list[tuple[Release, Standing]]) -> list[str]:
    return [
        f"{each.folder}/{path}" if each.folder else path
        for each, standing in found
        for path in standing.look.lacking
    ] or [f"a message in {each.root}" for each, _ in found]


def _cut(found: list[tuple[Release, Standing]]) -> list[str]:
    return [file.path.partition("/")[2] for _, one in found for file in one.look.cut]


def _unsure(found: list[tuple[Release, Standing]]) -> list[str]:
    return [file.path.partition("/")[2] for _, one in found for file in one.look.unsure]


def _some(paths: list[str]) -> str:
    more = len(paths) - SHOWN
    listed = ", ".join(path[:200] for path in paths[:SHOWN])
    return f"{listed} and {more} more" if more > 0 else listed
