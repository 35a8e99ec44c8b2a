"""Opening a play: what is asked, and what the answer says of its media and its token."""

from __future__ import annotations

from pydantic import Field

from server.api.closed import Closed

_ID = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")


class OpenPlay(Closed):
    """A recording, in the context of the release it is played from.

    `player` names the browser or device that plays, for the limit of streams of a plan; without it
    address and user agent stand for it. `take_over` takes the place of the player that was silent
    the longest when too many play. `lasts_s` is how long the token has to last at least, for native
    players that can't change it: the length of the queue.
    """

    release_id: str = _ID
    recording_id: str = _ID
    player: str = Field(default="", max_length=40, pattern="^[A-Za-z0-9_-]*$")
    take_over: bool = False
    lasts_s: int = Field(default=0, ge=0, le=86_400)


class Renewal(Closed):
    """The token that a play was opened with, or a later one."""

    token: str = Field(default="", max_length=2000)


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


class TokenAnswer(Closed):
    """A fresh token, until when it lasts (Unix seconds), and where to renew it."""

    token: str
    expires_at: int
    renew: str
