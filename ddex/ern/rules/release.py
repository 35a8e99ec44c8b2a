"""Rules 8 and 10: one main release with an identity and something in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.findings import Finding, Rule, Severity, clip
from ddex.identifiers import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Identifier, Message, Release
    from ddex.ern.rules.context import Context

PLAYABLE = frozenset({"SoundRecording", "Video"})
_PROFILE = "DDEX release profiles for ERN 4, common rules"

NO_MAIN_RELEASE = Rule(
    code="ERN-0801",
    number=8,
    severity=Severity.REJECT,
    ack_status="MetadataMissing",
    clause=_PROFILE,
    text="A message has a main release.",
    remedy="Add the Release that the message is about to its ReleaseList.",
    wrong='<Release IsMainRelease="false"><ReleaseReference>R0</ReleaseReference>',
    right="<Release><ReleaseReference>R0</ReleaseReference>",
)
MANY_MAIN_RELEASES = Rule(
    code="ERN-0802",
    number=8,
    severity=Severity.REJECT,
    ack_status="MetadataMissing",
    clause=_PROFILE,
    text="A message has exactly one main release.",
    remedy="Send one message for each release; mark one release only as the main one.",
    wrong='<TrackRelease IsMainRelease="true"><ReleaseReference>R1</ReleaseReference>',
    right="<TrackRelease><ReleaseReference>R1</ReleaseReference>",
)
NO_RECORDING = Rule(
    code="ERN-0804",
    number=8,
    severity=Severity.REJECT,
    ack_status="ResourceMissing",
    clause=_PROFILE,
    text="The main release holds at least one sound recording or video.",
    remedy="List the recordings of the release in its ResourceGroup.",
    wrong="<ResourceGroup><LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference>"
    "</ResourceGroup>",
    right="<ResourceGroup><ResourceGroupContentItem><SequenceNumber>1</SequenceNumber>"
    "<ReleaseResourceReference>A1</ReleaseResourceReference></ResourceGroupContentItem>"
    "<ResourceGroupContentItem><SequenceNumber>2</SequenceNumber>"
    "<ReleaseResourceReference>A2</ReleaseResourceReference></ResourceGroupContentItem>"
    "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference></ResourceGroup>",
)
NO_RELEASE_ID = Rule(
    code="ERN-1001",
    number=10,
    severity=Severity.REJECT,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ReleaseId",
    text="The main release has a GRid, an ICPN or a ProprietaryId with Namespace.",
    remedy="Add the release's GRid or ICPN (UPC, EAN) to ReleaseId.",
    wrong='<ReleaseId><CatalogNumber Namespace="PADPIDA2013042401U">C1</CatalogNumber></ReleaseId>',
    right="<ReleaseId><ICPN>4006381333931</ICPN></ReleaseId>",
)
EMPTY_RELEASE_ID = Rule(
    code="ERN-1002",
    number=10,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ReleaseId",
    text="The identifier of the main release is a real one, neither empty nor a placeholder.",
    remedy="Fill in the release's true GRid or ICPN.",
    wrong="<ICPN>XXXX</ICPN>",
    right="<ICPN>4006381333931</ICPN>",
)
NO_NAMESPACE = Rule(
    code="ERN-1003",
    number=10,
    severity=Severity.HOLD,
    ack_status="IdentifierInvalid",
    clause="DDEX ERN part 1, ProprietaryId",
    text="A ProprietaryId that identifies a release says in whose namespace.",
    remedy="Add the Namespace attribute, usually your DPID; or send a GRid or ICPN.",
    wrong="<ProprietaryId>AL-1</ProprietaryId>",
    right="<ICPN>4006381333931</ICPN>",
)
RULES: tuple[Rule, ...] = (
    NO_MAIN_RELEASE,
    MANY_MAIN_RELEASES,
    NO_RECORDING,
    NO_RELEASE_ID,
    EMPTY_RELEASE_ID,
    NO_NAMESPACE,
)
_IDENTIFYING = frozenset({"GRid", "ICPN", "ProprietaryId", "ISRC"})


def check_main_release(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 8."""
    mains = [release for release in message.releases if release.is_main]
    if not mains:
        yield NO_MAIN_RELEASE.at(message.place, "The message has no main release.")
    for extra in mains[1:]:
        name = clip(extra.reference)
        text = f"{name!r} is a second main release beside {clip(mains[0].reference)!r}."
        yield MANY_MAIN_RELEASES.at(extra.place, text, value=extra.reference)
    if mains and message.type == "NewReleaseMessage":
        yield from _check_content(message, mains[0])


def _check_content(message: Message, main: Release) -> Iterator[Finding]:
    playable = {r.reference for r in message.resources if r.kind in PLAYABLE}
    if not playable.intersection(primary_references(main)):
        text = "The main release holds no sound recording or video."
        yield NO_RECORDING.at(main.place, text, value=main.reference)


def primary_references(release: Release) -> tuple[str, ...]:
    """The resources that a release is made of, in order: content items, or the list of 3.8."""
    group = release.resource_group
    items = tuple(item.resource_reference for item in group.flat()) if group else ()
    return items + release.resource_references


def check_release_id(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 10."""
    main = message.main_release
    if main is None or main.kind == "PurgedRelease":
        return
    found = [each for each in main.identifiers if each.kind in _IDENTIFYING]
    if not found:
        text = "The main release has no GRid, ICPN or ProprietaryId."
        yield NO_RELEASE_ID.at(main.place, text, value=main.reference)
    elif not any(_identifies(each) for each in found):
        yield from _useless(found)


def _identifies(each: Identifier) -> bool:
    named = each.kind != "ProprietaryId" or bool(each.namespace)
    return named and not is_placeholder(each.value)


def _useless(found: list[Identifier]) -> Iterator[Finding]:
    for each in found:
        if is_placeholder(each.value):
            text = f"The {each.kind} of the main release is {clip(each.value) or 'empty'!r}."
            yield EMPTY_RELEASE_ID.at(each.place, text, value=each.value)
        else:
            text = f"The ProprietaryId {clip(each.value)!r} of the main release has no Namespace."
            yield NO_NAMESPACE.at(each.place, text, value=each.value)
