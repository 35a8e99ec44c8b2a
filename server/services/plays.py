"""Opening a play: rights decide, then a token, a play id, and what the spool keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from catalog.queries.pages import refusal
from catalog.queries.playing import find_playable
from core.errors import NotFound
from server.errors import PlayRefused
from server.playback.tokens import Grant
from server.services import play_answer
from server.usage.events import Opened, Progressed

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.queries.audience import Audience
    from catalog.queries.playing import Playable
    from core.auth import Identity
    from core.clock import Clock
    from core.database import Database
    from server.playback.tokens import MediaTokens
    from server.services.audiences import Audiences
    from server.usage.events import PlayIds

GRACE = timedelta(hours=1)
DEAL_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class OpenedPlay:
    """The answer to the listener, and the event to be kept before it is given."""

    answer: dict[str, Any]
    event: Opened


class Plays:
    """Opens plays and judges beacons."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audiences: Audiences,
        tokens: MediaTokens,
        ids: PlayIds,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audiences = audiences
        self._tokens = tokens
        self._ids = ids

    def open(self, identity: Identity | None, release_id: str, recording_id: str) -> OpenedPlay:
        """Decide, and prepare the play.

        Raises:
            NotFound: the release has no such recording.
            PlayRefused: rights do not allow it, or it has no audio yet.
        """
        now = self._clock()
        audience = self._audiences.of(identity)
        with self._database.read() as session:
            found = find_playable(session, release_id, recording_id, audience, now)
        if found is None:
            raise NotFound("this release has no such recording", remedy="read the release again")
        said = refusal(found.verdict, found.row.media)
        asset = found.asset
        if not said["playable"] or asset is None:
            raise PlayRefused(said["reason"], reason=said["code"], until=found.verdict.until)
        play_id = self._ids.make()
        event = _event(play_id, identity, found, audience, now)
        grant = _grant(identity, event, asset, _expiry(now, event.duration_ms))
        return OpenedPlay(_answer(play_id, self._tokens.issue(grant), found, grant), event)

    def progressed(
        self, play_id: str, *, heard_ms: int, position_ms: int, event: str, seq: int
    ) -> Progressed:
        """A beacon as the spool keeps it.

        Raises:
            NotFound: the play id is not one of ours.
        """
        if not self._ids.genuine(play_id):
            raise NotFound("there is no such play", remedy="open a play first")
        return Progressed(
            play=play_id,
            at=self._clock(),
            heard_ms=heard_ms,
            position_ms=position_ms,
            event=event,
            seq=seq,
        )


def _expiry(now: datetime, duration_ms: int) -> int:
    return int((now + timedelta(milliseconds=duration_ms) + GRACE).timestamp())


def _event(
    play_id: str, identity: Identity | None, found: Playable, audience: Audience, now: datetime
) -> Opened:
    verdict = found.verdict
    return Opened(
        play=play_id,
        at=now,
        account=identity.id if identity else None,
        release=found.release.id,
        recording=found.row.recording.id,
        feed=found.release.feed_id,
        deal=verdict.reference[-DEAL_CHARACTERS:],
        territory=audience.territory,
        tier=audience.tier,
        model=verdict.model,
        use=verdict.use,
        duration_ms=found.row.recording.duration_ms,
    )


def _grant(identity: Identity | None, event: Opened, asset: str, expires: int) -> Grant:
    return Grant(
        account=identity.id if identity else "",
        epoch=identity.epoch if identity else 0,
        release=event.release,
        recording=event.recording,
        asset=asset,
        territory=event.territory,
        tier=event.tier,
        model=event.model,
        use=event.use,
        expires=expires,
    )


def _answer(play_id: str, token: str, found: Playable, grant: Grant) -> dict[str, Any]:
    media = found.row.media
    manifest = (media.manifest if media else None) or {}
    return {
        "play_id": play_id,
        "hls": f"/m/{token}/{grant.asset}/master.m3u8",
        "recording": found.shape,
        "gapless": gapless(manifest),
        "renditions": play_answer.renditions(manifest),
        "loudness": play_answer.loudness(manifest),
        "expires": grant.expires,
    }


def gapless(manifest: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Rendition -> `{rate, start, samples, delay}` in integer samples, for exact joins.

    The music is the samples [start, start + samples) of what the segments decode to; of these
    first `start` ones, `delay` are the encoder's.
    """
    return {
        rendition["name"]: {
            "rate": rendition["rate"],
            "start": rendition["delay"],
            "samples": rendition["samples"],
            "delay": rendition["delay"],
        }
        for rendition in manifest.get("renditions", [])
    }
