"""Two tracks that flow into each other are joined at the exact sample, heard in a real browser."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.player.catalogue import LENGTHS
from tests.e2e.player.media import RATE, flow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.e2e.player.conftest import Site, Visit

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(120)]

ALBUM = "00000000-0000-5000-8000-000000000001"
WINDOW = 8192

KEEP_ELEMENTS = """
  window.elements = [];
  const Plain = window.Audio;
  window.Audio = function () { const one = new Plain(); window.elements.push(one); return one; };
"""

RECORD = """async () => {
  const context = new AudioContext({ sampleRate: 44100 });
  await context.audioWorklet.addModule("/recorder.js");
  const tap = new AudioWorkletNode(context, "recorder");
  window.heard = [];
  tap.port.onmessage = ({ data }) => window.heard.push(data);
  context.createMediaElementSource(window.elements[0]).connect(tap).connect(context.destination);
}"""

TAKE = """seconds => {
  const blocks = window.heard.slice(-Math.ceil(seconds * 44100 / window.heard[0].length));
  const bytes = new Uint8Array(blocks.length * blocks[0].length * 2);
  blocks.forEach((one, at) => bytes.set(new Uint8Array(one.buffer), at * one.length * 2));
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}"""


def lags(heard: NDArray[np.float64], original: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(place in the original, its distance from the place in the recording) window by window."""
    size = 1 << (len(original) + WINDOW - 1).bit_length()
    spectrum = np.fft.rfft(original, size)
    found = []
    for at in range(0, len(heard) - WINDOW, WINDOW // 2):
        piece = heard[at : at + WINDOW]
        if np.abs(piece).mean() < 200:
            continue
        match = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, size)), size)
        place = int(np.argmax(match[: len(original)]))
        found.append((place, place - at))
    return found


def test_the_seam_has_no_sample_too_many(site: Site, visit: Visit) -> None:
    page = visit(site, f"/releases/{ALBUM}", script=KEEP_ELEMENTS)
    page.click(f'main [data-play-release="{ALBUM}"]')
    page.wait_for_selector('.player[data-phase="playing"]')
    deadline = time.monotonic() + 20
    while page.evaluate("window.elements[0].buffered.end(0)") < LENGTHS[0] + 5:
        assert time.monotonic() < deadline, "the next track was not joined"
        page.wait_for_timeout(200)
    page.evaluate(RECORD)
    page.focus(".player .scrubber input")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".player [data-now-title]")).to_have_text("Glass Orchard", timeout=15_000)
    page.wait_for_timeout(3000)
    taken = base64.b64decode(page.evaluate(TAKE, 7))
    heard = np.frombuffer(taken, dtype="<i2").astype(np.float64)
    join = 6 * RATE
    first = round(LENGTHS[0] * RATE) - join
    original = flow(sum(LENGTHS))[first : first + 2 * join, 0].astype(np.float64)
    found = [one for one in lags(heard, original) if one[0] > join - 4 * RATE]
    before = {lag for place, lag in found if place + WINDOW < join}
    after = {lag for place, lag in found if place > join}
    assert len(found) > 20
    assert len(before) == 1
    assert before == after
    assert len(site.world.plays) >= 2
