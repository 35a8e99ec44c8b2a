"""docs/reference/choreographies.md from `ddex.choreography.rows` and `ingest.inbox.states`."""

from __future__ import annotations

from ddex.choreography.rows import DEFAULT, ROWS
from ingest.inbox.states import MEANING, STEPS, Event, State
from reference.markdown import code, page, table

INTRODUCTION = f"""
How a sender's files are laid out, what makes them complete, and where and in which version they are
answered: one row for each choreography, chosen per feed (default `{DEFAULT}`). `*` stands for the
17 digits of the stamp (`YYYYMMDDhhmmssnnn`), `RELEASE` for the release's id, `P` for the priority
letter. A letter may be left out, and folders of another form than the feed's row are understood
too: only the answers follow the row.
"""

STATES = """
A release folder stands in one of these states until it is a delivery. A batch stands as the least
complete of its release folders does; what it waits for is shown as a delivery in the state
`incomplete`.
"""

_EVENTS = {
    Event.FILE: "A finished file came, or got its final name; it may replace another.",
    Event.GONE: "The sender took a file away, or moved it elsewhere.",
    Event.CALL: "The sender said that all is there: a BatchComplete file came.",
    Event.PROVEN: "A file that came without a sure end (plain FTP) was looked into.",
    Event.QUIET: "Nothing came for `inbox.settle_seconds` (object stores: "
    "`inbox.store_settle_seconds`), and no upload is under way.",
    Event.OVERDUE: "It has waited for `inbox.waits_hours`, or as long as the feed's terms allow.",
    Event.TAKEN: "Its last delivery was settled; what was accepted has left the sender's view.",
}


def _rows() -> list[tuple[str, ...]]:
    return [
        (
            code(row.key),
            code(
                row.folder("*", "RELEASE", "")
                if row.bare
                else f"P_{row.folder('*', 'RELEASE', '')}"
            ),
            ", ".join(row.priorities) or "none",
            "`BatchComplete_*.xml`, a manifest or empty"
            if row.completion == "either"
            else "the message, with all files that it names",
            f"`{row.ack_place('<batch>')}/`",
            code("ACK_*_<id>.xml" if row.stamp_first else "ACK_<id>_*.xml"),
            row.ack[0] + "." + row.ack[1],
            "yes" if row.follow_ups else "no",
        )
        for row in ROWS.values()
    ]


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {State.EMPTY}"]
    for state, steps in STEPS.items():
        labels: dict[State, list[str]] = {}
        for event, following in steps.items():
            for after in sorted(following - {state}):
                labels.setdefault(after, []).append(event.value)
        lines += [f"  {state} --> {after}: {', '.join(found)}" for after, found in labels.items()]
    return "\n".join([*lines, "```"])


def _steps() -> list[tuple[str, ...]]:
    return [
        (
            code(state),
            MEANING[state],
            "; ".join(
                f"{event}: {', '.join(sorted(following))}"
                for event, following in STEPS[state].items()
            ),
        )
        for state in State
    ]


def choreographies_page() -> str:
    """The rows, and the states of what is not complete yet."""
    headers = ("row", "folder", "priorities", "complete by", "acknowledgements", "their name")
    return page(
        "Choreographies",
        INTRODUCTION,
        table((*headers, "version", "follow-ups"), _rows()),
        "## Until it is complete",
        STATES,
        _diagram(),
        table(("state", "meaning", "may become"), _steps()),
        table(("event", "what happened"), [(code(event), _EVENTS[event]) for event in Event]),
    )
