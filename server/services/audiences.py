"""From who is looking to what rights are asked for: territory and the words of the tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.queries.audience import Audience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.auth import Identity


class Audiences:
    """Tiers are the operator's; the catalogue knows only DDEX words."""

    def __init__(
        self, tiers: Mapping[str, tuple[tuple[str, str], ...]], territory: str, tier: str
    ) -> None:
        self._tiers = tiers
        self._territory = territory
        self._tier = tier

    def of(self, identity: Identity | None) -> Audience:
        """The audience of an identity, or of visitors; an unknown tier may play nothing."""
        territory = identity.territory if identity else self._territory
        tier = identity.tier if identity else self._tier
        return Audience(territory=territory, tier=tier, wanted=self._tiers.get(tier, ()))

    def of_viewer(self, viewer: Mapping[str, Any] | None) -> Audience:
        """The same from a viewer's JSON."""
        territory = str(viewer["territory"]) if viewer else self._territory
        tier = str(viewer["tier"]) if viewer else self._tier
        return Audience(territory=territory, tier=tier, wanted=self._tiers.get(tier, ()))
