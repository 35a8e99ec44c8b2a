"""Rule 6: anchors are unique and every reference reaches the right kind of thing.

libxml2 checks neither xs:ID nor xs:IDREF, so a valid message may point to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.paths import KINDS
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Anchor, Message, Reference
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX ERN part 1, local anchors and references"


def _rule(code: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=6,
        severity=Severity.REJECT,
        ack_status="NewReleaseMessageInvalid",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


REPEATED_ANCHOR = _rule(
    "ERN-0601",
    "Each local anchor (A…, R…, P…, T…, V…) is defined once in a message.",
    "Give each resource, release, party and technical details its own reference.",
    "<ResourceReference>A1</ResourceReference>",
    "<ResourceReference>A3</ResourceReference>",
)
DANGLING = _rule(
    "ERN-0602",
    "Each reference points to something that the message defines.",
    "Define what is referred to, or correct or remove the reference.",
    "<DealReleaseReference>R999</DealReleaseReference>",
    "<DealReleaseReference>R0</DealReleaseReference>",
)
WRONG_KIND = _rule(
    "ERN-0603",
    "Each reference points to the right kind: A resource, R release, P party, T technical details, "
    "V visibility.",
    "Point to an anchor of the kind that the element asks for.",
    "<ArtistPartyReference>A1</ArtistPartyReference>",
    "<ArtistPartyReference>P1</ArtistPartyReference>",
)
RULES: tuple[Rule, ...] = (REPEATED_ANCHOR, DANGLING, WRONG_KIND)


def check_references(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 6."""
    defined: dict[str, Anchor] = {}
    for anchor in message.anchors:
        first = defined.setdefault(anchor.name, anchor)
        if first is not anchor:
            text = (
                f"{clip(anchor.name)!r} is defined again; "
                f"its first definition is in line {first.place.line}."
            )
            yield REPEATED_ANCHOR.at(anchor.place, text, value=anchor.name)
    for reference in message.references:
        fault = _fault(reference, defined.get(reference.name))
        if fault:
            rule, text = fault
            yield rule.at(
                reference.place, text, value=reference.name, expected=KINDS[reference.kind]
            )


def _fault(reference: Reference, anchor: Anchor | None) -> tuple[Rule, str] | None:
    wanted = KINDS[reference.kind]
    if anchor is None:
        name = repr(clip(reference.name)) if reference.name else "nothing"
        return DANGLING, f"<{reference.element}> points to {name}, and there is no such {wanted}."
    if anchor.kind != reference.kind:
        found = KINDS[anchor.kind]
        return WRONG_KIND, (
            f"<{reference.element}> points to {clip(anchor.name)!r}, which is a {found}, "
            f"not a {wanted}."
        )
    return None
