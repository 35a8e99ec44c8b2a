"""Masters to renditions: one decode per track feeds all encoders, loudness and waveform.

ffmpeg writes one fragmented MP4 per rendition; we walk its boxes, prove that every fragment is
cut where the plan says, and store initialisation, segments and playlists. The manifest goes last.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from storage.store import ObjectAbsent
from transcode import encode, ladder, playlists, scratch
from transcode.artwork import store_artwork
from transcode.delay import measured_aac_delay
from transcode.errors import EncodingFault
from transcode.facts import Encoded
from transcode.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.store import ObjectStore
    from transcode.facts import Source
    from transcode.ffmpeg import Ffmpeg
    from transcode.packaging import Packaging


def asset_id(digest: str) -> str:
    """The folder of an encoding: BLAKE3 over the master's digest and the recipe."""
    return blake3(f"{digest}\x1f{ladder.RECIPE}".encode()).hexdigest()


class Transcoder:
    """Fits the `Transcode` port of ingest. Safe to call again: finished assets are reused."""

    def __init__(
        self,
        store: ObjectStore,
        work: Path,
        tool: Ffmpeg,
        *,
        parallel: int = 0,
        packaging: Packaging = "files",
    ) -> None:
        """`work` holds temporary files; `parallel` tracks at a time, 0: as many as cores."""
        self._store = store
        self._work = work
        self._tool = tool
        self._packaging = packaging
        self._parallel = parallel or len(os.sched_getaffinity(0))
        scratch.sweep(work)

    def album(self, tracks: Sequence[Source]) -> list[Encoded]:
        """Encode the tracks of one release, in order; objects are stored when it returns.

        Raises:
            MediaFault: a master can't be decoded, or isn't what its facts say.
            EncodingFault: ffmpeg's output breaks the recipe.
        """
        distinct = {track.digest: track for track in tracks}
        pool = ThreadPoolExecutor(self._parallel, thread_name_prefix="transcode")
        try:
            done = dict(zip(distinct, pool.map(self._track, distinct.values()), strict=True))
        finally:
            pool.shutdown(cancel_futures=True)  # after a fault the rest isn't begun
        return [done[track.digest] for track in tracks]

    def artwork(self, digest: str, path: Path) -> dict[str, Any]:
        """Store the four sizes as WebP and JPEG. Raises MediaFault."""
        return store_artwork(self._store, digest, path)

    def _track(self, track: Source) -> Encoded:
        asset = asset_id(track.digest)
        manifest = self._finished(asset) or self._encode(asset, track).to_json()
        return Encoded(asset=asset, digest=track.digest, manifest=manifest)

    def _finished(self, asset: str) -> dict[str, Any] | None:
        try:
            stored = json.loads(self._store.get(f"hls/{asset}/manifest.json"))
            return Manifest.from_json(stored).to_json()
        except (ObjectAbsent, ValueError, KeyError, TypeError):
            return None  # absent, or of another version: encode again

    def _encode(self, asset: str, track: Source) -> Manifest:
        if measured_aac_delay(self._tool) != ladder.AAC_DELAY:
            raise EncodingFault(f"{self._tool.path} delays AAC by other than {ladder.AAC_DELAY}")
        facts = track.facts
        plans = ladder.ladder(rate=facts.rate, bits=facts.bits, lossless=facts.lossless)
        with scratch.folder(self._work) as folder:
            measures = encode.run(self._tool, track, plans, folder)
            renditions = tuple(
                encode.publish(
                    self._store, asset, plan, encode.output(folder, plan), facts, self._packaging
                )
                for plan in plans
            )
        _aligned(plans, renditions)
        manifest = Manifest(
            asset=asset,
            source=track.digest,
            recipe=ladder.RECIPE,
            rate=facts.rate,
            samples=facts.samples,
            channels=facts.channels,
            lossless=facts.lossless,
            loudness=measures.loudness,
            peaks=measures.peaks,
            silence=measures.silence,
            renditions=renditions,
            packaging=self._packaging,
        )
        for name, text in playlists.all_playlists(renditions, self._packaging).items():
            self._store.put(f"hls/{asset}/{name}", text.encode())
        data = json.dumps(manifest.to_json(), separators=(",", ":")).encode()
        self._store.put(f"hls/{asset}/manifest.json", data)
        return manifest


def _aligned(plans: Sequence[ladder.Plan], renditions: Sequence[Any]) -> None:
    counts = {plan.name: len(one.segments) for plan, one in zip(plans, renditions, strict=True)}
    if len(set(counts.values())) != 1:
        raise EncodingFault(f"renditions differ in their number of segments: {counts}")
