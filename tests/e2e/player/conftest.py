"""A real browser on the real pages, over a made-up catalogue and real HLS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

import player
from tests.e2e.player.catalogue import LENGTHS
from tests.e2e.player.dev_app import make_app
from tests.e2e.player.media import Media, transcode
from tests.e2e.player.world import World
from tests.fixtures import environment

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file, never for the session: Playwright's event loop runs in this thread, and
    no other test could use one meanwhile."""
    path = environment.browser()
    if not player.manifest():
        environment.lacking("the player is not built", "make setup")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=path, args=ARGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return transcode(tmp_path_factory.mktemp("tracks") / "media", LENGTHS)


class Site:
    """A running server and what it knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Again at the same address, after `stop`."""
        config = uvicorn.Config(
            make_app(self.world),
            host="127.0.0.1", port=self._port, log_level="error", ws="none", lifespan="off",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            if time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.02)
        self._port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)


@pytest.fixture
def site(media: Media) -> Iterator[Site]:
    running = Site(World(media))
    yield running
    running.stop()


@pytest.fixture
def empty_site(media: Media) -> Iterator[Site]:
    running = Site(World(media, empty=True))
    yield running
    running.stop()


Visit = Callable[..., Page]


def awake(page: Page) -> None:
    """Wait until the scripts of a page with a player have run: before, a click says nothing."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate("!document.querySelector('.player') || !!window.segue"):
        assert time.monotonic() < deadline, "the scripts of the page did not run"
        page.wait_for_timeout(50)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens a page as a viewer; fails the test when the page logged an error."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def opened(
        site: Site,
        path: str = "/",
        *,
        who: str | None = "listener",
        phone: bool = False,
        theme: Literal["light", "dark"] = "light",
        script: str = "",
    ) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme=theme,
            has_touch=phone,
            is_mobile=phone,
        )
        contexts.append(context)
        if who:
            context.add_cookies([{"name": "who", "value": who, "url": site.url}])
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda line: (
                problems.append(line.text)
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        awake(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
