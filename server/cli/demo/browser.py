"""A listener in a real browser: signs in, opens the release, presses play, and listens.

What was heard is measured by a watch of our own on the media elements, not told by the player.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from core.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
]
WATCH = """
(() => {
  const seen = new Map(); window.__heard = 0;
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    seen.set(this, this.currentTime);
    return play.call(this);
  };
  setInterval(() => { for (const [element, before] of seen) {
    const moved = element.currentTime - before;
    if (!element.paused && moved > 0 && moved < 2) window.__heard += moved;
    seen.set(element, element.currentTime);
  } }, 200);
})();
"""
PATIENCE = 3.0
"""Times the wanted seconds that listening may take before it counts as stuck."""


def play(
    player: str,
    release_id: str,
    account: tuple[str, str],
    *,
    seconds: float,
    screenshots: Path | None,
) -> dict[str, Any]:
    """Listen to `seconds` of a release.

    Returns:
        `{"browser", "played_seconds", "skipped"}`; `skipped` is the reason when there is no
        browser here, else None.

    Raises:
        Unavailable: the player did not play.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        return _skipped("no Chromium is installed (Debian package: chromium)")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        return _skipped("Playwright is not installed (Python package: playwright)")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=browser, args=FLAGS)
        try:
            page = started.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(WATCH)
            heard = _listen(page, player, release_id, account, seconds, screenshots)
            name = f"Chromium {started.version}"
        except Error as error:
            raise Unavailable(f"the player: {error.message.splitlines()[0]}") from error
        finally:
            started.close()
    return {"browser": name, "played_seconds": round(heard, 1), "skipped": None}


def _skipped(reason: str) -> dict[str, Any]:
    return {"browser": None, "played_seconds": 0, "skipped": reason}


def _listen(
    page: Page,
    player: str,
    release_id: str,
    account: tuple[str, str],
    seconds: float,
    screenshots: Path | None,
) -> float:
    page.goto(urljoin(player, "sign-in"))
    page.fill("input[name=username]", account[0])
    page.fill("input[name=password]", account[1])
    page.click("form [type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto(urljoin(player, f"releases/{release_id}"))
    page.click(f'main [data-play-release="{release_id}"]')
    heard = _wait(page, seconds)
    if screenshots is not None:
        screenshots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=screenshots / "player.png")
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(600)  # colours change slowly
        page.screenshot(path=screenshots / "player-dark.png")
    page.goto("about:blank")
    page.wait_for_timeout(500)  # the player's last beacon leaves with the page, not the browser
    return heard


def _wait(page: Page, seconds: float) -> float:
    deadline = time.monotonic() + seconds * PATIENCE
    heard = 0.0
    while heard < seconds:
        if time.monotonic() > deadline:
            raise Unavailable(f"only {heard:.1f} s were heard of {seconds:.0f} s")
        page.wait_for_timeout(250)
        heard = float(page.evaluate("window.__heard"))
    return heard
