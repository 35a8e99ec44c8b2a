"""What an acknowledgement says of the release it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.choreography.parts import ReleaseIds

if TYPE_CHECKING:
    from ddex.ern.model import Message


def release_ids(message: Message | None) -> ReleaseIds | None:
    """The identifiers of the main release, None when it has none."""
    main = message.main_release if message else None
    if main is None:
        return None
    found = ReleaseIds(
        icpn=main.identifier("ICPN"),
        grid=main.identifier("GRid"),
        proprietary=tuple(
            (i.namespace, i.value) for i in main.identifiers if i.kind == "ProprietaryId"
        ),
    )
    return found if found.all else None
