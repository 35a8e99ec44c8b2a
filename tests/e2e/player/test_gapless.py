"""The null test: an album cut from one signal, as a real browser plays it, beside that signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from tests.e2e.player import capture, catalogue, joins
from tests.e2e.player.conftest import Site
from tests.e2e.player.media import cuts, flow, transcode
from tests.e2e.player.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.e2e.player.conftest import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

LENGTHS = (7.3, 3.1234, 6.7)
"""Two tracks of more than one segment, and a short one between."""
ALBUM = "00000000-0000-5000-8000-000000000001"
OVER = '.player[data-phase="paused"]'


class Played(NamedTuple):
    rate: int
    quality: str
    page: Page


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Site]]:
    running = {}
    for rate in (44_100, 48_000):
        media = transcode(tmp_path_factory.mktemp("flow") / "media", LENGTHS, rate)
        world = World(media, releases=[catalogue.flowing(LENGTHS)])
        world.asset_of = catalogue.asset_by_number
        running[rate] = Site(world)
    yield running
    for site in running.values():
        site.stop()


def test_an_album_cut_from_one_signal_is_that_signal(sites: dict[int, Site], visit: Visit) -> None:
    played = []
    for rate, site in sites.items():
        for quality in ("lossless", "high"):
            script = capture.before(quality)
            page = visit(site, f"/releases/{ALBUM}", script=script)
            capture.record(page, rate)
            page.click(f'main [data-play-release="{ALBUM}"]')
            page.wait_for_selector('.player[data-phase="playing"]')
            played.append(Played(rate, quality, page))
    for rate, quality, page in played:
        page.wait_for_selector(OVER, timeout=40_000)
        page.wait_for_timeout(400)
        heard = capture.taken(page).astype(np.float64)
        original = flow(sum(LENGTHS), rate)[:, 0].astype(np.float64)
        start = joins.place(heard, original)
        if quality == "lossless":
            sound = capture.integers(heard[start : start + len(original)].astype(np.float32))
            apart = np.flatnonzero(sound != original)
            assert not len(apart), f"{rate} Hz: {len(apart)} samples differ, first {apart[:1]}"
        else:
            places = cuts(LENGTHS, rate)[1:-1]
            for one in joins.measure(heard * 32_768, original, places, start):
                assert one.inserted == 0, (rate, one)
                assert 0.8 < one.energy < 1.25, (rate, one)
