"""Search, keyboard, layouts, empty states, the console, and simple checks of access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.player.catalogue import delivery

if TYPE_CHECKING:
    from tests.e2e.player.conftest import Site, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

ALBUM = "00000000-0000-5000-8000-000000000001"
LISTENER = ["/", "/albums", f"/releases/{ALBUM}", "/search?q=glass", "/sign-in?x", "/nowhere"]
CONSOLE = [
    "/console/deliveries",
    "/console/codes/ERN-0203",
    "/console/deliveries/dlv_0001",
    "/console/deliveries?show=live",
]

UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, [role=option], dialog')]
  .filter(n => n.checkVisibility() && n.type !== 'hidden')
  .filter(n => !(n.getAttribute('aria-label') || n.innerText?.trim() || n.labels?.length
    || n.getAttribute('aria-labelledby') || n.getAttribute('aria-hidden')))
  .map(n => n.outerHTML.slice(0, 120))"""

TINY = """() => [...document.querySelectorAll('button, input:not([type=hidden]):not([type=radio])')]
  .filter(n => n.checkVisibility())
  .map(n => [n.getBoundingClientRect(), n.outerHTML.slice(0, 90)])
  .filter(([r]) => r.width && (r.width < 24 || r.height < 20)).map(([, html]) => html)"""


def test_search_as_you_type_by_keyboard(site: Site, visit: Visit) -> None:
    page = visit(site)
    page.keyboard.press("/")
    page.keyboard.type("glass or")
    option = page.locator('#search [role=option][aria-selected="true"]')
    expect(option).to_contain_text("Glass Orchard")
    expect(page.locator("#search .hit mark").first).to_have_text("Glass")
    expect(page.locator("#search [role=combobox]")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_contain_text("Song")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-release-page]")
    assert page.url.endswith("#00000000-0000-5000-8000-000000001002")
    expect(page.locator('.track[data-index="1"] .track-play')).to_be_focused()


def test_search_finds_nothing_politely_and_shows_text_as_text(site: Site, visit: Visit) -> None:
    page = visit(site)
    page.keyboard.press("Control+k")
    page.keyboard.type("<img src=x onerror=alert(1)>")
    expect(page.locator("#search-list")).to_contain_text("Nothing found for “<img src=x")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).not_to_be_visible()


def test_search_plays_from_the_panel(site: Site, visit: Visit) -> None:
    page = visit(site)
    page.keyboard.press("/")
    page.keyboard.type("slow har")
    expect(page.locator("#search [role=option]").first).to_contain_text("Slow Harbour")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector('.player[data-phase="playing"]')
    expect(page.locator(".player [data-now-artist]")).to_have_text("Tern & Tide")


def test_the_keyboard_map(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    page.focus("#page")
    page.keyboard.press(" ")
    page.wait_for_selector('.player[data-phase="paused"]')
    page.keyboard.press("s")
    expect(page.locator('.player [data-do="shuffle"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("r")
    page.keyboard.press("r")
    expect(page.locator('.player [data-do="repeat"]')).to_have_attribute(
        "aria-label", "Repeat: one"
    )
    page.keyboard.press("q")
    expect(page.locator("#queue")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#queue")).not_to_be_visible()
    page.keyboard.press("f")
    expect(page.locator("#now")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.click("text=Single-key shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("q")
    expect(page.locator("#queue")).not_to_be_visible()


def test_rows_by_keyboard(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}")
    page.focus('.track[data-index="2"] .track-play')
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".player [data-now-title]")).to_have_text("Lantern Row")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_have_text("Under the Nets added to the queue")
    page.click('.track[data-index="0"] [data-menu]', force=True)
    page.click("#row-menu [data-row=next]")
    page.keyboard.press("q")
    expect(page.locator("#queue .queue-row:not(.is-now) strong").first).to_have_text(
        "Opening, Frost"
    )


def test_the_phone_has_no_sideways_scroll(site: Site, visit: Visit) -> None:
    page = visit(site, phone=True)
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    for path in [*LISTENER, "/console/deliveries"]:
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{path} is {wide} px wide"


def test_the_phone_opens_the_full_view(site: Site, visit: Visit) -> None:
    page = visit(site, phone=True)
    page.tap(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    page.tap(".player-names")
    expect(page.locator("#now .now-title")).to_have_text("Opening, Frost")
    page.tap('#now .now-foot [data-do="queue"]')
    expect(page.locator("#queue [data-jump]").first).to_be_visible()


def test_320_px_reflow(site: Site, visit: Visit) -> None:
    page = visit(site)
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ["/", f"/releases/{ALBUM}"]:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_empty_catalogue_teaches_how_to_deliver(empty_site: Site, visit: Visit) -> None:
    page = visit(empty_site, who="operator")
    expect(page.locator("h1")).to_have_text("Your catalogue starts with one folder")
    words = page.inner_text("main")
    for command in ("segue feeds create", "segue distro make", "segue deliver"):
        assert command in words
    assert "music.example:2222" in words
    expect(page.locator(".player .play-button")).to_be_disabled()
    page.goto(f"{empty_site.url}/console/deliveries")
    expect(page.locator("main")).to_contain_text("Nothing has arrived yet")


def test_the_theme_is_kept_by_the_server(site: Site, visit: Visit) -> None:
    page = visit(site)
    light = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    page.click(".who")
    page.click("#account label:has-text('Dark')")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    dark = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    assert dark != light


def test_deliveries_and_findings(site: Site, visit: Visit) -> None:
    page = visit(site, "/console/deliveries", who="operator")
    expect(page.locator("tbody tr")).to_have_count(12)
    page.click(".tabs a:has-text('Waiting for sender')")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("tbody a:has-text('Slow Harbour')")
    expect(page.locator(".finding")).to_have_count(3)
    expect(page.locator("#line-32 mark")).to_have_text("ZZF1R260041")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".finding.chosen h3")).to_contain_text("past the minute")
    page.click("button:has-text('Check again')")
    page.wait_for_load_state()
    assert site.world.retried == ["dlv_0001"]


def test_what_arrives_meanwhile_is_shown_where_nobody_reads(site: Site, visit: Visit) -> None:
    page = visit(site, "/console/deliveries", who="operator")
    page.clock.install()
    page.reload()
    site.world.arrived.insert(0, delivery(20, "live", title="First Arrival"))
    page.clock.fast_forward(11_000)
    expect(page.locator("tr.fresh")).to_contain_text("First Arrival")
    expect(page.locator(".tabs [aria-current]")).to_contain_text("13")
    page.focus("tbody a >> nth=0")
    site.world.arrived.insert(0, delivery(21, "live", title="Second Arrival"))
    page.clock.fast_forward(11_000)
    expect(page.locator(".news")).to_have_text("1 new")
    expect(page.locator("tbody tr")).to_have_count(13)
    page.click(".news")
    expect(page.locator("tbody tr")).to_have_count(14)
    page.fill("[data-find]", "second arr")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_retry_that_may_not_be_says_why(site: Site, visit: Visit) -> None:
    page = visit(site, "/console/deliveries/dlv_0003", who="operator")
    page.click("button:has-text('Check again')")
    expect(page.locator("[role=alert]")).to_contain_text("waits for a decision")


def test_listeners_do_not_see_the_console(site: Site, visit: Visit) -> None:
    page = visit(site, "/console/deliveries", who="listener")
    expect(page.locator("h1")).to_have_text("This page is for operators")
    page = visit(site, "/console/deliveries/dlv_0001", who=None)
    assert "/sign-in?next=/console/deliveries/dlv_0001" in page.url


@pytest.mark.parametrize("path", [*LISTENER, *CONSOLE])
def test_names_sizes_and_headings(site: Site, visit: Visit, path: str) -> None:
    page = visit(site, path, who="operator" if "console" in path else None)
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(TINY) == []
    assert page.locator("h1").count() == 1
    assert page.get_attribute("html", "lang") == "en"
    assert page.evaluate("[...document.images].every(one => one.hasAttribute('alt'))")


def test_focus_is_seen_and_never_under_the_player(site: Site, visit: Visit) -> None:
    page = visit(site)
    bottom = page.evaluate("document.querySelector('#player').getBoundingClientRect().top")
    seen = 0
    for _ in range(40):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const n = document.activeElement, r = n.getBoundingClientRect();
            const styles = ['', '::before', '::after'].map(part => getComputedStyle(n, part));
            const ring = styles.some(style => style.outlineStyle !== 'none');
            return {main: !!n.closest('main'), top: r.top, ring} }"""
        )
        assert found["ring"], "an element has focus and no ring"
        if found["main"]:
            seen += 1
            assert found["top"] < bottom
    assert seen > 5


def contrast(page: Page, ink: str, ground: str) -> float:
    """WCAG 2 contrast of two custom properties, computed by the browser's own colours."""

    def light(name: str) -> float:
        value = page.evaluate(
            """name => { const n = document.createElement('i'); n.style.color = `var(${name})`;
            document.body.append(n); const c = document.createElement('canvas').getContext('2d');
            c.fillStyle = getComputedStyle(n).color; c.fillRect(0, 0, 1, 1);
            return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3).join() }""",
            name,
        )
        parts = [int(one) / 255 for one in re.findall(r"\d+", value)]
        linear = [
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    a, b = sorted((light(ink), light(ground)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_colours_keep_their_contrast(site: Site, visit: Visit, theme: str) -> None:
    page = visit(site, theme=theme)
    for ink in ("--text", "--text-2", "--text-3"):
        for ground in ("--bg", "--surface", "--sunken", "--raised", "--hover", "--selected"):
            assert contrast(page, ink, ground) >= 4.5, (ink, ground)
    for tone in ("ok", "warn", "bad", "info"):
        assert contrast(page, f"--{tone}", f"--{tone}-soft") >= 4.5, tone
    page.evaluate("document.documentElement.style.setProperty('--art-c', '0.12')")
    for hue in range(0, 360, 30):
        page.evaluate(f"document.documentElement.style.setProperty('--art-h', '{hue}')")
        assert contrast(page, "--tint-fg", "--tint-bg") >= 4.5, hue
        assert contrast(page, "--text-3", "--tint-bg") >= 4.5, hue
        assert contrast(page, "--tint-fill", "--surface") >= 3, hue
