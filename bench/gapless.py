"""Every join of 101 short tracks in Chromium, while quality and queue are changed at random.

An album of tracks of 3-4 s is cut from one continuous signal, delivered by the shipped transcoder,
played by the shipped player in a real browser, and recorded behind the decoder. Twice a second
something happens at random (fixed seed): another rendition is pinned (64, 128, 256 kbit/s or FLAC),
a track is put next, the next one is taken out, moved, or the order is shuffled and unshuffled.
What was played, in its order, is then compared with what it was cut from: a join is exact when not
a sample was inserted or lost. `inserted` must be 0 at all of them.

`--tracks N` plays fewer. `--calm` changes nothing while it plays; then, lossless, the whole
recording must be the signal, integer by integer.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from playwright.sync_api import sync_playwright

from bench import _common
from tests.e2e.player import capture, catalogue, joins
from tests.e2e.player.conftest import ARGS, Site
from tests.e2e.player.media import cuts, flow, transcode
from tests.e2e.player.world import World
from tests.fixtures import environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from playwright.sync_api import Page

TRACKS = 101
RATE = 44_100
SEED = 20_261_121
ALBUM = "00000000-0000-5000-8000-000000000001"
PAUSED = '.player[data-phase="paused"]'
NOISE = """seed => {
  const engine = window.segue;
  let state = seed;
  const pick = most => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 4294967296 * most);
  };
  window.done = { switches: 0, edits: 0 };
  const names = ["low", "normal", "high", "lossless"];
  setInterval(() => {
    const queue = engine.queue;
    const rest = queue.context.order.slice(queue.context.cursor + 1);
    const next = rest.map(at => queue.context.entries[at].uid);
    if (!next.length || engine.phase !== "playing") return;
    const what = pick(8);
    if (what < 4) { window.done.switches++; return engine.setQuality(names[pick(4)]); }
    window.done.edits++;
    if (what === 4) {
      const track = queue.context.entries[pick(queue.context.entries.length)].track;
      engine.dispatch({ type: "playNext", entries: [{ uid: `x${Math.random()}`, track }] });
    } else if (what === 5 && queue.user.length) {
      engine.dispatch({ type: "remove", uid: queue.user[0].uid });
    } else if (what === 6) engine.dispatch({ type: "move", uid: next[0], by: 1 + pick(3) });
    else engine.dispatch({ type: "shuffle", seed: queue.seed === null ? pick(99999) : null });
  }, 500);
}"""
WATCH = """() => {
  window.played = [];
  window.stalls = 0;
  const audio = window.elements[0];
  audio.addEventListener("waiting", () => {
    if (audio.currentTime > 0 && !audio.seeking) window.stalls++;
  });
  let turn = -1;
  window.segue.listen({ changed: engine => {
    if (engine.queue.turn === turn || !engine.track) return;
    turn = engine.queue.turn;
    window.played.push(engine.track.number - 1);
  } });
}"""


def lengths(count: int) -> list[float]:
    """3 to 4 s each; no two end at the same place of the encoder's grid."""
    pick = random.Random(SEED)
    return [round(pick.uniform(3, 4), 4) for _ in range(count)]


def cut_from(sound: NDArray[np.float64], at: Sequence[int], played: Sequence[int]) -> Any:  # noqa: ANN401
    """The signal of the tracks in the order they were played, and where one meets another."""
    pieces = [sound[at[one] : at[one + 1]] for one in played]
    places = np.cumsum([len(piece) for piece in pieces])[:-1]
    return np.concatenate(pieces), [int(place) for place in places]


def listen(
    page: Page, album: Sequence[float], *, calm: bool
) -> tuple[NDArray[np.float64], list[int]]:
    """What was heard of the whole album, and which tracks these were."""
    page.evaluate(WATCH)
    capture.record(page, RATE)
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    if not calm:  # an order that is shuffled and unshuffled may be at its end soon
        page.evaluate("window.segue.dispatch({ type: 'repeat', mode: 'all' })")
        page.evaluate(NOISE, SEED)
    heard = []
    for _ in range(int(1.5 * sum(album)) + 60):
        page.wait_for_timeout(1000)
        heard.append(capture.taken(page))
        if not calm and page.evaluate("window.played.length") > len(album):
            page.evaluate("window.segue.pause()")
        if page.query_selector(PAUSED):
            break
    page.wait_for_timeout(400)
    heard.append(capture.taken(page))
    played = page.evaluate("window.played")
    return np.concatenate(heard).astype(np.float64), played if calm else played[: len(album)]


def judged(
    heard: NDArray[np.float64], original: NDArray[np.float64], places: list[int], *, calm: bool
) -> dict[str, Any]:
    """The figures of one run; what a machine too busy to play left silent counts as dropout."""
    sounding = joins.undropped(heard, places)
    silent, heard = len(heard) - len(sounding), sounding
    start = joins.place(heard, original)
    found = joins.measure(heard * 32_768, original, places, start)
    worst = sorted(found, key=lambda one: -abs(one.inserted))[:5]
    figures: dict[str, Any] = {
        "joins": len(found),
        "dropout_samples": silent,
        "not_exact": sum(1 for one in found if one.inserted or one.alike < joins.LIKE),
        "something_else_heard": sum(1 for one in found if one.alike < joins.LIKE),
        "worst": [tuple(asdict(one).values()) for one in worst],
        "energy_least": min(one.energy for one in found),
        "energy_most": max(one.energy for one in found),
        "snr_median": float(np.median([one.snr for one in found])),
        "snr_least": min(one.snr for one in found),
    }
    if calm:
        sound = capture.integers(heard[start : start + len(original)].astype(np.float32))
        figures["samples_compared"] = len(original)
        figures["samples_that_differ"] = int(np.count_nonzero(sound != original[: len(sound)]))
    return figures


def measure(count: int, *, calm: bool) -> dict[str, Any]:
    """Cut, deliver, play, record, compare."""
    album = lengths(count)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        media = transcode(Path(folder) / "media", album, RATE)
        world = World(media, releases=[catalogue.flowing(album)])
        world.asset_of = catalogue.asset_by_number
        site = Site(world)
        browser = tool.chromium.launch(executable_path=environment.browser(), args=ARGS)
        context = browser.new_context()
        context.add_cookies([{"name": "who", "value": "listener", "url": site.url}])
        context.add_init_script(capture.before("lossless"))
        page = context.new_page()
        page.goto(f"{site.url}/releases/{ALBUM}")
        heard, played = listen(page, album, calm=calm)
        changes = {} if calm else page.evaluate("window.done")
        changes["stalls"] = page.evaluate("window.stalls")
        browser.close()
        site.stop()
    sound = flow(sum(album), RATE)[:, 0].astype(np.float64)
    original, places = cut_from(sound, cuts(album, RATE), played)
    figures = {
        "tracks_played": len(played),
        **changes,
        **judged(heard, original, places, calm=calm),
    }
    ratios = {"inserted": float(figures["not_exact"])}
    return _common.report("gapless", "the signal that the album was cut from", ratios, figures)


if __name__ == "__main__":
    given = sys.argv[1:]
    tracks = int(given[given.index("--tracks") + 1]) if "--tracks" in given else TRACKS
    sys.exit(_common.answer(lambda: measure(tracks, calm="--calm" in given), given))
