"""What goes wrong on the way to the ear: network, server, tokens, renditions, quota, late edits."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.player import capture, catalogue
from tests.e2e.player.conftest import Site
from tests.e2e.player.media import Media, transcode
from tests.e2e.player.world import World

if TYPE_CHECKING:
    from tests.e2e.player.conftest import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

ALBUM = "00000000-0000-5000-8000-000000000001"
PLAYING = '.player[data-phase="playing"]'
TITLE = ".player [data-now-title]"
SEGMENT = re.compile(r"/m/.*\.m4s")
SEEK = """seconds => new Promise(done => {
  const audio = window.segue.deck.audio, begun = performance.now();
  const on = () => {
    if (audio.seeking || audio.readyState < 3) return;
    audio.removeEventListener("timeupdate", on);
    audio.removeEventListener("seeked", on);
    done(performance.now() - begun);
  };
  audio.addEventListener("timeupdate", on);
  audio.addEventListener("seeked", on);
  window.segue.seek(seconds);
})"""

WATCH_TWO = """first => {
  window.volumes = [];
  setInterval(() => {
    const audio = [first.audio, window.segue.deck.audio];
    if (audio[0] !== audio[1] && !audio.some(one => one.paused)) {
      window.volumes.push(audio.map(one => one.volume));
    }
  }, 20);
}"""
"""Keeps the volumes of the first deck and of the one after it, while both sound."""


def start(page: Page) -> None:
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector(PLAYING)


def position(page: Page) -> float:
    return float(page.evaluate("window.segue.position"))


def goes_on(page: Page, past: float) -> None:
    deadline = time.monotonic() + 60
    while position(page) < past:
        assert time.monotonic() < deadline, f"stands at {position(page)} s"
        page.wait_for_timeout(100)


def becomes(page: Page, expression: str, given: object = None) -> None:
    """By polling: the pages' policy forbids the evaluation that `wait_for_function` needs."""
    deadline = time.monotonic() + 60
    while not page.evaluate(expression, given):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def test_a_server_that_restarts_is_told_and_waited_for(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.evaluate("window.segue.set({ saver: true })")  # little is fetched ahead
    start(page)
    becomes(page, "window.segue.deck.following && window.segue.deck.audio.buffered.end(0) > 17")
    site.stop()
    page.evaluate("window.segue.seek(15)")
    expect(page.locator("#toast")).to_contain_text("No connection")
    assert page.evaluate("window.segue.deck.audio.currentTime") >= 15, "what it has plays on"
    becomes(page, "window.segue.phase === 'stalled'")
    stood = page.evaluate("window.segue.deck.audio.currentTime")
    assert stood > 17
    site.start()
    expect(page.locator("#toast")).to_contain_text("Connected again")
    becomes(page, "stood => window.segue.deck.audio.currentTime > stood + 0.5", stood)
    page.wait_for_selector(PLAYING)


def test_a_page_that_slept_over_a_join_plays_on(site: Site, visit: Visit) -> None:
    slow = """
      const plain = window.setTimeout;
      window.setTimeout = (run, wait, ...rest) => plain(run, Math.max(wait ?? 0, 1000), ...rest);
    """  # as in the background
    page = visit(site, f"/releases/{ALBUM}", script=slow)
    start(page)
    becomes(page, "window.segue.deck.following && window.segue.deck.audio.buffered.end(0) > 30")
    page.evaluate("window.segue.seek(window.segue.duration - 1.5)")
    page.wait_for_selector(PLAYING)
    tool = page.context.new_cdp_session(page)
    tool.send("Page.setWebLifecycleState", {"state": "frozen"})
    time.sleep(2.5)
    tool.send("Page.setWebLifecycleState", {"state": "active"})
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    goes_on(page, 1)
    page.wait_for_selector(PLAYING)
    ended = [one["play"] for one in site.world.progress if one["event"] == "end"]
    assert ended == ["play-1"]


def test_an_edit_too_late_to_be_fetched_leaves_no_gap(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    start(page)
    becomes(page, "window.segue.deck.following && window.segue.deck.audio.buffered.end(0) > 30")
    page.evaluate("window.segue.seek(window.segue.duration - 2.5)")
    page.wait_for_selector(PLAYING)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/api/v1/plays$"), hold)
    page.evaluate(
        """() => {
          const engine = window.segue, entries = engine.queue.context.entries;
          window.stalls = 0;
          engine.deck.audio.addEventListener("waiting", () => window.stalls++);
          engine.dispatch({ type: "playNext", entries: [{ ...entries[4], uid: "x" }] });
        }"""
    )
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    goes_on(page, 0.5)
    assert page.evaluate("window.stalls") == 0
    assert page.evaluate("window.segue.next.uid") == "x"
    for one in held:
        one.continue_()
    becomes(page, "window.segue.deck.following?.entry.uid === 'x'")


def test_a_rendition_that_vanishes_is_replaced(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    gone = re.compile(r"/m/.*/aac(256|128)/[1-9]\.m4s")
    page.route(gone, lambda route: route.fulfill(status=404))
    start(page)
    page.evaluate("window.segue.seek(8)")
    goes_on(page, 8.5)
    assert any("/aac64/" in url for url in asked)


def test_a_token_that_has_expired_is_renewed_in_place(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    refused: list[str] = []

    def old(route: Route) -> None:
        if not refused:
            refused.append(route.request.url)
            route.fulfill(status=410, json={"error": {"code": "play_expired", "message": "old"}})
        else:
            route.continue_()

    page.route(re.compile(r"/m/.*/2\.m4s"), old)
    start(page)
    page.evaluate("window.segue.seek(13)")
    goes_on(page, 13.5)
    assert refused
    expect(page.locator("#toast")).to_be_hidden()


def test_a_play_that_is_refused_in_mid_track_says_why(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.route(re.compile(r"/m/.*/3\.m4s"), lambda route: route.fulfill(status=403))
    first = site.world.releases[0]["discs"][0]["tracks"][0]["recording_id"]
    start(page)
    site.world.refused[first] = "Withdrawn by the label."
    page.evaluate("window.segue.seek(18.5)")
    expect(page.locator("#toast")).to_contain_text("Withdrawn by the label.")
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Noise in 24 bits at 192 kHz: two segments are more than a browser holds."""
    return transcode(tmp_path_factory.mktemp("heavy") / "media", [13.0], 192_000, noise=True)


def test_two_segments_that_do_not_fit_are_played_without_a_stall(
    heavy: Media, visit: Visit
) -> None:
    world = World(heavy, releases=[catalogue.flowing([13.0])])
    world.asset_of = catalogue.asset_by_number
    site = Site(world)
    script = """
      window.full = window.stalls = 0;
      const append = SourceBuffer.prototype.appendBuffer;
      SourceBuffer.prototype.appendBuffer = function (bytes) {
        try {
          return append.call(this, bytes);
        } catch (error) {
          window.full += error.name === "QuotaExceededError";
          throw error;
        }
      };
    """
    page = visit(site, f"/releases/{ALBUM}", script=capture.before("hires") + script)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    start(page)
    page.evaluate("window.elements[0].addEventListener('waiting', () => window.stalls++)")
    goes_on(page, 7)
    assert page.evaluate("window.full") > 0, "all of it fits: the test shows nothing"
    assert page.evaluate("window.stalls") == 0
    segments = [url for url in fetched if SEGMENT.search(url)]
    assert len(segments) == len(set(segments)), "a segment was fetched again"
    site.stop()


def test_a_full_buffer_is_waited_out(site: Site, visit: Visit) -> None:
    script = """
      let left = 3;
      const append = SourceBuffer.prototype.appendBuffer;
      SourceBuffer.prototype.appendBuffer = function (bytes) {
        if (bytes.byteLength > 20000 && this.buffered.length && left-- > 0) {
          throw new DOMException("full", "QuotaExceededError");
        }
        return append.call(this, bytes);
      };
    """
    page = visit(site, f"/releases/{ALBUM}", script=script)
    start(page)
    page.evaluate("window.segue.seek(5)")
    goes_on(page, 6.5)


def test_seeks_are_quick(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    start(page)
    for to in (20, 3, 15, 22):
        assert page.evaluate(SEEK, to) < 30_000
    goes_on(page, 22.2)


def test_what_an_edit_puts_next_is_what_follows(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    start(page)
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => {
          const engine = window.segue, entries = engine.queue.context.entries;
          engine.dispatch({ type: "playNext", entries: [{ ...entries[4], uid: "x" }] });
          engine.seek(engine.duration - 2.5);
        }"""
    )
    expect(page.locator(TITLE)).to_have_text("Under the Nets")
    goes_on(page, 0.5)
    assert page.evaluate("window.segue.phase") == "playing"


def test_the_next_track_fades_in_where_it_may(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}", script=capture.before("auto"))
    page.evaluate("window.segue.set({ crossfade: 2, loudness: 0 })")
    start(page)
    page.evaluate(
        """() => {
          const engine = window.segue, entries = engine.queue.context.entries;
          engine.dispatch({ type: "playNext", entries: [{ ...entries[4], uid: "x" }] });
        }"""
    )
    first = page.evaluate_handle("window.segue.deck")
    becomes(page, "window.elements.some(one => one.paused && one.readyState > 2)")
    page.evaluate(WATCH_TWO, first)
    page.evaluate("window.segue.seek(window.segue.duration - 2.5)")
    expect(page.locator(TITLE)).to_have_text("Under the Nets")
    becomes(page, "window.segue.deck.audio.volume === 1")
    becomes(page, "first => first.audio.paused", first)
    between = [(old, new) for old, new in page.evaluate("window.volumes") if 0.1 < new < 0.9]
    assert between, "both are heard for a while"
    assert all(abs(old**2 + new**2 - 1) < 0.2 for old, new in between), between
    assert page.evaluate("window.segue.deck.audio.volume") == 1
