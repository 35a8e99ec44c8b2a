"""What the answer to an opened play says of its media."""

from __future__ import annotations

from server.api.closed import Closed


class PlayedRendition(Closed):
    """What a player needs to fetch and place segments: counts are samples at `rate` Hz.

    Addresses are relative to the folder of `hls`. `{}` in `media` stands for the number of a
    segment, from 0; without it all segments stand in one file, behind the `init_bytes`. The music
    is the samples [delay, delay + samples) of what the segments decode to. Bits per second.
    """

    name: str
    codecs: str
    rate: int
    bits: int
    channels: int
    bandwidth: int
    average_bandwidth: int
    delay: int
    samples: int
    init: str
    init_bytes: int
    media: str
    segments: list[tuple[int, int]]


class Measured(Closed):
    """EBU R128: LUFS and dBTP."""

    integrated: float
    true_peak: float


class PlayedLoudness(Closed):
    """Of the track, and of its album where that was measured."""

    track: Measured | None
    album: Measured | None
