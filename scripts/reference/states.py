"""docs/reference/states.md from `catalog.lifecycle`."""

from __future__ import annotations

from catalog.lifecycle import ACCEPTED, DELIVERY, MEANING, SETTLED, DeliveryState
from reference.markdown import code, page, table

INTRODUCTION = """
A delivery is one release message with its files. It is always in exactly one of these states, and
only along these arrows; the same state again is allowed everywhere, because a step of durable work
may run twice. A *settled* state waits for nobody at Segue; an *accepted* one was answered with
`FileOK`.
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
    )
