"""What the pages need of others, in their own words. `server/wiring.py` joins these to real parts.

Everything that a template shows is a plain dict of one of these shapes:

release card
    `{id, title, artist, artwork, hue, chroma, date, tracks, seconds}`;
    `artwork` is `/art/<digest>` or None (a size and `.webp` follow: 96, 320, 640, 1280),
    `hue` is 0-360, `chroma` 0-.12, `date` is ISO 8601 or "".
release page
    a card with `{type, label, genre, icpn, p_line, c_line, advisory, credits: [{role, names}],
    feed_name, discs: [{number, title, tracks: [track]}], playable, reason}`.
track
    `{recording_id, isrc, number, title, artist, seconds, advisory, plays, playable, reason,
    until, peaks, gapless_next, quality}`; `peaks` are integers 0-255 (about 200, may be empty),
    `gapless_next` says that the next track runs on without silence, `quality` is
    `{lossless, bits, rate}` (rate in Hz) or None.
search answer
    `{query, took_ms, hits: [{kind: release|recording|party, id, title, artist, release_id,
    artwork, hue, chroma, playable, reason}]}`.
viewer
    `{name, role: listener|operator, territory, tier}` or None for a visitor.
delivery
    the JSON of one delivery: `{id, feed, batch, release_folder, state, protocol, files, bytes,
    findings: [Finding.to_json()], acknowledgement, message_id, title, artist, icpn, artwork,
    received_at, updated_at, waiting_for, schema: used|absent, skipped: [rule number]}`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from catalog.lifecycle import DecisionKind
    from core.clock import Clock
    from server.reporting.closing import Office
    from server.services.encodings_desk import EncodingsDesk
    from server.services.feed_keeper import FeedKeeper
    from server.services.royalties_desk import RoyaltiesDesk
    from server.services.usage_desk import UsageDesk
    from server.services.watch import DoorWatch

Shape: TypeAlias = dict[str, Any]


class Catalogue(Protocol):
    """What listeners may see. `viewer` decides what is playable; nothing is hidden from cards."""

    def home(self, viewer: Shape | None) -> Shape:
        """`{"feature": release page or None, "shelves": [{"title", "releases": [card]}]}`."""
        ...

    def releases(self, viewer: Shape | None, offset: int, limit: int) -> Shape:
        """`{"total": int, "releases": [card]}`, newest first."""
        ...

    def release(self, viewer: Shape | None, release_id: str) -> Shape | None:
        """A release page, or None when there is no such release."""
        ...

    def search(self, viewer: Shape | None, query: str, limit: int) -> Shape:
        """A search answer."""
        ...

    def chain(self, release_id: str, asked: Mapping[str, str]) -> Shape:
        """`{"message", "verdicts"}`: why a release may be heard or not, from message to deal to
        clause. `asked` has territory, at, model, use. Raises NotFound or Misuse."""
        ...


class Desk(Protocol):
    """What operators see and do."""

    def deliveries(
        self, states: Sequence[str], offset: int, limit: int, *, feed: str = "", text: str = ""
    ) -> Shape:
        """`{"total", "counts": {state: int}, "deliveries": [delivery]}`, newest first.

        `counts` covers everything; `states`, `feed` (its id) and `text` empty mean all.
        """
        ...

    def waiting(self, states: Sequence[str]) -> int:
        """How many deliveries are in these states."""
        ...

    def delivery(self, delivery_id: str) -> Shape | None:
        """One delivery, or None."""
        ...

    def message(self, delivery_id: str) -> bytes | None:
        """The bytes of the delivery's XML as they arrived, or None when they are gone."""
        ...

    def spectrogram(self, delivery_id: str, path: str) -> bytes | None:
        """A PNG of the spectrum of a file of it that raised a doubt, or None."""
        ...

    def retry(self, delivery_id: str) -> None:
        """Runs the delivery again. Raises core.errors.Misuse when its state does not allow it."""
        ...

    def tell(self, delivery_id: str, channels: Sequence[str]) -> None:
        """Tells once more what was told about it. Raises core.errors.Misuse when nothing was."""
        ...

    def feeds(self) -> Shape:
        """`{"feeds": [{"id", "name", …}]}`."""
        ...

    def decide(self, kind: DecisionKind, delivery_id: str, reason: str, by: str) -> None:
        """Decides on a held delivery. Raises core.errors.Misuse when it is not held."""
        ...


class Chronicle(Protocol):
    """Looks back, and ahead."""

    def at_text(self, name: str, instant: str) -> list[Shape]:
        """Releases of this id as they were; empty means now. Raises NotFound or Misuse."""
        ...

    def decide(
        self, kind: DecisionKind, name: str, *, by: str, reason: str, feed: str = ""
    ) -> Shape:
        """Decides on a release. Raises NotFound, Conflict or Misuse."""
        ...

    def changes(self, delivery_id: str) -> Shape | None:
        """What a delivery's message changes, None when it has none that can be read."""
        ...


class Forgetful:
    """The harmless twin of `Chronicle`: it knows nothing."""

    def at_text(self, name: str, instant: str) -> list[Shape]:
        """Raises NotFound, whatever is asked."""
        raise NotFound(f"no {name} at {instant or 'any time'}")

    def decide(self, kind: DecisionKind, name: str, **_given: str) -> Shape:
        """Raises NotFound, whatever is asked."""
        raise NotFound(f"no {name} to {kind}")

    def changes(self, _delivery_id: str) -> Shape | None:
        """None."""
        return None


class Sessions(Protocol):
    """Who is looking, and how they sign in and out."""

    def viewer(self, request: Request) -> Shape | None:
        """The signed-in viewer, or None."""
        ...

    def sign_in(self, request: Request, response: Response, name: str, password: str) -> str:
        """Sets the session cookies on `response`; returns "", or the sentence that says why not."""
        ...

    def sign_out(self, request: Request, response: Response) -> None:
        """Ends the session and clears its cookies on `response`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """All that the pages are made of.

    Attributes:
        catalogue, desk, sessions, chronicle: see the protocols.
        static_folder: folder of the built player files, served under `/static`.
        manifest: logical name of a built file -> its hashed name.
        clock: what time it is, for the date on the home page and the age of deliveries.
        feeds: keeps feeds; without it there are no pages of them.
        watch: the audit log and bans; without, there is no page of the doors.
        royalties: months of money; without it there are no pages of them.
        reports: closes periods; without it there are no pages of reports.
        usage: figures of usage; without it there is no page of them.
        encodings: follows encodings; without it there is no page of them.
        sheet: the onboarding sheet of a feed as a page; raises NotFound.
        sftp: host and port of the SFTP door, for the page that teaches how to deliver.
    """

    catalogue: Catalogue
    desk: Desk
    sessions: Sessions
    static_folder: Path
    manifest: Mapping[str, str]
    clock: Clock
    sftp: tuple[str, int] = ("localhost", 2222)
    chronicle: Chronicle = field(default_factory=Forgetful)
    feeds: FeedKeeper | None = None
    sheet: Callable[[str], str] | None = None
    watch: DoorWatch | None = None
    royalties: RoyaltiesDesk | None = None
    reports: Office | None = None
    usage: UsageDesk | None = None
    encodings: EncodingsDesk | None = None
