"""A listener of the API: signs in, searches, opens a release and fetches its streams."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urljoin

import httpx2

from core.errors import SegueError

PATIENCE = 10
"""Seconds that the last beacon of a closed page may take."""

if TYPE_CHECKING:
    from types import TracebackType


class Listener:
    """Talks to `/api/v1` as a player does."""

    def __init__(self, api: str) -> None:
        self._api = api
        origin = api.removesuffix("/api/v1")
        self._origin = origin
        self._client = httpx2.Client(timeout=30, headers={"Origin": origin})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def sign_in(self, name: str, password: str) -> None:
        """Begin a session."""
        self._post("/session", {"name": name, "password": password})

    def search(self, title: str, icpn: str) -> dict[str, Any]:
        """Find the release by the first letters of its title and by its code.

        Raises:
            SegueError: it is not the first hit.
        """
        query = title[:-1] if len(title) > 4 else title
        self._find(icpn, title)
        return {"query": query, "hits": self._find(query, title)}

    def _find(self, query: str, title: str) -> list[dict[str, Any]]:
        found = self._get(f"/search?q={quote(query)}")
        hits = [hit for hit in found["hits"] if hit["kind"] == "release"]
        if not hits or hits[0]["title"] != title:
            raise SegueError(f"searching {query!r} did not find {title!r}: {found}")
        return hits

    def release(self, release_id: str) -> dict[str, Any]:
        """The release with an address to stream for each track, each one tried.

        Raises:
            SegueError: a playlist or segment is not served.
        """
        page = self._get(f"/releases/{release_id}")
        tracks = [track for disc in page["discs"] for track in disc["tracks"]]
        return {
            "icpn": page["icpn"],
            "title": page["title"],
            "tracks": [
                {
                    "isrc": track["isrc"],
                    "title": track["title"],
                    "seconds": track["seconds"],
                    "hls": self._stream(release_id, track["recording_id"]),
                }
                for track in tracks
            ],
        }

    def wait_for_play(self, release_id: str) -> None:
        """Until the page of the release shows a counted play.

        Raises:
            SegueError: none was counted in time.
        """
        for _ in range(PATIENCE * 5):
            page = self._get(f"/releases/{release_id}")
            if any(track["plays"] for disc in page["discs"] for track in disc["tracks"]):
                return
            time.sleep(0.2)
        raise SegueError(f"no play was counted within {PATIENCE} s")

    def _stream(self, release_id: str, recording_id: str) -> str:
        play = self._post("/plays", {"release_id": release_id, "recording_id": recording_id})
        master = urljoin(self._origin, str(play["hls"]))
        media = urljoin(master, _addresses(self._text(master))[0])
        segment = urljoin(media, _addresses(self._text(media))[0])
        if not self._fetch(segment).content:
            raise SegueError(f"{segment} is empty")
        return master

    def _get(self, path: str) -> Any:  # noqa: ANN401
        return self._fetch(self._api + path).json()

    def _text(self, address: str) -> str:
        return self._fetch(address).content.decode()

    def _fetch(self, address: str) -> httpx2.Response:
        answer = self._client.get(address)
        return self._judged(answer)

    def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        answer = self._judged(self._client.post(self._api + path, json=body))
        return answer.json() if answer.content else {}

    def _judged(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.is_error:
            raise SegueError(
                f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:500]}"
            )
        return answer


def _addresses(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]
