"""docs/reference/states.md from `catalog.lifecycle` and the phases of `ingest`."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import ingest
from catalog.lifecycle import ACCEPTED, DELIVERY, MEANING, SETTLED, DeliveryState
from reference.markdown import code, page, table

INTRODUCTION = """
A delivery is one release message with its files. It is always in exactly one of these states, and
only along these arrows; the same state again is allowed everywhere, because a step of durable work
may run twice. A *settled* state waits for nobody at Segue; an *accepted* one was answered with
`FileOK`.
"""

PHASES = """
The durable workflow `delivery` passes them in this order; one that settles early (a refusal, a
repeat) goes on at `acknowledge`. Each is a durable step: a finished one is never run again, the one
in flight when the process dies runs once more and leaves the same result.
"""


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "  [*] --> received"]
    for state, following in DELIVERY.items():
        lines += [f"  {state} --> {after}" for after in sorted(following)]
    return "\n".join([*lines, "```"])


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
    """The states of deliveries: meaning, what may follow, and the diagram."""
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
        "Delivery states",
        INTRODUCTION,
        table(("state", "meaning", "kind", "may become"), rows),
        _diagram(),
        "## Phases",
        PHASES,
        table(("phase", "name", "what it does"), _phases()),
    )
