"""Rule 8: one main release with something in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.places import Below
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message, Release
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
    wrong="<ReleaseList><TrackRelease>…</TrackRelease></ReleaseList>",
    right="<ReleaseList><Release>…</Release><TrackRelease>…</TrackRelease></ReleaseList>",
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
NO_RESOURCES = Rule(
    code="ERN-0805",
    number=8,
    severity=Severity.HOLD,
    ack_status="ResourceMissing",
    clause="DDEX ERN 3.8, ResourceOmissionReason",
    text="A release whose resources are left out can be played once they are known.",
    remedy="Send the resources, unless the message only tells of deals for what was sent before.",
    wrong="<ResourceList/>",
    right="<ResourceList><SoundRecording>…</SoundRecording></ResourceList>",
)
ASSUMED = Rule(
    code="ERN-0803",
    number=8,
    severity=Severity.WARN,
    ack_status="",
    clause="DDEX ERN 3.8, Release/@IsMainRelease",
    text="The main release is marked; if none is, the only one that is no track release is it.",
    remedy='Add IsMainRelease="true" to the release that the message is about.',
    wrong="<Release><ReleaseId><GRid>A1NWLX12026000001Z</GRid>",
    right='<Release IsMainRelease="true"><ReleaseId><GRid>A1NWLX12026000001Z</GRid>',
)
RULES: tuple[Rule, ...] = (
    NO_MAIN_RELEASE,
    MANY_MAIN_RELEASES,
    ASSUMED,
    NO_RECORDING,
    NO_RESOURCES,
)


def check_main_release(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 8."""
    if message.type == "CatalogListMessage":
        return
    mains = [release for release in message.releases if release.is_main]
    if not mains:
        marked = "marks none of its releases as" if message.releases else "has no"
        yield NO_MAIN_RELEASE.at(
            Below(message.place, "ReleaseList"), f"The message {marked} main release."
        )
        return
    for extra in mains[1:]:
        name = clip(extra.reference)
        text = f"{name!r} is a second main release beside {clip(mains[0].reference)!r}."
        yield MANY_MAIN_RELEASES.at(extra.place, text, value=extra.reference)
    if message.main_is_assumed:
        name = clip(mains[0].reference)
        text = f"No release is marked as the main one; {name!r} is taken for it."
        yield ASSUMED.at(mains[0].place, text, value=mains[0].reference)
    if message.type == "NewReleaseMessage":
        yield from _check_content(message, mains[0])


def _check_content(message: Message, main: Release) -> Iterator[Finding]:
    if not message.resources and message.version.startswith("38"):
        text = "The message leaves out the resources of its release."
        yield NO_RESOURCES.at(main.place, text, value=main.reference)
        return
    playable = {r.reference for r in message.resources if r.kind in PLAYABLE}
    if not playable.intersection(main.primary_references):
        text = "The main release holds no sound recording or video."
        yield NO_RECORDING.at(main.place, text, value=main.reference)
