"""The routes of media and artwork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Mount

from server.stream.artwork import ArtworkApp
from server.stream.media import MediaApp

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from server.services.parts import Services


def routes(services: Services) -> list[BaseRoute]:
    """`/m` and `/art`."""
    media = MediaApp(services.tokens, services.gate, services.hot)
    return [Mount("/m", app=media), Mount("/art", app=ArtworkApp(services.hot))]
