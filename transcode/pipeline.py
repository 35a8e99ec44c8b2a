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
from transcode.delay import measured
from transcode.errors import EncodingFault
from transcode.facts import Encoded
from transcode.graph import Joined, output
from transcode.manifest import NO_NEIGHBOURS, Manifest, Neighbours
from transcode.publish import Place, publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.store import ObjectStore
    from transcode.encode import Measures
    from transcode.facts import AudioLike, Source
    from transcode.ffmpeg import Ffmpeg
    from transcode.manifest import Rendition
    from transcode.packaging import Packaging


def asset_id(digest: str, context: Neighbours = NO_NEIGHBOURS) -> str:
    """The folder of an encoding: BLAKE3 over the digests of the master and of its neighbours, and
    the recipe."""
    key = f"{digest}\x1f{context.previous}\x1f{context.next}\x1f{ladder.RECIPE}"
    return blake3(key.encode()).hexdigest()


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
        """Encode the tracks of one release, in order, each with its neighbours as context; objects
        are stored when it returns.

        Raises:
            MediaFault: a master can't be decoded, or isn't what its facts say.
            EncodingFault: ffmpeg's output breaks the recipe.
        """
        around: list[Source | None] = [None, *tracks, None]
        return self.each(
            [
                Joined(track=track, previous=around[index], next=around[index + 2])
                for index, track in enumerate(tracks)
            ]
        )

    def each(self, tracks: Sequence[Joined]) -> list[Encoded]:
        """Encode tracks with the neighbours that they say. Raises as `album`."""
        distinct = {asset_id(one.track.digest, context_of(one)): one for one in tracks}
        pool = ThreadPoolExecutor(self._parallel, thread_name_prefix="transcode")
        try:
            done = dict(zip(distinct, pool.map(self._track, distinct.values()), strict=True))
        finally:
            pool.shutdown(cancel_futures=True)  # after a fault the rest isn't begun
        return [done[asset_id(one.track.digest, context_of(one))] for one in tracks]

    def stands(self, asset: str) -> bool:
        """Whether an encoding is there: its manifest is written last and removed first."""
        return self._store.stat(_manifest(asset)) is not None

    def remove(self, asset: str) -> None:
        """Remove an encoding; of one that isn't there, what is left of it."""
        self._store.delete(_manifest(asset))
        for found in list(self._store.list(f"hls/{asset}/")):
            self._store.delete(found.key)

    def artwork(self, digest: str, path: Path) -> dict[str, Any]:
        """Store the four sizes as WebP and JPEG. Raises MediaFault."""
        return store_artwork(self._store, digest, path)

    def _track(self, joined: Joined) -> Encoded:
        context = context_of(joined)
        asset = asset_id(joined.track.digest, context)
        manifest = self._finished(asset) or self._encode(asset, joined).to_json()
        return Encoded(
            asset=asset,
            digest=joined.track.digest,
            manifest=manifest,
            previous=context.previous,
            next=context.next,
        )

    def _finished(self, asset: str) -> dict[str, Any] | None:
        try:
            stored = json.loads(self._store.get(_manifest(asset)))
            return Manifest.from_json(stored).to_json()
        except (ObjectAbsent, ValueError, KeyError, TypeError):
            return None  # absent, or of another version: encode again

    def _encode(self, asset: str, joined: Joined) -> Manifest:
        facts = joined.track.facts
        plans = ladder.ladder(rate=facts.rate, bits=facts.bits, lossless=facts.lossless)
        delays = measured(self._tool, plans, facts.rate)
        if any(delays[plan.name] != plan.delay for plan in plans):
            raise EncodingFault(f"{self._tool.path} delays by {delays}, not as the plans say")
        place = Place(store=self._store, asset=asset, packaging=self._packaging)
        with scratch.folder(self._work) as folder:
            measures = encode.run(self._tool, joined, plans, folder)
            renditions = tuple(
                publish(
                    place,
                    plan,
                    output(folder, plan),
                    facts,
                    lead=joined.lead if plan.codec == "aac" else 0,
                    delay=delays[plan.name],
                )
                for plan in plans
            )
        _aligned(plans, renditions)
        return self._keep(asset, joined, measures, renditions)

    def _keep(
        self, asset: str, joined: Joined, measures: Measures, renditions: tuple[Rendition, ...]
    ) -> Manifest:
        facts = joined.track.facts
        manifest = Manifest(
            asset=asset,
            source=joined.track.digest,
            recipe=ladder.RECIPE,
            rate=facts.rate,
            samples=facts.samples,
            channels=facts.channels,
            lossless=facts.lossless,
            loudness=measures.loudness,
            blocks=measures.blocks,
            peaks=measures.peaks,
            silence=measures.silence,
            renditions=renditions,
            context=context_of(joined),
            marks=marks_of(facts),
            packaging=self._packaging,
        )
        for name, text in playlists.all_playlists(renditions, self._packaging).items():
            self._store.put(f"hls/{asset}/{name}", text.encode())
        data = json.dumps(manifest.to_json(), separators=(",", ":")).encode()
        self._store.put(_manifest(asset), data)
        return manifest


def _manifest(asset: str) -> str:
    return f"hls/{asset}/manifest.json"


def context_of(joined: Joined) -> Neighbours:
    """The digests of a track's neighbours."""
    return Neighbours(
        previous=joined.previous.digest if joined.previous else "",
        next=joined.next.digest if joined.next else "",
    )


def marks_of(facts: AudioLike) -> tuple[str, ...]:
    """What must be known of a source: that it is lossy, or that it was mixed down."""
    lossy = () if facts.lossless else ("lossy",)
    return (*lossy, f"downmix {facts.layout}") if facts.layout else lossy


def _aligned(plans: Sequence[ladder.Plan], renditions: Sequence[Any]) -> None:
    counts = {plan.name: len(one.segments) for plan, one in zip(plans, renditions, strict=True)}
    if len(set(counts.values())) != 1:
        raise EncodingFault(f"renditions differ in their number of segments: {counts}")
