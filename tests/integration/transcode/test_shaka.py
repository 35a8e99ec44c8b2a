"""Shaka plays our DASH in a real browser, each codec of it, to the end and without an error."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from server.playback.ranges import select
from tests.fixtures import environment
from tests.integration.transcode import outputs
from transcode.cuts import Clip
from transcode.manifest import Manifest
from transcode.playlists import all_playlists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]

SHAKA = environment.REPOSITORY / "tests/node/node_modules/shaka-player/dist"
KINDS = {".mpd": "application/dash+xml", ".js": "text/javascript", ".html": "text/html"}
FUDGE = 0.11
"""Seconds by which Shaka lets a period run over."""
ARGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]

PLAY = """async ([address, codec, from]) => {
  const audio = document.createElement("audio");
  document.body.append(audio);
  const player = new shaka.Player();
  const errors = [];
  player.addEventListener("error", (event) => errors.push(String(event.detail)));
  await player.attach(audio);
  player.configure({ preferredAudioCodecs: [codec] });
  await player.load(address, from);
  const variants = player.getVariantTracks();
  const range = player.seekRange();
  await audio.play();
  await new Promise((done, fail) => {
    audio.onended = done;
    const told = () => `no end at ${audio.currentTime} of ${audio.duration}: ${errors}`;
    setTimeout(() => fail(new Error(told())), 20000);
  });
  const found = { errors, duration: audio.duration, range: [range.start, range.end],
    codecs: [...new Set(variants.map((one) => one.audioCodec))], variants: variants.length,
    played: player.getVariantTracks().find((one) => one.active).audioCodec, at: audio.currentTime };
  await player.destroy();
  audio.remove();
  return found;
}"""


class _Ranged(SimpleHTTPRequestHandler):
    """Files of a folder, with byte ranges."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        body = path.read_bytes() if path.is_file() else b""
        asked = {"range": self.headers["range"]} if self.headers["range"] else {}
        answer = select(len(body), '"x"', asked)
        self.send_response(answer.status if body else 404)
        self.send_header("content-type", KINDS.get(path.suffix, "audio/mp4"))
        self.send_header("content-length", str(answer.end - answer.start))
        self.end_headers()
        self.wfile.write(body[answer.start : answer.end])

    def log_message(self, *args: object) -> None: ...


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = environment.browser()
    if not (SHAKA / "shaka-player.dash.js").is_file():
        environment.lacking("Shaka is not installed", "scripts/test_servers.sh")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=path, args=ARGS)
        yield started.new_page()
        started.close()


@pytest.fixture(scope="module")
def site(ladder_outputs: outputs.Outputs) -> Iterator[str]:
    root = ladder_outputs.root
    (root / "index.html").write_text("<!doctype html><script src=shaka.js></script><body></body>")
    (root / "shaka.js").write_bytes((SHAKA / "shaka-player.dash.js").read_bytes())
    handler = partial(_Ranged, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def played(page: Page, site: str, path: Path, codec: str, start: float) -> dict[str, Any]:
    page.goto(f"{site}/index.html")
    root = next(each for each in path.parents if (each / "shaka.js").exists())
    found: dict[str, Any] = page.evaluate(PLAY, [f"{site}/{path.relative_to(root)}", codec, start])
    return found


@pytest.mark.parametrize(
    ("name", "codec", "start"),
    [
        ("wav", "mp4a", 13.0), ("wav", "fLaC", 13.2), ("wav-ranges", "fLaC", 13.5),
        ("flac-96", "fLaC", 5.9), ("mp3", "mp4a", 5.6), ("one-sample", "mp4a", 0),
    ],
)  # fmt: skip
def test_it_plays_to_the_end(
    ladder_outputs: outputs.Outputs, page: Page, site: str, name: str, codec: str, start: float
) -> None:
    folder = ladder_outputs[name]
    stated = outputs.manifest(folder)
    seconds = stated["samples"] / stated["rate"]
    found = played(page, site, folder / "manifest.mpd", codec, start)
    assert found["errors"] == []
    assert found["variants"] > 0
    assert found["played"].startswith(codec)
    assert found["range"] == [0, pytest.approx(seconds, abs=1e-4)]
    assert seconds - 0.001 <= found["at"] < seconds + FUDGE


def test_a_clip_plays_for_as_long_as_it_is(
    ladder_outputs: outputs.Outputs, page: Page, site: str
) -> None:
    folder = ladder_outputs["wav"]
    manifest = Manifest.from_json(outputs.manifest(folder))
    texts = all_playlists(manifest.renditions, "files", Clip(6_100, 7_600))
    (folder / "clip.mpd").write_text(texts["manifest.mpd"])
    found = played(page, site, folder / "clip.mpd", "mp4a", 0)
    assert (found["errors"], found["range"]) == ([], [0, 1.5])
    assert 1.499 <= found["at"] < 1.5 + FUDGE
