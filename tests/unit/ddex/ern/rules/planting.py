"""Plant a fault into a faultless message and look at what the rules say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from ddex.ern.examine import examine
from ddex.ern.rules import Context, Feed
from tests.fixtures.ern_messages import (
    OTHER_LABEL,
    OTHER_SENDER,
    RECIPIENT,
    SENDER,
    planted,
)

if TYPE_CHECKING:
    from ddex.ern.model import Message, Release
    from ddex.findings import Finding

USED = "USED-WITH-OTHER-BYTES"
REPEATED = "USED-WITH-THESE-BYTES"


@dataclass(frozen=True)
class Remembered:
    """A history with two known messages; the release is known when `live`."""

    live: bool = False
    applied: str | None = None

    def message_digest(self, message_id: str) -> str | None:
        return {USED: "other", REPEATED: "these"}.get(message_id)

    def is_live(self, release: Release) -> bool:
        return self.live and release.is_main

    def applied_stamp(self, release: Release) -> str | None:
        return self.applied if release.is_main else None

    def other_sender(self, message: Message) -> str | None:
        known = message.header.on_behalf_of_dpid == OTHER_LABEL
        return OTHER_SENDER if known else None


KNOWN = Context(
    feed=Feed(dpids=frozenset({SENDER}), our_dpid=RECIPIENT),
    history=Remembered(),
    digest="these",
    order_stamp="20260301100000000",
    today=date(2026, 11, 21),
)
"""Everything but files is known."""


def no_schema(name: str) -> bytes:
    raise FileNotFoundError(name)


def judge(data: bytes, context: Context = KNOWN) -> tuple[Finding, ...]:
    """What the rules find, without the schema's help."""
    return examine(data, resource=no_schema, context=context).findings


def codes(data: bytes, context: Context = KNOWN) -> list[str]:
    return [finding.code for finding in judge(data, context)]


def found(version: str, old: str, new: str, code: str, context: Context = KNOWN) -> Finding:
    """The first finding of this code in the album with a part replaced; its place is checked."""
    data = planted(version, old, new)
    findings = judge(data, context)
    mine = [each for each in findings if each.code == code]
    assert mine, [(each.code, each.message) for each in findings]
    assert mine[0].rule == int(code[4:6])
    element = mine[0].xpath.rpartition("/")[2].partition("[")[0]
    line = data.decode().splitlines()[mine[0].line - 1].strip()
    assert line.startswith((f"<{element}", f"<ern:{element}")), (line, mine[0].xpath)
    return mine[0]


def knowing(**changes: object) -> Context:
    """What is known, but for these."""
    return replace(KNOWN, **changes)  # type: ignore[arg-type]
