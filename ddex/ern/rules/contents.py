"""What a release plays, as several rules ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.rules.release import PLAYABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.ern.model import Message, Release, Resource


def resources_by_reference(message: Message) -> dict[str, Resource]:
    """The resources by anchor; the first one where an anchor is repeated."""
    found: dict[str, Resource] = {}
    for resource in message.resources:
        found.setdefault(resource.reference, resource)
    return found


def played(release: Release, resources: Mapping[str, Resource]) -> list[Resource]:
    """The primary recordings and videos of a release, in order."""
    found = (resources[each] for each in release.primary_references if each in resources)
    return [resource for resource in found if resource.kind in PLAYABLE]
