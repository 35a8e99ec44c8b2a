"""Rule 18: the release has one front cover, and it can be shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ddex.ern.rules.contents import played, resources_by_reference
from ddex.ern.rules.media import OTHER_CODEC, known_media
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import Message, Release, ResourceGroup
    from ddex.ern.rules.context import Context
    from ddex.ern.rules.media import MediaFacts

FRONT = "FrontCoverImage"
STILL = "VideoScreenCapture"
"""What stands for the cover of a release of videos alone."""
_PROFILE = "DDEX release profiles, cover images"
_LINK = "<LinkedReleaseResourceReference>A3</LinkedReleaseResourceReference>"
_URI = "<URI>resources/cover.jpg</URI>"


def _rule(
    code: str, severity: Severity, status: str, text: str, remedy: str, *example: str
) -> Rule:
    """`example` is a wrong and a right piece of XML."""
    wrong, right = example
    return Rule(
        code=code,
        number=18,
        severity=severity,
        ack_status=status,
        clause=_PROFILE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


UNUSABLE = _rule(
    "ERN-1801",
    Severity.REJECT,
    "ResourceCorrupt",
    "An image can be opened. A cover that can't be shown to anybody is refused.",
    "Send an intact JPEG or PNG of the image.",
    "<URI>resources/cut.jpg</URI>",
    _URI,
)
NO_COVER = _rule(
    "ERN-1802",
    Severity.HOLD,
    "ResourceMissing",
    "The message has a front cover (FrontCoverImage) for its main release.",
    "Add an Image of type FrontCoverImage and name it in the release's ResourceGroup.",
    "<Type>BackCoverImage</Type>",
    "<Type>FrontCoverImage</Type>",
)
NOT_REACHED = _rule(
    "ERN-1803",
    Severity.HOLD,
    "ResourceMissing",
    "The main release names its front cover.",
    "Name the cover in the top ResourceGroup of the main release.",
    "</ResourceGroup>",
    f"{_LINK}</ResourceGroup>",
)
SEVERAL = _rule(
    "ERN-1804",
    Severity.HOLD,
    "ResourceNotMeetingSpecifications",
    "The main release has one front cover; parts of it, such as discs, may have their own.",
    "Name one front cover in the top ResourceGroup; give other images their own type.",
    f"{_LINK}<LinkedReleaseResourceReference>A4</LinkedReleaseResourceReference>",
    _LINK,
)
SMALL = _rule(
    "ERN-1805",
    Severity.HOLD,
    "ResourceNotMeetingSpecifications",
    "A front cover is large enough to be shown: 600 pixels a side, unless the feed's policy says "
    "otherwise.",
    "Send the cover with 3,000 pixels a side.",
    "<URI>resources/thumbnail.jpg</URI>",
    _URI,
)
LOW = _rule(
    "ERN-1806",
    Severity.WARN,
    "ResourceNotMeetingSpecifications",
    "A front cover is sharp on large screens: 1,400 pixels a side, unless the feed's policy says "
    "otherwise.",
    "Send the cover with 3,000 pixels a side.",
    "<URI>resources/small.jpg</URI>",
    _URI,
)
NOT_SQUARE = _rule(
    "ERN-1807",
    Severity.WARN,
    "ResourceNotMeetingSpecifications",
    "A front cover is square.",
    "Send a square cover; this one is shown with its edges cut off.",
    "<URI>resources/wide.jpg</URI>",
    _URI,
)
RULES: tuple[Rule, ...] = (UNUSABLE, NO_COVER, NOT_REACHED, SEVERAL, SMALL, LOW, NOT_SQUARE)


def check_cover(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 18, the part that needs no files. A release that plays nothing is told by rule 8."""
    main = message.main_release
    resources = resources_by_reference(message)
    plays = played(main, resources) if main else []
    if main is None or not plays or message.type != "NewReleaseMessage":
        return
    wanted = {FRONT, STILL} if all(each.kind == "Video" for each in plays) else {FRONT}
    covers = {r.reference: r for r in message.resources if r.kind == "Image" and r.type in wanted}
    if not covers:
        yield NO_COVER.at(main.place, "The release has no front cover.", expected=FRONT)
        return
    own, inner = _reached(main)
    if len(plays) == 1:  # what a single names for its track, it names for itself
        own = inner
    chosen = sorted(covers.keys() & own) or sorted(covers.keys() & inner)[:1]
    if not chosen and inner <= resources.keys():  # else rule 6 tells what is named instead
        cover = next(iter(covers.values()))
        text = f"The main release does not name its front cover {clip(cover.reference)!r}."
        yield NOT_REACHED.at(cover.place, text, value=cover.reference)
    fronts = [each for each in chosen if covers[each].type == FRONT]
    if len(fronts) > 1:
        text = f"The main release names {len(fronts)} front covers: {', '.join(map(clip, fronts))}."
        yield SEVERAL.at(covers[fronts[1]].place, text, value=fronts[1], expected="one")


def _reached(main: Release) -> tuple[frozenset[str], frozenset[str]]:
    """References of the release itself (top group; its list when no group names them), and all."""
    group = main.resource_group
    own = _named(group) if group else frozenset()
    listed = frozenset((*main.resource_references, *main.secondary_references))
    deep = frozenset(_deep(group)) if group else frozenset()
    return own | (listed - deep), own | listed | deep


def _named(group: ResourceGroup) -> frozenset[str]:
    items = (item.resource_reference for item in group.items)
    return frozenset((*group.linked_references, *items))


def _deep(group: ResourceGroup) -> Iterator[str]:
    yield from _named(group)
    for item in group.items:
        yield from item.linked_references
    for inner in group.groups:
        yield from _deep(inner)


def check_images(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 18, the part that needs `context.files` and `context.media`."""
    for resource, file, path, facts in known_media(message, context, "image"):
        if facts.fault:
            yield UNUSABLE.at(
                file.place,
                f"{clip(path)} can't be used: {clip(facts.message, 400)}",
                value=facts.fault,
                expected="a file that decodes to its end",
                resource=resource.reference,
                file=clip(path),
            )
            continue
        stated = re.sub(r"[^A-Z0-9]", "", file.codec.upper())
        if stated in _FORMATS and facts.codec not in _FORMATS[stated]:
            text = f"{clip(path)!r} is {facts.codec}, the message states {clip(file.codec)!r}."
            yield OTHER_CODEC.at(
                file.place, text, value=file.codec, expected=facts.codec, file=clip(path)
            )
        if resource.type == FRONT:
            for rule, text in _size_faults(path, facts, context):
                size = f"{facts.width} x {facts.height}"
                yield rule.at(
                    file.place, text, value=size, resource=resource.reference, file=clip(path)
                )


_FORMATS: Mapping[str, tuple[str, ...]] = {
    "JPEG": ("JPEG", "MPO"),
    "JPG": ("JPEG", "MPO"),
    "PNG": ("PNG",),
    "GIF": ("GIF",),
    "TIFF": ("TIFF",),
    "JPEG2000": ("JPEG2000",),
}


def _size_faults(path: str, facts: MediaFacts, context: Context) -> Iterator[tuple[Rule, str]]:
    size = f"The front cover {clip(path)!r} has {facts.width} x {facts.height} pixels"
    for rule, name in ((SMALL, "cover_hold_px"), (LOW, "cover_warn_px")):
        least = context.policy.number(name)
        if min(facts.width, facts.height) < least:
            yield rule, f"{size}; at least {least} a side are wanted."
            break
    if abs(facts.width - facts.height) > 0.01 * max(facts.width, facts.height):
        yield NOT_SQUARE, f"{size}: it is not square."
