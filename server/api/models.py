"""Shapes of requests and answers, for validation at the edge and for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from server.api.closed import Closed
from server.api.models_about import About  # noqa: TC001 - pydantic resolves it
from server.api.models_playing import (  # noqa: TC001 - as above
    PlayedLoudness,
    PlayedRendition,
)

_ID = Field(min_length=1, max_length=64)


class Empty(Closed):
    """Nothing."""


# ---- requests


class SignIn(Closed):
    """Name and password of an account."""

    name: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=1024)


class Page(Closed):
    """A page of a list; `cursor` comes from the page before."""

    cursor: str | None = Field(default=None, max_length=200)
    limit: int = Field(default=24, ge=1, le=100)


class At(Closed):
    """An instant to look back to."""

    at: str = Field(default="", max_length=40, description="ISO 8601; empty means now.")


class Changes(Closed):
    """What a message changes, or would change."""

    release: str
    type: str
    applied: bool = Field(description="Whether the log has it as accepted.")
    effect: str = Field(description="The event it causes; recorded or nothing when it causes none.")
    title: str
    fields: list[dict[str, Any]] = Field(description="`{field, before, after}`.")
    tracks: list[dict[str, Any]] = Field(description="`{recording, title, change, before, after}`.")
    deals: list[dict[str, Any]] = Field(description="`{territory, before, after}`.")


class Past(Closed):
    """Releases of one id or number, as they were."""

    releases: list[dict[str, Any]]


class Decide(Closed):
    """A decision on a held delivery."""

    reason: str = Field(min_length=1, max_length=2000, description="Why; it stays in the log.")


class Window(Closed):
    """A part of a list by position."""

    offset: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=50, ge=1, le=200)
    state: str = Field(default="", max_length=20, pattern="^[a-z]*$")


class Query(Closed):
    """What was typed."""

    q: str = Field(default="", max_length=200)
    limit: int = Field(default=20, ge=1, le=50)


class Beacon(Closed):
    """Progress of a play: milliseconds really heard so far, and the place in the track.

    `seq` counts the beacons of the play from 1; a repeated or late one changes nothing.
    `rendition` names the one that is heard.
    """

    heard_ms: int = Field(ge=0, le=86_400_000)
    position_ms: int = Field(default=0, ge=0, le=86_400_000)
    event: Literal["progress", "pause", "end"] = "progress"
    seq: int = Field(ge=0, le=1_000_000)
    rendition: str = Field(default="", max_length=40, pattern="^[A-Za-z0-9_-]*$")


# ---- answers


class Problem(BaseModel):
    """What went wrong; more fields by code (`reason`, `until`, `fields`)."""

    code: str
    message: str
    remedy: str


class ErrorAnswer(BaseModel):
    """Every error."""

    error: Problem


class Viewer(Closed):
    """Who is signed in."""

    name: str
    role: Literal["listener", "operator"]
    territory: str
    tier: str


class SessionAnswer(Closed):
    """The session; no viewer means nobody is signed in."""

    viewer: Viewer | None
    anonymous_may_play: bool


class Card(Closed):
    """A release in a list. `artwork` is followed by `/<96|320|640|1280>.<webp|jpg>`."""

    id: str
    title: str
    artist: str
    artwork: str | None
    hue: float
    chroma: float
    date: str
    tracks: int
    seconds: float


class Cards(Closed):
    """A page of releases, newest first."""

    releases: list[Card]
    next: str | None


class Credit(Closed):
    """Who did what."""

    role: str
    names: list[str]


class Quality(Closed):
    """Of the master: sample rate in Hz, bits per sample (0 when lossy)."""

    lossless: bool
    bits: int
    rate: int


class Known(Closed):
    """A recording as listeners see it."""

    recording_id: str
    isrc: str
    number: int
    title: str
    artist: str
    seconds: float
    advisory: str
    peaks: list[int]
    quality: Quality | None


class Track(Known):
    """A track for this viewer; `reason`, `code` and `until` say why it can't be played."""

    plays: int
    playable: bool
    reason: str | None
    code: str | None
    until: str | None
    gapless_next: bool


class Disc(Closed):
    """A disc."""

    number: int
    title: str
    tracks: list[Track]


class ReleasePage(Card):
    """A release with its tracks. `type` is a listener's word: Album, EP, Single."""

    type: str
    label: str
    genre: str
    icpn: str | None
    p_line: str
    c_line: str
    advisory: str
    credits: list[Credit]
    feed_name: str
    about: About | None = None
    discs: list[Disc]
    playable: bool
    reason: str | None
    code: str | None
    until: str | None


class Hit(Closed):
    """A thing found; `release_id` is where to go, `reason` why it can't be played."""

    kind: Literal["release", "recording", "party"]
    id: str
    title: str
    artist: str
    release_id: str
    artwork: str | None
    hue: float
    chroma: float
    playable: bool
    reason: str | None


class SearchAnswer(Closed):
    """Hits, best first."""

    query: str
    took_ms: float
    hits: list[Hit]


class PlayedRecording(Known):
    """The recording of a play."""

    release_id: str


class PlayAnswer(Closed):
    """A play that may begin: addresses, media in whole samples, and the token in the addresses.

    `expires_at` is in Unix seconds; a POST to `renew` gives a token that lasts longer, to stand in
    the same place of the addresses (`/m/<token>/…`).
    """

    play_id: str
    hls: str
    dash: str
    recording: PlayedRecording
    renditions: list[PlayedRendition]
    loudness: PlayedLoudness
    token: str
    expires_at: int
    renew: str


class Delivery(Closed):
    """One delivery."""

    id: str
    feed: str
    feed_name: str
    batch: str
    release_folder: str
    state: str
    protocol: str
    files: int
    file_list: list[dict[str, Any]]
    bytes: int
    findings: list[dict[str, Any]]
    acknowledgement: str | None
    message_id: str | None
    release_id: str | None
    title: str | None
    artist: str | None
    icpn: str | None
    artwork: str | None
    received_at: str
    updated_at: str
    waiting_for: str
    is_test: bool = Field(
        default=False, description="Whether it is a test: never published, in no figures."
    )
    attention_at: str | None = Field(
        default=None, description="When an incomplete delivery had waited for too long."
    )
    schema_check: Literal["used", "absent"] = Field(
        alias="schema", description="Whether the DDEX schema was there to check the message."
    )
    skipped: list[int] = Field(description="Rules that could not be judged.")
    policy: dict[str, Any] = Field(
        description="The feed's policy by which it was judged: name, overrides, numbers."
    )
    fault: str | None = Field(description="What Segue itself could not do, when it failed.")
    decisions: list[dict[str, Any]] = Field(
        default_factory=list, description="What operators decided; only when one delivery is read."
    )
    report: dict[str, Any] | None = Field(
        default=None,
        description="What a message that changes no release shows: a catalogue list compared with "
        "what is here, or what an enrichment speaks of; only when one delivery is read.",
    )
    availability: Literal["scheduled", "available", "taken_down", "purged"] | None = Field(
        default=None,
        description="Its release now, whoever changed it since; only when one delivery is read.",
    )
    answers: list[dict[str, Any]] = Field(
        default_factory=list,
        description="What its sender was told: the acknowledgement of each attempt, then each "
        "change of the release's availability; only when one delivery is read.",
    )
    tellings: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Webhook posts, mails, and what went to the sender's web service about it, and "
        "what became of each; only when one delivery is read.",
    )


class TellAgain(Closed):
    """What is told once more; nothing named means all that was told."""

    channels: list[Literal["acknowledgement", "webhook", "mail", "atom"]] = Field(
        default_factory=list, max_length=4
    )


class Deliveries(Closed):
    """A part of all deliveries, newest first."""

    total: int
    counts: dict[str, int]
    deliveries: list[Delivery]


class Policy(Closed):
    """How severe rules are for a feed: a name, and what differs from it."""

    name: Literal["strict", "normal", "lenient"] = "normal"
    overrides: dict[str, Literal["reject", "hold", "warn", "off"]] = Field(
        default_factory=dict, max_length=500, description="Severity by code or rule number."
    )
    numbers: dict[str, int] = Field(
        default_factory=dict, max_length=20, description="Such as cover_warn_px."
    )
    terms: dict[str, bool] = Field(
        default_factory=dict,
        max_length=20,
        description="Such as takes_tests, tis or album_covers_tracks; what is not said stays.",
    )
