"""docs/reference/ern-left.md: what of a message is not kept, from the reviewed list."""

from __future__ import annotations

from ddex.ern.left import LEFT
from reference.markdown import code, page, table

INTRODUCTION = """
Every other element and attribute that the schemas of ERN know is kept in the model of a message; a
test proves it for each official sample. A name with `/` is an element in that parent, one with `@`
an attribute.
"""


def left_page() -> str:
    """One row per name."""
    rows = [(code(name), why) for name, why in LEFT.items()]
    return page("What is not kept of a message", INTRODUCTION, table(("name", "why"), rows))
