"""Previews: what a grant with a clip may fetch. Playlists of it are made here, not stored.

A clip is a part of the music, `<start>-<end>` in milliseconds. The segments that it lies in are the
whole track's, so caches hold them once; the edges are exact in the playlist of DASH and in the
answer to the play.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import NotFound
from transcode.cuts import Clip, cut
from transcode.manifest import Manifest
from transcode.packaging import init_of, segments_of
from transcode.playlists import all_playlists

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from transcode.packaging import Packaging

REMEMBERED = 2_000
_CLIP = re.compile(r"(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class ClipView:
    """The files of an asset as a clip shows them: its playlists, and the bytes that are needed.

    `spans` are `[start, end)` by file name; a file of its own is needed as a whole.
    """

    playlists: Mapping[str, bytes]
    spans: Mapping[str, tuple[tuple[int, int], ...]]

    def playlist(self, file: str) -> bytes | None:
        """The playlist of this name, None when there is none."""
        return self.playlists.get(file)

    def admits(self, file: str, span: tuple[int, int] | None) -> bool:
        """Whether these bytes of a file, None for all of it, belong to the clip."""
        held = self.spans.get(file, ())
        if span is None:
            return any(start == 0 and end < 0 for start, end in held)
        first, last = span
        return any(start <= first and (end < 0 or last <= end) for start, end in held)


_WHOLE = (0, -1)


def clip_of(text: str) -> Clip:
    """The clip of a grant.

    Raises:
        NotFound: it is none.
    """
    found = _CLIP.fullmatch(text)
    if found is None or int(found[1]) >= int(found[2]):
        raise NotFound("there is no such preview", remedy="open a play: POST /api/v1/plays")
    return Clip(int(found[1]), int(found[2]))


def view_of(manifest: Manifest, clip: Clip) -> ClipView:
    """What the clip shows of an asset."""
    packaging: Packaging = "ranges" if manifest.packaging == "ranges" else "files"
    texts = all_playlists(manifest.renditions, packaging, clip)
    spans: dict[str, tuple[tuple[int, int], ...]] = {}
    for one, part in zip(manifest.renditions, cut(manifest.renditions, clip), strict=True):
        init = init_of(one, packaging)
        pieces = list(segments_of(one, packaging))[part.first : part.last + 1]
        if init.whole:
            spans |= {piece.address: (_WHOLE,) for piece in (init, *pieces)}
        else:
            listed = (pieces[0].start, pieces[-1].start + pieces[-1].size)
            spans[init.address] = ((0, init.size), listed)
    return ClipView({name: text.encode() for name, text in texts.items()}, spans)


class Clips:
    """Makes views and remembers them; `read` gives the bytes of an object by its key."""

    def __init__(self, read: Callable[[str], Awaitable[bytes]]) -> None:
        self._read = read
        self._views: OrderedDict[tuple[str, str], ClipView] = OrderedDict()

    async def view(self, asset: str, clip: str) -> ClipView:
        """The view of a clip of an asset.

        Raises:
            NotFound: it is no clip. ObjectAbsent comes through as it is.
        """
        found = self._views.get((asset, clip))
        if found is None:
            part = clip_of(clip)
            manifest = json.loads(await self._read(f"hls/{asset}/manifest.json"))
            found = self._views[asset, clip] = view_of(Manifest.from_json(manifest), part)
            if len(self._views) > REMEMBERED:
                self._views.popitem(last=False)
        return found
