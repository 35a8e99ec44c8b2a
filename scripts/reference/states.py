"""docs/reference/states.md from `catalog.lifecycle` and the phases of `ingest`."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import ingest
from catalog.lifecycle import (
    ACCEPTED,
    DELIVERY,
    MEANING,
    RELEASE,
    RELEASE_MEANING,
    SETTLED,
    DeliveryState,
    ReleaseState,
)
from reference.markdown import code, page, table

INTRODUCTION = """
A delivery is one release message with its files. It is always in exactly one of these states, and
only along these arrows; the same state again is allowed everywhere, because a step of durable work
may run twice. A *settled* state waits for nobody at Segue; an *accepted* one was answered with
`FileOK`.
"""

RELEASES = """
Where a release stands follows from the entries of its log (messages and decisions in their order)
and from the clock. Each arrow is an event, written in the transaction that makes it so; search, the
gate of the player, acknowledgements and webhooks hear of it. A deal that starts or ends moves a
release too, without any message. Whether somebody may hear it is decided at each play.
"""

PHASES = """
The durable workflow `delivery` passes them in this order; one that settles early (a refusal, a
repeat) goes on at `acknowledge`. Each is a durable step: a finished one is never run again, the one
in flight when the process dies runs once more and leaves the same result.
"""


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> incomplete", "  [*] --> received"]
    lines.append("  incomplete --> [*]: nothing is waited for any more")
    for state, following in DELIVERY.items():
        lines += [f"  {state} --> {after}" for after in sorted(following)]
    return "\n".join([*lines, "```"])


def _release_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    for state, following in RELEASE.items():
        for after, event in following.items():
            lines.append(f"  {state or '[*]'} --> {after}: {event}")
    return "\n".join([*lines, "```"])


def _release_rows() -> list[tuple[str, str, str]]:
    return [
        (
            code(state),
            RELEASE_MEANING[state],
            ", ".join(f"{code(after)} ({event})" for after, event in RELEASE[state].items()),
        )
        for state in ReleaseState
    ]


def _answer(state: DeliveryState) -> str:
    if state in ACCEPTED:
        return "accepted"
    return "settled" if state in SETTLED else "at work"


def _phases() -> list[tuple[str, str, str]]:
    """Number, name and purpose of each phase: file name and first line of its module."""
    found = []
    for module in pkgutil.iter_modules(ingest.__path__):
        if module.name.startswith("phase_"):
            _, number, name = module.name.split("_", 2)
            told = (inspect.getdoc(import_module(f"ingest.{module.name}")) or "").split("\n\n")[0]
            told = told.partition(": ")[2]
            found.append((str(int(number)), code(name), told[:1].upper() + told[1:]))
    return found


def states_page() -> str:
    """The states of deliveries and releases: meaning, what may follow, and the diagrams."""
    rows = [
        (
            code(state),
            MEANING[state],
            _answer(state),
            ", ".join(code(after) for after in sorted(DELIVERY[state])),
        )
        for state in DeliveryState
    ]
    return page(
        "States of deliveries and releases",
        INTRODUCTION,
        table(("state", "meaning", "kind", "may become"), rows),
        _diagram(),
        "## Releases",
        RELEASES,
        table(("state", "meaning", "may become (event)"), _release_rows()),
        _release_diagram(),
        "## Phases",
        PHASES,
        table(("phase", "name", "what it does"), _phases()),
    )
