"""The routes of media and artwork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Mount

from server.stream.artwork import ArtworkApp
from server.stream.media import Media, MediaApp

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from server.services.parts import Services
    from server.stream.sharing import Sharing
    from server.stream.ways import Way


def media_of(services: Services, way: Way | None, sharing: Sharing) -> Media:
    """What judges and answers requests for media; `way` gives the bytes, None: we do."""
    return Media(services.passes, services.hot, way, sharing)


def routes(services: Services, media: Media) -> list[BaseRoute]:
    """`/m` and `/art`."""
    return [Mount("/m", app=MediaApp(media)), Mount("/art", app=ArtworkApp(services.hot))]
