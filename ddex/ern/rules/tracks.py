"""Rule 9: one track release for each primary resource, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.places import Below
from ddex.ern.rules.release import PLAYABLE
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Message, Release, Resource
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX release profiles, track releases"
_TRACK = (
    "<TrackRelease><ReleaseReference>R{0}</ReleaseReference><ReleaseId>"
    '<ProprietaryId Namespace="PADPIDA2013042401U">{1}</ProprietaryId></ReleaseId>'
    "<ReleaseResourceReference>A{2}</ReleaseResourceReference>"
    "<ReleaseLabelReference>P2</ReleaseLabelReference>"
    "<Genre><GenreText>Pop</GenreText></Genre></TrackRelease>"
)
_SECOND = _TRACK.format(2, "4006381333931_QZNWL2600002", 2)


def _rule(code: str, text: str, remedy: str, wrong: str, right: str = _SECOND) -> Rule:
    return Rule(
        code=code,
        number=9,
        severity=Severity.HOLD,
        ack_status="MetadataMissing",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


NO_TRACK = _rule(
    "ERN-0901",
    "Each recording and video that the main release consists of has a track release.",
    "Add a track release for it, with or without a deal.",
    "<!-- no TrackRelease for A2 -->",
)
MANY_TRACKS = _rule(
    "ERN-0902",
    "A recording or video has one track release only.",
    "Leave one track release for each recording.",
    _SECOND + _TRACK.format(8, "4006381333931_AGAIN", 2),
)
NOT_PRIMARY = _rule(
    "ERN-0903",
    "A track release refers to a primary resource of the main release.",
    "Point to the recording or video; covers and booklets are linked, they have no track release.",
    _SECOND + _TRACK.format(8, "4006381333931_COVER", 3),
)
NOT_ONE = _rule(
    "ERN-0904",
    "A track release refers to exactly one primary resource.",
    "Name one recording or video in each track release.",
    _SECOND.replace("<ReleaseResourceReference>A2</ReleaseResourceReference>", ""),
)
RULES: tuple[Rule, ...] = (NO_TRACK, MANY_TRACKS, NOT_PRIMARY, NOT_ONE)
TRACK_KINDS = frozenset({"TrackRelease", "VideoTrackRelease"})
_WITH_TRACKS = frozenset({"Audio", "Video", "MixedMedia"})
_WITHOUT_TRACKS = frozenset(
    {"SimpleAudioSingle", "SimpleVideoSingle", "Ringtone", "LongFormMusicalWorkVideo", "DjMix"}
)


def primary_resources(message: Message, main: Release) -> dict[str, Resource]:
    """The recordings and videos that a release consists of, by reference, in document order."""
    named = set(main.primary_references)
    return {
        resource.reference: resource
        for resource in message.resources
        if resource.reference in named
        and resource.kind in PLAYABLE
        and not resource.is_supplemental
    }


def check_tracks(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 9."""
    main = message.main_release
    if main is None or message.type != "NewReleaseMessage":
        return
    primary = primary_resources(message, main)
    kinds = {resource.reference: resource.kind for resource in message.resources}
    known = kinds.keys()
    if not known >= set(main.primary_references):
        # Rule 6 tells that the main release names nothing there; any recording may be meant.
        kinds = {name: kind for name, kind in kinds.items() if kind not in PLAYABLE}
    tracks = [each for each in message.releases if each.kind in TRACK_KINDS and each is not main]
    owners: dict[str, list[Release]] = {}
    is_old = _is_old(message)
    for track in tracks:
        yield from _check_target(track, primary, kinds, is_old=is_old)
        for reference in dict.fromkeys(track.resource_references):
            owners.setdefault(reference, []).append(track)
    needed = _needs_tracks(message, len(primary), has_some=bool(tracks))
    astray = sum(len(owners[name]) for name in owners.keys() - known)  # told by rule 6
    needed = needed and len(primary.keys() - owners.keys()) > astray
    for reference, resource in primary.items():
        yield from _check_count(resource, owners.get(reference, []), needed=needed)


def _is_old(message: Message) -> bool:
    return message.version.startswith("38")


def _needs_tracks(message: Message, primaries: int, *, has_some: bool) -> bool:
    # Strings of ERN 3 profiles are misspelt in the field: only those of ERN 4 decide.
    profile = message.profile.split()[0] if message.profile else ""
    if _is_old(message) or profile not in _WITH_TRACKS | _WITHOUT_TRACKS:
        return has_some or primaries > 1
    return profile in _WITH_TRACKS


def _check_target(
    track: Release, primary: dict[str, Resource], kinds: dict[str, str], *, is_old: bool
) -> Iterator[Finding]:
    named = tuple(dict.fromkeys(track.resource_references))
    if len(named) != 1:
        listed = ", ".join(clip(each) for each in named) or "nothing"
        text = f"Track release {clip(track.reference)!r} refers to {listed}, not to one resource."
        place = _named(track, is_old=is_old) if named else track.place
        yield NOT_ONE.at(place, text, value=listed, expected="one resource")
        return
    target = named[0]
    # Video track releases of ERN 3 name their screen captures, as official samples do.
    audio = target in primary and primary[target].kind == "SoundRecording"
    for extra in track.secondary_references if audio and is_old else ():
        name = clip(track.reference)
        text = f"Track release {name!r} refers to {clip(extra)!r} too, a secondary resource."
        yield NOT_PRIMARY.at(track.place, text, value=extra, expected=target)
    if target in kinds and target not in primary:
        text = (
            f"Track release {clip(track.reference)!r} refers to {kinds[target]} {clip(target)!r}, "
            "which is no primary resource of the main release."
        )
        spot = _named(track, is_old=is_old)
        yield NOT_PRIMARY.at(spot, text, value=target, expected=", ".join(primary))


def _named(track: Release, *, is_old: bool) -> Below:
    """Where a track release names what it consists of."""
    around = "ReleaseResourceReferenceList" if is_old else "ReleaseResourceReference"
    return Below(track.place, around)


def _check_count(resource: Resource, tracks: list[Release], *, needed: bool) -> Iterator[Finding]:
    if not tracks and needed:
        text = f"{resource.kind} {clip(resource.reference)!r} has no track release."
        yield NO_TRACK.at(resource.place, text, value=resource.reference)
    for extra in tracks[1:]:
        first = clip(tracks[0].reference)
        text = f"{resource.kind} {clip(resource.reference)!r} has another track release, {first!r}."
        yield MANY_TRACKS.at(extra.place, text, value=extra.reference)
