"""The null test: an album cut from one signal, as a real browser plays it, beside that signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from tests.e2e.player import capture, catalogue, joins
from tests.e2e.player.conftest import Site
from tests.e2e.player.media import Media, cuts, flow, transcode
from tests.e2e.player.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from playwright.sync_api import Page

    from tests.e2e.player.conftest import Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

LENGTHS = (7.3, 3.1234, 6.7)
"""Two tracks of more than one segment, and a short one between."""
ALBUM = "00000000-0000-5000-8000-000000000001"
OVER = '.player[data-phase="paused"]'
STOOD_STILL = 100.0
"""Milliseconds without a turn of a timer that wants one every ten."""
ATTEMPTS = 3


class Played(NamedTuple):
    rate: int
    quality: str
    page: Page


class Sites(NamedTuple):
    """One of each rate, and one whose tracks are of either in turn."""

    rates: dict[int, Site]
    mixed: Site


def _site(media: Media) -> Site:
    world = World(media, releases=[catalogue.flowing(LENGTHS)])
    world.asset_of = catalogue.asset_by_number
    return Site(world)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder = tmp_path_factory.mktemp("flow") / "media"
    made = {rate: transcode(folder, LENGTHS, rate) for rate in (44_100, 48_000)}
    low, high = (one.manifests for one in made.values())
    mixed = Media(folder / "hls", (low[0], high[1], low[2]))
    running = Sites({rate: _site(media) for rate, media in made.items()}, _site(mixed))
    yield running
    for site in (*running.rates.values(), running.mixed):
        site.stop()


def begun(visit: Visit, site: Site, rate: int, quality: str) -> Played:
    page = visit(site, f"/releases/{ALBUM}", script=capture.before(quality))
    capture.record(page, rate)
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    return Played(rate, quality, page)


def places(rate: int) -> list[int]:
    return cuts(LENGTHS, rate)[1:-1]


def heard_of(played: list[Played]) -> list[NDArray[np.float64]]:
    """All of them when all are over: what counts here must not hold up who still plays."""
    for _, _, page in played:
        page.wait_for_selector(OVER, timeout=120_000)
        page.wait_for_timeout(400)
    taken = [capture.taken(page).astype(np.float64) for _, _, page in played]
    return [
        joins.undropped(heard, places(rate))
        for heard, (rate, _, _) in zip(taken, played, strict=True)
    ]


def joined(heard: NDArray[np.float64], rate: int) -> list[joins.Join]:
    original = flow(sum(LENGTHS), rate)[:, 0].astype(np.float64)
    start = joins.place(heard, original)
    return joins.measure(heard * 32_768, original, places(rate), start)


def judged(begin: Callable[[], list[Played]], judge: Callable[[list[Played]], None]) -> None:
    """A recording with a fault proves nothing where the machine stood still meanwhile: a decoder
    without a turn has nothing to give. Such a one is made again, twice at most."""
    for attempt in range(ATTEMPTS):
        played = begin()
        try:
            judge(played)
        except (AssertionError, ValueError):
            still = max(capture.stood_still(page) for _, _, page in played)
            if still < STOOD_STILL or attempt + 1 == ATTEMPTS:
                raise
        else:
            return
        for _, _, page in played:
            page.close()


def test_an_album_cut_from_one_signal_is_that_signal(sites: Sites, visit: Visit) -> None:
    def begin() -> list[Played]:
        return [
            begun(visit, site, rate, quality)
            for rate, site in sites.rates.items()
            for quality in ("lossless", "high")
        ]

    judged(begin, is_that_signal)


def is_that_signal(played: list[Played]) -> None:
    for heard, (rate, quality, _) in zip(heard_of(played), played, strict=True):
        if quality == "lossless":
            original = flow(sum(LENGTHS), rate)[:, 0]
            start = joins.place(heard, original.astype(np.float64))
            sound = capture.integers(heard[start : start + len(original)].astype(np.float32))
            apart = np.flatnonzero(sound != original)
            assert not len(apart), f"{rate} Hz: {len(apart)} samples differ, first {apart[:1]}"
        else:
            for one in joined(heard, rate):
                assert one.inserted == 0, (rate, one)
                assert 0.8 < one.energy < 1.25, (rate, one)


def test_tracks_of_two_rates_are_joined_too(sites: Sites, visit: Visit) -> None:
    """Nothing but the browser's own resampling lies between them: it rounds to a sample."""
    qualities = ("lossless", "high")
    judged(lambda: [begun(visit, sites.mixed, 48_000, one) for one in qualities], is_joined)


def is_joined(played: list[Played]) -> None:
    for heard, (_, quality, _) in zip(heard_of(played), played, strict=True):
        for one in joined(heard, 48_000):
            assert abs(one.inserted) <= 1, (quality, one)
            assert one.alike > 0.98, (quality, one)
            assert 0.8 < one.energy < 1.25, (quality, one)
