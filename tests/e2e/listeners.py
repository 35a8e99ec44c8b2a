"""Listeners in several places, each by the API and in a real browser at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
from playwright.sync_api import expect

from tests.e2e.player.conftest import awake

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLAYING = '.player[data-phase="playing"]'
ELSEWHERE = "Failed to load resource"


@dataclass(frozen=True, slots=True)
class Met:
    """What a listener meets: the numbers of the tracks that can be played, and why not all."""

    tracks: tuple[int, ...] = ()
    says: str = ""
    title: str = ""


@dataclass(slots=True)
class Stream:
    """A play with the playlist that was handed out with it."""

    client: httpx2.Client
    play: dict[str, Any]
    segments: list[str]

    def fetch(self, number: int) -> int:
        """The status of the answer to a request for a segment."""
        return self.client.get(self.segments[number]).status_code

    def hear(self, milliseconds: int) -> None:
        """Tell what was heard."""
        body = {"heard_ms": milliseconds, "position_ms": milliseconds, "seq": 1}
        path = f"/api/v1/plays/{self.play['play_id']}/progress"
        assert self.client.post(path, json=body).status_code == 204


@dataclass(slots=True)
class Listener:
    """One account, signed in twice."""

    place: str
    client: httpx2.Client
    page: Page
    problems: list[str] = field(default_factory=list)

    @classmethod
    def signed_in(cls, place: str, password: str, address: str, browser: Browser) -> Listener:
        client = httpx2.Client(base_url=address, timeout=80, headers={"Origin": address})
        given = {"name": place, "password": password}
        assert client.post("/api/v1/session", json=given).is_success
        context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
        made = cls(place, client, context.new_page())
        made.page.set_default_timeout(60_000)
        made.page.on("pageerror", lambda error: made.problems.append(str(error)))
        made.page.goto("/sign-in")
        made.page.fill("input[name=username]", place)
        made.page.fill("input[name=password]", password)
        made.page.click("form [type=submit]")
        made.page.wait_for_url(lambda url: "sign-in" not in url)
        return made

    def leave(self) -> None:
        self.client.close()
        self.page.context.close()

    def meets(self, release: str, word: str) -> Met | None:
        """What the release is here and now; None when there is none. All clients must agree.

        `word` is of its title, for the search.
        """
        answer = self.client.get(f"/api/v1/releases/{release}")
        found = self._found(release, word)
        listed = self._listed(release)
        if answer.status_code == 404:
            assert (found, listed) == (None, False), self.place
            self._has_no_page(release)
            return None
        shown = answer.json()
        assert listed
        assert found is not None
        assert found["playable"] == shown["playable"]
        tracks = [track for disc in shown["discs"] for track in disc["tracks"]]
        for track in tracks:
            assert self._opens(release, track) == track["playable"], (self.place, track["reason"])
        heard = tuple(track["number"] for track in tracks if track["playable"])
        self._has_page(release, shown, heard)
        reasons = [shown["reason"], *(track["reason"] for track in tracks)]
        return Met(heard, next(filter(None, reasons), ""), shown["title"])

    def _found(self, release: str, word: str) -> dict[str, Any] | None:
        hits = self.client.get("/api/v1/search", params={"q": word}).json()["hits"]
        mine = [hit for hit in hits if hit["release_id"] == release or hit["id"] == release]
        return next((hit for hit in mine if hit["kind"] == "release"), None)

    def _listed(self, release: str) -> bool:
        cards = self.client.get("/api/v1/releases").json()["releases"]
        return release in {card["id"] for card in cards}

    def _opens(self, release: str, track: dict[str, Any]) -> bool:
        given = {"release_id": release, "recording_id": track["recording_id"]}
        answer = self.client.post("/api/v1/plays", json=given)
        if answer.status_code == 403:
            assert answer.json()["error"]["message"] == track["reason"]
        return answer.is_success

    def _has_no_page(self, release: str) -> None:
        answer = self.page.goto(f"/releases/{release}")
        assert answer is not None
        assert answer.status == 404

    def _has_page(self, release: str, shown: dict[str, Any], heard: tuple[int, ...]) -> None:
        self.page.goto(f"/releases/{release}")
        expect(self.page.locator("h1")).to_have_text(shown["title"])
        open_rows = self.page.locator(".track:not(.locked)")
        expect(open_rows).to_have_count(len(heard))
        button = self.page.locator(f'main [data-play-release="{release}"]')
        expect(button).to_be_enabled(enabled=shown["playable"])
        if not shown["playable"]:
            expect(self.page.locator("#why")).to_contain_text(shown["reason"])

    def presses_play(self, row: int = 0) -> None:
        """On a row of the page that is open, until it sounds."""
        self.asks_for(row)
        self.page.wait_for_selector(PLAYING)

    def asks_for(self, row: int) -> None:
        """Press play on a row of the page that is open."""
        awake(self.page)
        self.page.dblclick(f'.track[data-index="{row}"] [data-play-track]')

    def opens(self, release: str, number: int = 1) -> Stream:
        """A play of a track, and its first playlist."""
        shown = self.client.get(f"/api/v1/releases/{release}").json()
        track = shown["discs"][0]["tracks"][number - 1]
        given = {"release_id": release, "recording_id": track["recording_id"]}
        play = self.client.post("/api/v1/plays", json=given).json()
        master = play["hls"]
        media = _beside(master, _lines(self.client.get(master).text)[0])
        lines = _lines(self.client.get(media).text)
        return Stream(self.client, play, [_beside(media, line) for line in lines])


def _lines(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def _beside(address: str, name: str) -> str:
    return f"{address.rpartition('/')[0]}/{name}"
