"""Hears what the browser plays: every decoded sample of the player's first element, as floats."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

RECORDER = """
registerProcessor("recorder", class extends AudioWorkletProcessor {
  block = new Float32Array(8192);
  at = 0;
  process([[channel]]) {
    this.block.set(channel ?? new Float32Array(128), this.at);
    this.at += 128;
    if (this.at === this.block.length) {
      this.port.postMessage(this.block);
      this.at = 0;
    }
    return true;
  }
});
"""

EAR = """
registerProcessor("ear", class extends AudioWorkletProcessor {
  listening = false;
  quiet = 0;
  set = (this.port.onmessage = () => { this.listening = true; this.quiet = 0; });
  process(inputs) {
    const loud = inputs.some(([channel]) => channel?.some(value => Math.abs(value) > 0.001));
    if (!loud) this.quiet++;
    if (this.listening && loud && (this.quiet || !this.before)) {
      this.port.postMessage(0);
      this.listening = false;
    }
    this.before = loud;
    return true;
  }
});
"""
"""Tells once, after being asked, when sound comes after silence."""

BEFORE = """
  localStorage.setItem("segue.settings.1", JSON.stringify({ quality: "%s", loudness: 0 }));
  window.elements = [];
  const Plain = window.Audio;
  window.Audio = function () { const one = new Plain(); window.elements.push(one); return one; };
"""

_RECORD = """async rate => {
  const context = new AudioContext({ sampleRate: rate });
  await context.audioWorklet.addModule("/recorder.js");
  const tap = new AudioWorkletNode(context, "recorder");
  window.heard = [];
  window.stood = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    window.stood = Math.max(window.stood, now - last);
    last = now;
  }, 10);
  tap.port.onmessage = ({ data }) => window.heard.push(data);
  context.createMediaElementSource(window.elements[0]).connect(tap).connect(context.destination);
}"""

_TAKE = """async () => {
  const bytes = new Blob(window.heard.splice(0));
  const reader = new FileReader();
  const done = new Promise(found => { reader.onload = found; });
  reader.readAsDataURL(bytes);
  await done;
  return reader.result.slice(reader.result.indexOf(",") + 1);
}"""


def before(quality: str) -> str:
    """The script that a page runs first: it keeps the elements, and changes no sample."""
    return BEFORE % quality


def record(page: Page, rate: int) -> None:
    """From now on; the context runs at the rate of the music, so that nothing is resampled."""
    page.evaluate(_RECORD, rate)


def stood_still(page: Page) -> float:
    """For how long (ms) the machine let the page do nothing while it was recorded, at most."""
    return float(page.evaluate("window.stood"))


def taken(page: Page) -> NDArray[np.float32]:
    """What was heard since the last call, first channel."""
    return np.frombuffer(base64.b64decode(page.evaluate(_TAKE)), dtype="<f4")


def integers(heard: NDArray[np.float32]) -> NDArray[np.int64]:
    """16-bit samples as they were before Chromium made them floats: x/32767 above 0, else x/32768.

    Raises:
        ValueError: they are no such floats, so something has changed them.
    """
    scaled = np.where(heard > 0, heard.astype(np.float64) * 32_767, heard * 32_768.0)
    whole = np.rint(scaled)
    if np.abs(scaled - whole).max(initial=0) > 0.02:
        raise ValueError("these are not scaled 16-bit integers")
    return whole.astype(np.int64)
