"""Rule 16: what has an order says so, with one numbering from 1 in each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import ContentItem
from ddex.ern.rules.places import Below
from ddex.ern.rules.tracks import primary_resources
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ddex.ern.model import Credit, Message, Release, Resource, ResourceGroup
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX release profiles, common rules on sequences"
_ITEM = (
    "<ResourceGroupContentItem><SequenceNumber>{}</SequenceNumber>"
    "<ReleaseResourceReference>{}</ReleaseResourceReference></ResourceGroupContentItem>"
)
_SECOND = _ITEM.format(2, "A2")


def _rule(code: str, text: str, remedy: str, wrong: str, right: str = _SECOND) -> Rule:
    return Rule(
        code=code,
        number=16,
        severity=Severity.HOLD,
        ack_status="MetadataMissing",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


REPEATED = _rule(
    "ERN-1601",
    "The SequenceNumbers of a ResourceGroup, of items and sub-groups together, are all different.",
    "Number the tracks (or discs) of each group 1, 2, 3 … in their order.",
    _ITEM.format(1, "A2"),
)
GAP = _rule(
    "ERN-1602",
    "The SequenceNumbers of a ResourceGroup start with 1 and leave no number out.",
    "Number the tracks (or discs) of each group 1, 2, 3 … in their order.",
    _ITEM.format(4, "A2"),
)
UNSEQUENCED = _rule(
    "ERN-1603",
    "Each primary resource has a SequenceNumber in its ResourceGroupContentItem.",
    "Add the number of the track.",
    _SECOND.replace("<SequenceNumber>2</SequenceNumber>", ""),
)
SECONDARY = _rule(
    "ERN-1604",
    "Secondary resources, such as covers and booklets, have no SequenceNumber.",
    "Take the number out, or link the resource from the group.",
    _SECOND + _ITEM.format(3, "A3"),
)
GROUP_UNSEQUENCED = _rule(
    "ERN-1605",
    "Where some groups of a ResourceGroup are numbered, or there are several, each has a number.",
    "Give each disc, side or work a SequenceNumber.",
    f"<ResourceGroup><ResourceGroup>{_ITEM.format(1, 'A1')}</ResourceGroup>"
    f"<ResourceGroup>{_ITEM.format(1, 'A2')}</ResourceGroup>",
    f"<ResourceGroup>{_ITEM.format(1, 'A1')}{_SECOND}",
)
ARTIST_UNSEQUENCED = _rule(
    "ERN-1606",
    "Each DisplayArtist has a SequenceNumber.",
    "Add the attribute SequenceNumber, 1 for the first artist.",
    "<DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference>",
    '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>P1</ArtistPartyReference>',
)
ARTIST_ORDER = _rule(
    "ERN-1607",
    "The DisplayArtists of a release or resource are numbered 1, 2, 3 …, each number once.",
    "Number the artists in the order in which they are shown.",
    '<DisplayArtist SequenceNumber="0"><ArtistPartyReference>P1</ArtistPartyReference>',
    '<DisplayArtist SequenceNumber="1"><ArtistPartyReference>P1</ArtistPartyReference>',
)
RULES: tuple[Rule, ...] = (
    REPEATED,
    GAP,
    UNSEQUENCED,
    SECONDARY,
    GROUP_UNSEQUENCED,
    ARTIST_UNSEQUENCED,
    ARTIST_ORDER,
)


def check_sequences(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 16, the order of tracks and discs."""
    main = message.main_release
    if main is None or message.type != "NewReleaseMessage":
        return
    primary = primary_resources(message, main)
    known = {resource.reference for resource in message.resources}
    for group in _groups(main):
        yield from _check_group(group, primary, known - primary.keys())


def _check_group(
    group: ResourceGroup, primary: Collection[str], secondary: Collection[str]
) -> Iterator[Finding]:
    for item in group.items:
        yield from _check_item(item, primary, secondary)
    yield from _check_groups(group.groups)
    yield from _check_numbers(group, primary, secondary)
    for each in group.groups:
        yield from _check_group(each, primary, secondary)


def _check_item(
    item: ContentItem, primary: Collection[str], secondary: Collection[str]
) -> Iterator[Finding]:
    numbered = bool(item.sequence_text) or item.sequence is not None
    if not numbered and item.resource_reference in primary and not item.is_bonus:
        text = f"The primary resource {clip(item.resource_reference)!r} has no SequenceNumber."
        yield UNSEQUENCED.at(item.place, text, value=item.resource_reference)
    if numbered and item.resource_reference in secondary:
        text = f"The secondary resource {clip(item.resource_reference)!r} has a SequenceNumber."
        yield SECONDARY.at(
            Below(item.place, "SequenceNumber"), text, value=_said(item), expected="no number"
        )


def _check_groups(groups: tuple[ResourceGroup, ...]) -> Iterator[Finding]:
    if len(groups) < 2 and not any(_said(group) for group in groups):
        return
    for group in groups:
        if not _said(group) and group.type != "ReleaseComponent":
            yield GROUP_UNSEQUENCED.at(group.place, "A group among others has no SequenceNumber.")


def _said(part: ResourceGroup | ContentItem) -> str:
    return part.sequence_text or ("" if part.sequence is None else str(part.sequence))


def _check_numbers(
    group: ResourceGroup, primary: Collection[str], secondary: Collection[str]
) -> Iterator[Finding]:
    items = [each for each in group.items if each.resource_reference not in secondary]
    parts: list[ResourceGroup | ContentItem] = [*group.groups, *items]
    numbers = {part.sequence for part in parts if part.sequence is not None}
    seen: set[tuple[int, int | None]] = set()
    # What was reported already leaves a number free, and is no second fault.
    free = sum(1 for each in items if not _said(each) and each.resource_reference in primary)
    free += sum(1 for part in parts if _said(part) and part.sequence is None)
    for part in parts:
        key = (part.sequence or 0, part.sequence_sub if isinstance(part, ContentItem) else None)
        if part.sequence is not None and key in seen:
            free += 1
            text = f"SequenceNumber {part.sequence} is used again in its group."
            yield REPEATED.at(Below(part.place, "SequenceNumber"), text, value=_said(part))
        seen.add(key)
    last = len(numbers) + free
    for part in parts:
        if _said(part) and (part.sequence is None or not 1 <= part.sequence <= last):
            text = f"SequenceNumber {clip(_said(part))} does not follow: 1 to {last} do."
            spot = Below(part.place, "SequenceNumber")
            yield GAP.at(spot, text, value=_said(part), expected=f"1 to {last}")


def check_artists(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 16, the order of display artists."""
    for artists in _artists(message):
        numbers = [credit.sequence for credit in artists]
        if numbers != list(range(1, len(numbers) + 1)):
            for side_by_side in _by_parent(artists):
                yield from _check_credits(side_by_side)


def _artists(message: Message) -> Iterator[tuple[Credit, ...]]:
    """Those of each thing: where territories have their own, the default is one of them."""
    things: tuple[Release | Resource, ...] = (*message.releases, *message.resources)
    for thing in things:
        listed = [each.display_artists for each in thing.territorial if each.display_artists]
        yield from listed or [thing.display_artists]
    for release in message.releases:
        for group in _groups(release):
            yield from _of_group(group)


def _groups(release: Release) -> list[ResourceGroup]:
    groups = [group for each in release.territorial for group in each.resource_groups]
    return groups or ([release.resource_group] if release.resource_group else [])


def _of_group(group: ResourceGroup) -> Iterator[tuple[Credit, ...]]:
    yield group.display_artists
    for each in group.groups:
        yield from _of_group(each)


def _by_parent(artists: tuple[Credit, ...]) -> Iterator[list[Credit]]:
    """Artists that stand beside each other: ERN 3.8 has them territory by territory."""
    parents: dict[str, list[Credit]] = {}
    for credit in artists:
        parents.setdefault(credit.place.xpath.rpartition("/")[0], []).append(credit)
    yield from parents.values()


def _is_rival(owner: Credit, credit: Credit) -> bool:
    """Whether the owner of a number leaves none for another: it may come again in other roles."""
    if owner is credit:
        return False
    same = owner.party_reference == credit.party_reference
    return not same or not set(owner.roles).isdisjoint(credit.roles)


def _check_credits(artists: list[Credit]) -> Iterator[Finding]:
    owners: dict[int, Credit] = {}
    for credit in artists:
        number = credit.sequence
        if number is None:
            yield ARTIST_UNSEQUENCED.at(credit.place, "A DisplayArtist has no SequenceNumber.")
            continue
        owner = owners.setdefault(number, credit)
        if _is_rival(owner, credit) or not 1 <= number <= len(artists):
            text = f"DisplayArtist number {number} does not follow: there are {len(artists)}."
            expected = f"1 to {len(artists)}, each once"
            yield ARTIST_ORDER.at(credit.place, text, value=str(number), expected=expected)
