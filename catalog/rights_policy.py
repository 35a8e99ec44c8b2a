"""What a feed and the service agreed on about deals, beside what the messages say."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsPolicy:
    """The policy of one feed; `rights` in the JSON of `Feed.policy`.

    Attributes:
        album_covers_tracks: a deal for the main release lets its tracks be used as parts of it, so
            that a track release without a deal is only not sold singly.
        tracks_open_album: deals of track releases make the main release available too.
        tis: CISAC TIS numbers count as territories.
        announce_undated: what has no display date at all may be shown before its deal starts;
            DDEX's own default is the start of the deal.
    """

    album_covers_tracks: bool = True
    tracks_open_album: bool = False
    tis: bool = False
    announce_undated: bool = True

    @classmethod
    def from_json(cls, policy: Mapping[str, Any] | None) -> RightsPolicy:
        """From the whole policy of a feed; what is no boolean there is not said."""
        said = (policy or {}).get("rights")
        named = said if isinstance(said, dict) else {}
        known = {field.name for field in fields(cls)}
        return cls(**{k: v for k, v in named.items() if k in known and isinstance(v, bool)})


DEFAULT = RightsPolicy()
