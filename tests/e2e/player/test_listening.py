"""Playing, seeking, skipping, page changes and what the server is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from transcode.cuts import Clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.player.conftest import Site, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

ALBUM = "00000000-0000-5000-8000-000000000001"
PLAYING = '.player[data-phase="playing"]'
PAUSED = '.player[data-phase="paused"]'
TITLE = ".player [data-now-title]"


def play(page: Page, release: str = ALBUM) -> None:
    page.click(f'main [data-play-release="{release}"]')
    page.wait_for_selector(PLAYING)


def elapsed(page: Page) -> int:
    minutes, seconds = page.inner_text(".player [data-elapsed]").split(":")
    return int(minutes) * 60 + int(seconds)


def wait_past(page: Page, second: int) -> None:
    deadline = time.monotonic() + 60
    while elapsed(page) < second:
        assert time.monotonic() < deadline, f"stood at {elapsed(page)} s"
        page.wait_for_timeout(100)


def reported(site: Site, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first of what the server is told that is `wanted`."""
    deadline = time.monotonic() + 60
    while not (found := [told for told in site.world.progress if wanted(told)]):
        assert time.monotonic() < deadline, f"told: {site.world.progress}"
        time.sleep(0.05)
    return found[0]


def test_an_album_plays_from_its_page(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    wait_past(page, 2)
    assert page.inner_text(TITLE) == "Opening, Frost"
    assert page.title() == "Glass Orchard \u2013 Ilva Marrow"
    expect(page.locator(".track.is-current")).to_have_attribute("data-index", "0")
    expect(page.locator("main [data-play-release] [data-word]")).to_have_text("Pause")


def test_a_double_click_on_a_row_plays_it(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.dblclick('.track[data-index="1"] [data-play-track]')
    page.wait_for_selector(PLAYING)
    wait_past(page, 1)
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    page.dblclick('.track[data-index="1"] [data-play-track]')
    page.wait_for_timeout(500)
    expect(page.locator(PLAYING)).to_be_visible()


def test_sound_goes_on_across_page_changes(site: Site, visit: Visit) -> None:
    page = visit(site)
    play(page)
    wait_past(page, 1)
    page.evaluate("window.__same = true")
    page.click('.nav a[href="/albums"]')
    page.wait_for_selector("h1:has-text('Albums')")
    page.click(".card-title >> nth=1")
    page.wait_for_selector("[data-release-page]")
    page.go_back()
    page.wait_for_selector("h1:has-text('Albums')")
    assert page.evaluate("window.__same") is True
    wait_past(page, 3)
    expect(page.locator(PLAYING)).to_be_visible()
    first = site.world.releases[0]["discs"][0]["tracks"][0]["recording_id"]
    assert site.world.plays.count(first) == 1


def test_seeking_by_pointer_and_by_key(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    box = page.locator(".player .scrubber").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    wait_past(page, 11)
    page.click('.player [data-do="toggle"]')
    page.wait_for_selector(PAUSED)
    page.focus(".player .scrubber input")
    page.keyboard.press("Home")
    expect(page.locator(".player [data-elapsed]")).to_have_text("0:00")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".player [data-elapsed]")).to_have_text("0:05")
    value = page.get_attribute(".player .scrubber input", "aria-valuetext")
    assert value
    assert value.endswith("of 24 seconds")


def test_next_previous_and_the_shown_queue(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    page.click('.player [data-do="next"]')
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    page.wait_for_selector(PLAYING)
    page.click('.player [data-do="previous"]')
    expect(page.locator(TITLE)).to_have_text("Opening, Frost")
    page.click('.player [data-do="queue"]')
    first = page.locator("#queue [data-jump] strong").first
    expect(first).to_have_text("Glass Orchard")
    page.click("#queue [data-remove] >> nth=0", force=True)
    expect(first).to_have_text("The Picker\u2019s Song")
    page.click("#toast button")
    expect(first).to_have_text("Glass Orchard")
    expect(page.locator(TITLE)).to_have_text("Opening, Frost")


def test_the_next_track_starts_by_itself_and_stands_ready(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    page.focus(".player .scrubber input")
    page.keyboard.press("End")
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    page.wait_for_selector(PLAYING)
    wait_past(page, 1)
    second = site.world.releases[0]["discs"][0]["tracks"][1]["recording_id"]
    assert site.world.plays.count(second) == 1


def test_a_locked_track_is_shown_and_stepped_over(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    expect(page.locator(".track.locked .track-why")).to_contain_text("Not available in DE until")
    page.click('.track[data-index="5"] [data-play-track]')
    page.wait_for_selector(PLAYING)
    page.keyboard.press("Shift+N")
    expect(page.locator(TITLE)).to_have_text("Rootstock")


def test_a_refusal_says_why_and_goes_on(site: Site, visit: Visit) -> None:
    second = site.world.releases[0]["discs"][0]["tracks"][1]["recording_id"]
    site.world.refused[second] = "Not licensed for your plan."
    page = visit(site, f"/releases/{ALBUM}")
    page.click('.track[data-index="1"] [data-play-track]')
    expect(page.locator("#toast")).to_contain_text("Not licensed for your plan.")
    expect(page.locator(TITLE)).to_have_text("The Picker\u2019s Song")
    page.wait_for_selector(PLAYING)


def test_a_part_is_offered_where_the_whole_is_refused(site: Site, visit: Visit) -> None:
    second = site.world.releases[0]["discs"][0]["tracks"][1]["recording_id"]
    site.world.refused[second] = "Not in your plan."
    site.world.previews[second] = Clip(6_500, 9_000)
    page = visit(site, f"/releases/{ALBUM}")
    page.click('.track[data-index="1"] [data-play-track]')
    expect(page.locator("#toast")).to_contain_text("Not in your plan.")
    page.click("#toast button:has-text('Hear 3 seconds')")
    expect(page.locator(TITLE)).to_have_text("Glass Orchard")
    page.wait_for_selector(PLAYING)
    expect(page.locator("#now [data-now-quality]")).to_contain_text("Preview, 0:02")
    assert page.evaluate("window.segue.duration") == 2.5
    expect(page.locator(TITLE)).not_to_have_text("Glass Orchard")
    assert not [one for one in site.world.progress if one["play"] == "progress"]


def test_three_refusals_in_a_row_stop(site: Site, visit: Visit) -> None:
    for track in site.world.releases[0]["discs"][0]["tracks"][:4]:
        site.world.refused[track["recording_id"]] = "Not here."
    page = visit(site, f"/releases/{ALBUM}")
    page.click('.track[data-index="0"] [data-play-track]')
    expect(page.locator("#toast")).to_contain_text("Stopped after 3 tracks")
    page.wait_for_timeout(1200)
    expect(page.locator('.player[data-phase="refused"]')).to_be_visible()


def test_visitors_are_asked_to_sign_in(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}", who=None)
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.click("#toast a:has-text('Sign in')")
    page.fill("#username", "listener")
    page.fill("#password", "wrong")
    page.click("button[type=submit]")
    expect(page.locator("[role=alert]")).to_have_text("Name or password is wrong.")
    page.fill("#password", "right")
    page.click("button[type=submit]")
    page.wait_for_url(f"**/releases/{ALBUM}")
    page.keyboard.press(" ")
    page.wait_for_selector(PLAYING)


def test_heard_time_is_reported_without_seeks(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    wait_past(page, 2)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1000)
    page.keyboard.press(" ")
    page.wait_for_selector(PAUSED)
    last = reported(site, lambda told: told["event"] == "pause")
    assert last["rendition"] in {"aac64", "aac128", "aac256"}
    assert last["heard_ms"] >= 2000
    assert 9_500 <= last["position_ms"] - last["heard_ms"] <= 10_500, "ten seconds were skipped"


def test_closing_the_page_tells_by_beacon(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    wait_past(page, 2)
    page.close(run_before_unload=False)
    reported(site, lambda told: told["heard_ms"] >= 1500)


def test_a_reload_restores_the_queue_paused(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    play(page)
    wait_past(page, 3)
    page.keyboard.press("m")
    page.reload()
    expect(page.locator(TITLE)).to_have_text("Opening, Frost")
    expect(page.locator(PAUSED)).to_be_visible()
    assert elapsed(page) >= 2
    expect(page.locator('.player [data-do="mute"]')).to_have_attribute("aria-label", "Unmute")
    page.click('.player [data-do="toggle"]')
    page.wait_for_selector(PLAYING)
    wait_past(page, 4)


def test_lossless_starts_with_a_track_and_is_named(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    play(page)
    page.keyboard.press("f")
    expect(page.locator("[data-now-quality]")).to_contain_text("AAC")
    assert not any("/flac/" in url for url in asked)
    page.click("#now [popovertarget=quality]")
    page.click("#quality label:has-text('Lossless')")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+N")
    expect(page.locator("[data-now-quality]")).to_have_text("Lossless 16/44.1")
    assert any("/flac/" in url for url in asked)
