"""Rule 11: ISRCs of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import isrc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Identifier, Message, Resource
    from ddex.ern.rules.context import Context

BAD_ISRC = Rule(
    code="ERN-1101",
    number=11,
    severity=Severity.HOLD,
    ack_status="IdentifierSyntaxInvalid",
    clause="ISO 3901",
    text="An ISRC has two letters, three letters or digits, and seven digits.",
    remedy="Write the ISRC without blanks, e.g. QZNWL2600001.",
    wrong="<ISRC>NOT AN ISRC</ISRC>",
    right="<ISRC>QZNWL2600001</ISRC>",
)
NO_ISRC = Rule(
    code="ERN-1102",
    number=11,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX release profiles for ERN 4, common rules",
    text="Each primary sound recording has an ISRC.",
    remedy="Add the recording's ISRC to its ResourceId.",
    wrong='<ProprietaryId Namespace="PADPIDA2013042401U">REC-1</ProprietaryId>',
    right="<ISRC>QZNWL2600001</ISRC>",
)
REPEATED_ISRC = Rule(
    code="ERN-1103",
    number=11,
    severity=Severity.WARN,
    ack_status="IdentifierInvalid",
    clause="ISO 3901",
    text="Each recording of a release has its own ISRC.",
    remedy="Check the ISRCs; send a recording that occurs twice as one resource.",
    wrong="<ISRC>QZ-NWL-26-00001</ISRC>",
    right="<ISRC>QZNWL2600002</ISRC>",
)
RULES: tuple[Rule, ...] = (BAD_ISRC, NO_ISRC, REPEATED_ISRC)
_MUSIC_VIDEOS = frozenset({"ShortFormMusicalWorkVideo"})


def check_isrc(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 11."""
    main = message.main_release
    primary = set(main.primary_references if main else ())
    primary.update(ref for release in message.releases for ref in release.resource_references)
    owners: dict[str, Resource] = {}
    for resource in message.resources:
        codes = [each for each in resource.identifiers if each.kind == "ISRC"]
        if not codes and resource.reference in primary and _needs_isrc(resource):
            text = f"{resource.kind} {clip(resource.reference)!r} has no ISRC."
            yield NO_ISRC.at(resource.place, text, resource=resource.reference)
        for code in codes:
            yield from _check_resource(code, resource, owners)
    for release in message.releases:
        for code in release.identifiers:
            if code.kind == "ISRC" and isrc(code.value) is None:
                yield _bad(code, clip(release.reference))


def _needs_isrc(resource: Resource) -> bool:
    recording = resource.kind == "SoundRecording" or resource.type in _MUSIC_VIDEOS
    return recording and not resource.is_supplemental


def _bad(code: Identifier, owner: str) -> Finding:
    text = f"{clip(code.value)!r} is no ISRC." if code.value else "The ISRC is empty."
    return BAD_ISRC.at(code.place, text, value=code.value, expected="CCXXX0000000", resource=owner)


def _check_resource(
    code: Identifier, resource: Resource, owners: dict[str, Resource]
) -> Iterator[Finding]:
    normal = isrc(code.value)
    if normal is None:
        yield _bad(code, resource.reference)
        return
    owner = owners.setdefault(normal, resource)
    if owner is not resource:
        mine, other = clip(resource.reference), clip(owner.reference)
        text = f"ISRC {normal} of {mine!r} is also that of {other!r}."
        yield REPEATED_ISRC.at(code.place, text, value=code.value, resource=normal)
