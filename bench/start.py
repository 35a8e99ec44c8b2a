"""Click to sound, and playing on a thin line without a stall, in Chromium.

`cold`: from the click on a track's play button until the first sample that is not silent leaves the
decoder; the rights call, the initialisation and the first segment are fetched in between, the page
is loaded. `prepared`: from "next" to the first sample of a track that stands ready. On loopback;
the reference of a ratio is the target (120 ms cold, 25 ms prepared, p95), so 1 is just held.

`thin`: 60 starts of 10 s with one seek each at 1 Mbit/s and 150 ms of latency (Chromium's own
network emulation), at most 6 pages at a time: a rebuffer is a `waiting` while playing that is not
the start or the seek. `--short` does 6 of each. Device latency is not in it; a callback of the
recorder is 3 ms.

`seek` is from the call until the element has stopped seeking and can play on, to places that are
not in the buffer and to such that are; the target is 150 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from playwright.sync_api import sync_playwright

from bench import _common
from tests.e2e.player import capture, catalogue
from tests.e2e.player.conftest import ARGS, Site
from tests.e2e.player.media import transcode
from tests.e2e.player.world import World
from tests.fixtures import environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ALBUM = "00000000-0000-5000-8000-000000000001"
LENGTHS = [40.0, 35.0, 30.0, 36.0]
COLD, PREPARED, SEEK = 120.0, 25.0, 150.0
PLACES = (33, 4, 27, 12)
RUNS, STARTS, AT_ONCE = 40, 60, 6
BITS, LATENCY = 1_000_000, 150
PLAYING = '.player[data-phase="playing"]'
EAR = """async () => {
  const context = new AudioContext({ sampleRate: 44100, latencyHint: 0.003 });
  await context.audioWorklet.addModule("/ear.js");
  const ear = new AudioWorkletNode(context, "ear");
  for (const one of window.elements) context.createMediaElementSource(one).connect(ear);
  ear.connect(context.destination);
  window.sound = () => new Promise(done => {
    const begun = performance.now();
    ear.port.onmessage = () => done(performance.now() - begun);
    setTimeout(() => done(5000), 5000);
    ear.port.postMessage("listen");
  });
}"""
CLICK = """async selector => {
  const heard = window.sound();
  const button = document.querySelector(selector);
  button.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  button.click();
  return heard;
}"""
SKIP = """async () => {
  const heard = window.sound();
  window.segue.dispatch({ type: "next" });
  return heard;
}"""
SOUGHT = """seconds => new Promise(done => {
  const audio = window.segue.deck.audio, begun = performance.now();
  const over = new AbortController();
  const on = () => {
    if (audio.seeking || audio.readyState < 3) return;
    over.abort();
    done(performance.now() - begun);
  };
  for (const name of ["timeupdate", "seeked", "canplay", "playing"]) {
    audio.addEventListener(name, on, { signal: over.signal });
  }
  setTimeout(() => { over.abort(); done(5000); }, 5000);
  window.segue.seek(seconds);
})"""
COUNT = """() => {
  const audio = window.segue.deck.audio;
  window.stalls = 0;
  window.calm = 0;
  audio.addEventListener("playing", () => { window.calm = performance.now(); });
  audio.addEventListener("seeking", () => { window.calm = 0; });
  audio.addEventListener("waiting", () => { if (window.calm && !audio.seeking) window.stalls++; });
}"""


def opened(browser: Browser, site: Site, quality: str = "auto") -> Page:
    """A page of the album, signed in."""
    context = browser.new_context()
    context.add_cookies([{"name": "who", "value": "listener", "url": site.url}])
    context.add_init_script(capture.before(quality))
    page = context.new_page()
    page.goto(f"{site.url}/releases/{ALBUM}")
    page.wait_for_load_state("networkidle")
    return page


def started(browser: Browser, site: Site) -> tuple[float, float, list[float]]:
    """Milliseconds of one cold start, of one prepared one, and of seeks."""
    page = opened(browser, site)
    page.evaluate(EAR)
    page.wait_for_timeout(200)
    cold = float(page.evaluate(CLICK, f'main [data-play-release="{ALBUM}"]'))
    page.wait_for_timeout(1500)
    page.evaluate("window.segue.pause()")
    page.wait_for_timeout(300)
    prepared = float(page.evaluate(SKIP))
    page.evaluate("window.segue.dispatch({ type: 'previous', position: 0 })")
    while not page.evaluate("window.segue.loaded && window.segue.phase === 'playing'"):
        page.wait_for_timeout(20)  # what is shown comes a moment later
    seeks = [float(page.evaluate(SOUGHT, to)) for to in PLACES]
    page.context.close()
    return cold, prepared, seeks


def thin(browser: Browser, site: Site, starts: int) -> dict[str, Any]:
    """Rebuffers of that many starts."""
    stalls, positions = [], []
    for _ in range(0, starts, AT_ONCE):
        pages = [opened(browser, site) for _ in range(AT_ONCE)]
        for page in pages:
            tool = page.context.new_cdp_session(page)
            tool.send("Network.enable")
            each = BITS / 8
            given = {"offline": False, "latency": LATENCY, "downloadThroughput": each}
            tool.send("Network.emulateNetworkConditions", {**given, "uploadThroughput": each})
            page.evaluate(COUNT)
            page.click(f'main [data-play-release="{ALBUM}"]')
        for page in pages:
            page.wait_for_selector(PLAYING, timeout=60_000)
        pages[0].wait_for_timeout(5000)
        for page in pages:
            page.evaluate("window.segue.seek(window.segue.position + 12)")
        pages[0].wait_for_timeout(6000)
        for page in pages:
            stalls.append(page.evaluate("window.stalls"))
            positions.append(round(page.evaluate("window.segue.position"), 1))
            page.context.close()
    return {
        "thin_starts": len(stalls),
        "rebuffers": sum(stalls),
        "thin_least_position": min(positions),
    }


def spread(values: list[float], name: str) -> dict[str, float]:
    """Median, 95th percentile and the worst."""
    ordered = sorted(values)
    return {
        f"{name}_median_ms": round(statistics.median(ordered), 1),
        f"{name}_p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        f"{name}_worst_ms": round(ordered[-1], 1),
    }


def measure(*, short: bool) -> dict[str, Any]:
    """All three parts."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
        media = transcode(Path(folder) / "media", LENGTHS)
        world = World(media, releases=[catalogue.flowing(LENGTHS)])
        world.asset_of = catalogue.asset_by_number
        site = Site(world)
        browser = tool.chromium.launch(executable_path=environment.browser(), args=ARGS)
        runs = [started(browser, site) for _ in range(6 if short else RUNS)]
        slow = thin(browser, site, 6 if short else STARTS)
        browser.close()
        site.stop()
    seeks = [one for run in runs for one in run[2]]
    figures = {
        **spread([run[0] for run in runs], "cold"),
        **spread([run[1] for run in runs], "prepared"),
        **spread(seeks, "seek"),
        **slow,
        "runs": len(runs),
    }
    ratios = {
        "cold_p95": round(figures["cold_p95_ms"] / COLD, 3),
        "prepared_p95": round(figures["prepared_p95_ms"] / PREPARED, 3),
        "seek_p95": round(figures["seek_p95_ms"] / SEEK, 3),
        "rebuffers": float(slow["rebuffers"]),
    }
    reference = f"p95 of {COLD:.0f} ms cold, {PREPARED:.0f} prepared, {SEEK:.0f} to seek; no stall"
    return _common.report("start", reference, ratios, figures)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(_common.answer(lambda: measure(short="--short" in given), given))
