"""Rule 7: what a message describes and nothing in it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message, Release
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX ERN part 1, local anchors and references"


def _rule(code: str, text: str, remedy: str, wrong: str, right: str) -> Rule:
    return Rule(
        code=code,
        number=7,
        severity=Severity.WARN,
        ack_status="",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


UNUSED_RESOURCE = _rule(
    "ERN-0701",
    "Each resource is part of a release, or another resource refers to it.",
    "Name the resource in the ResourceGroup of the release, or do not send it.",
    "<ResourceList><Text><ResourceReference>A9</ResourceReference><Type>LyricText</Type></Text>",
    "<ResourceList>",
)
UNUSED_PARTY = _rule(
    "ERN-0702",
    "Each party of the PartyList takes part in something.",
    "Refer to the party where it belongs, or leave it out of the PartyList.",
    "<PartyList><Party><PartyReference>P9</PartyReference>"
    "<PartyName><FullName>The Understudy</FullName></PartyName></Party>",
    "<PartyList>",
)
UNUSED_RELEASE = _rule(
    "ERN-0703",
    "A deal refers to each release: to the main one, and to all track releases or to none.",
    "Add a DealReleaseReference; a track release without one is not sold on its own.",
    "<DealReleaseReference>R0</DealReleaseReference>"
    "<DealReleaseReference>R1</DealReleaseReference><Deal>",
    "<DealReleaseReference>R0</DealReleaseReference>"
    "<DealReleaseReference>R1</DealReleaseReference>"
    "<DealReleaseReference>R2</DealReleaseReference><Deal>",
)
RULES: tuple[Rule, ...] = (UNUSED_RESOURCE, UNUSED_PARTY, UNUSED_RELEASE)
_OWN_USE = frozenset({"ResourceReleaseReference"})


def check_unused(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 7. What a main release would refer to, nobody knows when rule 8 misses it."""
    if message.type != "NewReleaseMessage" or message.main_release is None:
        return
    used = {each.name for each in message.references if each.element not in _OWN_USE}
    for resource in message.resources:
        if resource.reference and resource.reference not in used:
            name = clip(resource.reference)
            text = f"Nothing refers to {resource.kind} {name!r}."
            yield UNUSED_RESOURCE.at(resource.place, text, value=resource.reference)
    for party in message.parties:
        if party.reference and not party.reference.startswith("#") and party.reference not in used:
            text = f"Nothing refers to party {clip(party.reference)!r}, {clip(party.name)!r}."
            yield UNUSED_PARTY.at(party.place, text, value=party.reference)
    if message.deals:
        yield from _unused_releases(message.releases, used)


def _unused_releases(releases: tuple[Release, ...], used: set[str]) -> Iterator[Finding]:
    """Tracks that are not sold singly need no deal: they are judged once one of them has a deal."""
    parts = {each.reference for each in releases if each.kind != "Release"}
    for release in releases:
        if not release.reference or release.reference in used:
            continue
        if release.reference not in parts or not parts.isdisjoint(used):
            what = "the main release" if release.is_main else release.kind
            text = f"No deal refers to {what} {clip(release.reference)!r}."
            yield UNUSED_RELEASE.at(release.place, text, value=release.reference)
