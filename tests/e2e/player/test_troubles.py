"""What goes wrong on the way to the ear: network, server, tokens, renditions, quota, late edits."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.player import capture

if TYPE_CHECKING:
    from tests.e2e.player.conftest import Site, Visit

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


def start(page: Page) -> None:
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector(PLAYING)


def position(page: Page) -> float:
    return float(page.evaluate("window.segue.position"))


def goes_on(page: Page, past: float) -> None:
    deadline = time.monotonic() + 20
    while position(page) < past:
        assert time.monotonic() < deadline, f"stands at {position(page)} s"
        page.wait_for_timeout(100)


def becomes(page: Page, expression: str, given: object = None) -> None:
    """By polling: the pages' policy forbids the evaluation that `wait_for_function` needs."""
    deadline = time.monotonic() + 20
    while not page.evaluate(expression, given):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def test_a_lost_connection_is_told_and_mended_by_itself(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.route(re.compile(r"/m/.*/[1-9]\.m4s"), lambda route: route.abort("connectionfailed"))
    start(page)
    expect(page.locator("#toast")).to_contain_text("No connection", timeout=8000)
    assert position(page) > 0
    expect(page.locator(PLAYING)).to_be_visible()
    page.evaluate("window.segue.seek(12)")
    page.wait_for_timeout(500)
    page.unroute_all()
    expect(page.locator("#toast")).to_contain_text("Connected again", timeout=8000)
    goes_on(page, 12.5)


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
    expect(page.locator("#toast")).to_contain_text("Withdrawn by the label.", timeout=8000)
    expect(page.locator(TITLE)).to_have_text("Glass Orchard", timeout=8000)


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
        assert page.evaluate(SEEK, to) < 5000
    goes_on(page, 22.2)


def test_what_an_edit_puts_next_is_what_follows(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    start(page)
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => {
          const engine = window.segue, entries = engine.queue.context.entries;
          engine.dispatch({ type: "playNext", entries: [{ ...entries[4], uid: "x" }] });
          engine.seek(engine.duration - 1.2);
        }"""
    )
    expect(page.locator(TITLE)).to_have_text("Under the Nets", timeout=8000)
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
    page.evaluate("window.segue.seek(window.segue.duration - 2.5)")
    expect(page.locator(TITLE)).to_have_text("Under the Nets", timeout=8000)
    page.wait_for_timeout(400)
    both = page.evaluate(
        "first => [first, window.segue.deck].map(one => [one.audio.paused, one.audio.volume])",
        first,
    )
    assert [paused for paused, _ in both] == [False, False]
    assert abs(sum(volume**2 for _, volume in both) - 1) < 0.2
    becomes(page, "window.segue.deck.audio.volume === 1")
    becomes(page, "first => first.audio.paused", first)
    assert page.evaluate("window.segue.deck.audio.volume") == 1
