"""A delivery as its pages show it: who must act, its steps, its findings with pictures. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from catalog.lifecycle import ACCEPTED
from server.web import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.web.ports import Shape

OF_SOUND = {"ERN-2120", "ERN-2121"}
"""Doubts that a spectrum shows: a lossy source, a lower sample rate."""
DONE = {state.value for state in ACCEPTED}
RECEIVED, COMPLETE, MESSAGE, RULES, MEDIA, INGEST, LIVE = range(7)
STEPS = ("Received", "Complete", "Message", "Rules", "Media", "Ingest", "Live")
REACHED = {"incomplete": COMPLETE, "received": MESSAGE, "checking": MESSAGE, "transcoding": INGEST}
STOPPED = {"refused", "held", "failed"}
_OF_FILES = {"ERN-0010", "ERN-0011", "ERN-0012", "ERN-0013", "ERN-0021"}
_OF_MEDIA = {"18", "19", "20", "21"}
_STOPS = {"reject", "hold"}


def plain(delivery: Shape) -> Shape:
    """The delivery as the pages show it: the sender by name, files as their number."""
    files = delivery["files"]
    who, what = words.waiting(delivery["waiting_for"], delivery["state"])
    return {
        **delivery,
        "feed_id": delivery["feed"],
        "feed": delivery.get("feed_name") or delivery["feed"],
        "files": files if isinstance(files, int) else len(files),
        "findings": delivery["findings"] or [],
        "protocol": delivery["protocol"] or "",
        "who": who,
        "what": what,
        "now": words.now(delivery.get("availability"), delivery["state"]),
    }


def pictured(findings: Sequence[Shape], files: Sequence[Shape]) -> list[Shape]:
    """The findings with `picture`: of those about a file's sound its path, with which their text
    starts, else empty."""
    paths = [str(one["path"]) for one in files]

    def picture(finding: Shape) -> str:
        if finding["code"] not in OF_SOUND:
            return ""
        return next((path for path in paths if finding["message"].startswith(f"{path}: ")), "")

    return [{**one, "picture": picture(one)} for one in findings]


def in_message(finding: Shape) -> bool:
    """Whether the finding's line is one of the XML message, not of another file."""
    name = str(finding.get("file") or "")
    return bool(finding.get("xpath")) or not name or name.lower().endswith(".xml")


def step_of(code: str) -> int:
    """The step that a code belongs to."""
    if code in _OF_FILES:
        return COMPLETE
    family, _, number = code.partition("-")
    if number[:2] in {"01", "02"} or code == "ERN-0003":
        return MESSAGE
    return MEDIA if family == "ERN" and number[:2] in _OF_MEDIA else RULES


def steps(delivery: Shape) -> list[Shape]:
    """The stepper from Received to Live; each `{name, fact, state}`."""
    state = delivery["state"]
    by_step: dict[int, list[str]] = {}
    for one in delivery["findings"]:
        found = by_step.setdefault(step_of(str(one.get("code"))), [])
        found += [str(one.get("severity"))]
    failed = _failed(delivery, by_step) if state in STOPPED else set()
    at = len(STEPS) if state in DONE else REACHED.get(state, _after(delivery, failed))
    arrived = words.instant(delivery["received_at"])
    files, size = words.counted(delivery["files"], "file"), words.size(delivery["bytes"])
    ingest = {"transcoding": "Making renditions", "failed": "Failed here"}
    facts = {
        RECEIVED: f"{arrived:%H:%M:%S}" if arrived else "",
        COMPLETE: f"{files} so far" if at == COMPLETE else f"{files}, {size}",
        INGEST: "Renditions made" if at > INGEST else ingest.get(state, "Not yet"),
        LIVE: words.state(state).word if at > LIVE else "Not yet",
    }
    return [
        {
            "name": name,
            "state": "failed" if place in failed else _place(place, at, stopped=state in STOPPED),
            "fact": _found(by_step[place])
            if place in by_step
            else facts.get(place) or ("No findings" if place < at else "Not yet"),
        }
        for place, name in enumerate(STEPS)
    ]


def _failed(delivery: Shape, by_step: dict[int, list[str]]) -> set[int]:
    """The steps that stopped it; without a message that could be read, that one."""
    found = {place for place, severities in by_step.items() if _STOPS & set(severities)}
    if delivery["state"] == "failed":
        return {INGEST if delivery["message_id"] else MESSAGE}
    return found or ({RULES} if delivery["message_id"] else {MESSAGE})


def _after(delivery: Shape, failed: set[int]) -> int:
    """The first step that never ran: all checks run before the verdict, if there is a message."""
    return INGEST if delivery["message_id"] else max(failed, default=MESSAGE) + 1


def _place(place: int, at: int, *, stopped: bool) -> str:
    if place == at and not stopped:
        return "current"
    return "done" if place < at else "coming"


def _found(severities: Sequence[str]) -> str:
    counts = Counter(severities)
    told = [words.counted(counts["reject"], "error")] if counts["reject"] else []
    told += [f"{counts['hold']} to decide"] if counts["hold"] else []
    told += [words.counted(counts["warn"], "warning")] if counts["warn"] else []
    return ", ".join(told)


def told_at(delivery: Shape) -> str:
    """When the sender was last told of it (ISO 8601), empty when it was not."""
    every = [one["written_at"] or one["at"] for one in delivery["answers"] if one["path"]]
    theirs = [one for one in delivery["tellings"] if not one["operators"]]
    every += [one["sent_at"] for one in theirs if one["sent_at"]]
    return max(every, default="")
