"""What the made-up server knows, and the three ports of the pages over it."""

# ruff: noqa: ARG002 - ports name what these answers do not depend on

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import Misuse, NotFound
from tests.e2e.player import catalogue as made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.lifecycle import DecisionKind
    from server.web.ports import Shape
    from tests.e2e.player.media import Media
    from transcode.cuts import Clip


def _releases() -> list[Shape]:
    return [made.release(number) for number in range(12)]


@dataclass
class World:
    """Tests look into it and change it."""

    media: Media
    empty: bool = False
    releases: list[Shape] = field(default_factory=_releases)
    progress: list[Shape] = field(default_factory=list)
    plays: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    previews: dict[str, Clip] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)
    arrived: list[Shape] = field(default_factory=list)
    decided: list[tuple[str, str, str, str]] = field(default_factory=list)
    told: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    asset_of: Callable[[str], int] = made.asset_of

    def find(self, release_id: str) -> Shape | None:
        return next((one for one in self.releases if one["id"] == release_id), None)

    def search(self, query: str, limit: int) -> Shape:
        hits = [hit for one in self.releases for hit in _hits(one, query.lower())]
        return {"query": query, "took_ms": 2.4, "hits": hits[:limit]}


def _hits(release: Shape, query: str) -> Iterator[Shape]:
    shared = {key: release[key] for key in ("artwork", "hue", "chroma", "artist")}
    yes = {"playable": True, "reason": None}
    if query in release["title"].lower():
        own = {"kind": "release", "id": release["id"], "title": release["title"]}
        yield {**shared, **own, **yes, "release_id": release["id"]}
    for track in release["discs"][0]["tracks"]:
        if query in track["title"].lower() or query == track["isrc"].lower():
            own = {"kind": "recording", "id": track["recording_id"], "title": track["title"]}
            judged = {"playable": track["playable"], "reason": track["reason"]}
            yield {**shared, **own, **judged, "release_id": release["id"]}
    if query in release["artist"].lower():
        name = release["artist"]
        yield {**shared, "kind": "party", "id": name, "title": name, **yes, "release_id": ""}


class Shop:
    """Catalogue, as the pages ask for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def home(self, viewer: Shape | None) -> Shape:
        if self._world.empty:
            return {"feature": None, "shelves": []}
        cards = [made.card(one) for one in self._world.releases]
        shelves = [
            {"title": "Out this week", "releases": cards[1:9]},
            {"title": "Made without gaps", "releases": cards[::-1][:8]},
        ]
        return {"feature": self._world.releases[0], "shelves": shelves}

    def releases(self, viewer: Shape | None, offset: int, limit: int) -> Shape:
        cards = [made.card(one) for one in self._world.releases]
        return {"total": len(cards), "releases": cards[offset : offset + limit]}

    def release(self, viewer: Shape | None, release_id: str) -> Shape | None:
        return self._world.find(release_id)

    def chain(self, release_id: str, asked: Mapping[str, str]) -> Shape:
        raise NotFound(f"no {release_id} for {asked}")

    def search(self, viewer: Shape | None, query: str, limit: int) -> Shape:
        return self._world.search(query, limit)


class Office:
    """Desk, as the console asks for it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._all = [] if world.empty else made.deliveries()

    def deliveries(
        self, states: Sequence[str], offset: int, limit: int, *, feed: str = "", text: str = ""
    ) -> Shape:
        every, counts = [*self._world.arrived, *self._all], dict[str, int]()
        for one in every:
            counts[one["state"]] = counts.get(one["state"], 0) + 1
        shown = [
            one
            for one in every
            if (not states or one["state"] in states) and text.lower() in one["title"].lower()
        ]
        found = shown[offset : offset + limit]
        return {"total": len(shown), "counts": counts, "deliveries": found}

    def waiting(self, states: Sequence[str]) -> int:
        return sum(1 for one in self._all if one["state"] in states)

    def delivery(self, delivery_id: str) -> Shape | None:
        return next((one for one in self._all if one["id"] == delivery_id), None)

    def message(self, delivery_id: str) -> bytes | None:
        return made.XML.encode()

    def spectrogram(self, delivery_id: str, path: str) -> bytes | None:
        return None

    def retry(self, delivery_id: str) -> None:
        if delivery_id == "dlv_0003":
            raise Misuse("This delivery waits for a decision.", remedy="Decide it first.")
        self._world.retried.append(delivery_id)

    def tell(self, delivery_id: str, channels: Sequence[str]) -> None:
        self._world.told.append((delivery_id, tuple(channels)))

    def feeds(self) -> Shape:
        return {"feeds": []}

    def decide(self, kind: DecisionKind, delivery_id: str, reason: str, by: str) -> None:
        self._world.decided.append((kind, delivery_id, reason, by))


class Doorman:
    """Sessions by a plain cookie: `who=listener|operator`."""

    def viewer(self, request: Request) -> Shape | None:
        role = request.cookies.get("who")
        if role not in {"listener", "operator"}:
            return None
        name = "Ines Calder" if role == "listener" else "Mara Kesting"
        return {"name": name, "role": role, "territory": "DE", "tier": "Premium"}

    def sign_in(self, request: Request, response: Response, name: str, password: str) -> str:
        if password != "right":
            return "Name or password is wrong."
        response.set_cookie("who", name, httponly=True, samesite="lax")
        return ""

    def sign_out(self, request: Request, response: Response) -> None:
        response.delete_cookie("who")
