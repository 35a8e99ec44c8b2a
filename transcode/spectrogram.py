"""A picture of a recording's spectrum over its time: what an operator judges a doubt by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcode import containers, ffmpeg
from transcode.errors import MediaFault

if TYPE_CHECKING:
    from pathlib import Path

SIZE = "860x256"
"""Of the drawing; axes and the scale of levels come around it."""
_TIMEOUT = 300.0
_MOST_BYTES = 8 << 20
_MOST_SECONDS = 600.0
_MOST_SAMPLES = 600 * 48_000
"""ffmpeg holds all that is drawn in memory: of more, the start is drawn."""


def spectrogram(tool: ffmpeg.Ffmpeg, path: Path) -> bytes:
    """A PNG with axes of seconds and Hz, of the first ten minutes (less at high rates).

    Raises:
        MediaFault: the file can't be decoded, or takes too much.
        Unavailable: as `ffmpeg.execute`.
    """
    whole = ffmpeg.source(path, containers.identify(path).demuxer, t=_MOST_SECONDS)
    node = whole.filter("atrim", end_sample=_MOST_SAMPLES)
    drawn = node.filter(
        "showspectrumpic",
        s=SIZE,
        mode="combined",
        color="fiery",
        scale="log",
        legend=1,
        drange=110,
        win_func="bharris",  # leaks least: what is cut off is black
    )
    pieces: list[bytes] = []
    output = drawn.output("pipe:1", f="image2pipe", vcodec="png", vframes=1)
    try:
        outcome = ffmpeg.execute(tool, output, timeout=_TIMEOUT, on_pcm=pieces.append)
    except ffmpeg.Exhausted as much:
        raise MediaFault("unsupported", f"its spectrum can't be drawn: {much}") from much
    picture = b"".join(pieces)
    if outcome.code != 0 or not picture or len(picture) > _MOST_BYTES:
        reason = "; ".join(outcome.errors()[:3])
        raise MediaFault("corrupt", f"its spectrum can't be drawn: {reason}")
    return picture
