"""Opening a play: rights decide, then a token, a play id, and what the spool keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from catalog.queries.pages import refusal
from catalog.queries.playing import find_playable
from catalog.queries.sounds import NO_SOUND, sound_of
from core.auth import Role
from core.errors import NotFound
from server.errors import PlanChanged, PlayRefused, SignInRequired
from server.playback.keyring import LONGEST
from server.playback.tokens import Grant
from server.services import play_answer
from server.usage import clients
from server.usage.events import Opened, Progressed

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.queries.audience import Audience
    from catalog.queries.playing import Playable
    from catalog.queries.sounds import Sound
    from core.auth import Identity
    from core.clock import Clock
    from core.database import Database
    from server.playback.streams import Streams
    from server.playback.tokens import MediaTokens
    from server.services.audiences import Audiences
    from server.usage.events import PlayIds

GRACE = timedelta(hours=1)
DEAL_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a player asks for.

    Attributes:
        player: the browser or device.
        take_over: it takes the place of another one when too many play.
        lasts_s: how long its token has to last at least, in seconds.
    """

    release: str
    recording: str
    player: str = ""
    take_over: bool = False
    lasts_s: int = 0


def player_name(address: str, agent: str) -> str:
    """A name for a player that gives none."""
    return sha256(f"{address} {agent}".encode()).hexdigest()[:16]


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
        streams: Streams,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audiences = audiences
        self._tokens = tokens
        self._ids = ids
        self._streams = streams

    def open(self, identity: Identity | None, wanted: Wanted) -> OpenedPlay:
        """Decide, and prepare the play.

        Raises:
            NotFound: the release has no such recording.
            PlayRefused: rights do not allow it, or it has no audio yet.
            TooManyStreams: as many players of the account play as its tier allows.
        """
        now = self._clock()
        audience = self._audiences.of(identity)
        with self._database.read() as session:
            found = find_playable(session, wanted.release, wanted.recording, audience, now)
            sound = sound_of(session, found) if found else NO_SOUND
        if found is None:
            raise NotFound("this release has no such recording", remedy="read the release again")
        said = refusal(found.verdict, found.row.media)
        asset = sound.asset
        if not said["playable"] or asset is None:
            raise PlayRefused(said["reason"], reason=said["code"], until=found.verdict.until)
        play_id = self._ids.make()
        event = _event(play_id, identity, found, audience, now)
        expires = _expiry(now, event.duration_ms, wanted.lasts_s)
        grant = replace(_grant(identity, event, asset, expires), player=wanted.player)
        self._streams.open(grant, play_id, take_over=wanted.take_over)
        token = self.token_answer(play_id, grant)
        return OpenedPlay({**_answer(play_id, found, sound, token, grant), **token}, event)

    def renewed(self, identity: Identity | None, play_id: str, token: str) -> Grant:
        """The grant of this token, expired or not, as it would be given now; the gate has the
        last word on it.

        Raises:
            NotFound: play id or token is not ours.
            SignInRequired: it was given to somebody else.
            PlanChanged: the account may play something else now.
        """
        grant = self._tokens.read(token)
        if grant is None or not self._ids.genuine(play_id):
            raise NotFound("there is no such play", remedy="open the play again")
        if grant.account != (identity.id if identity else ""):
            raise SignInRequired("this play is of another account", remedy="open the play again")
        if identity and (identity.tier, identity.territory) != (grant.tier, grant.territory):
            raise PlanChanged
        now = self._clock()
        expires = max(grant.expires, int((now + GRACE).timestamp()))
        return replace(grant, epoch=identity.epoch if identity else 0, expires=expires)

    def token_answer(self, play_id: str, grant: Grant) -> dict[str, Any]:
        """`{token, expires_at, renew}`."""
        token = self._tokens.issue(grant)
        return {
            "token": token,
            "expires_at": grant.expires,
            "renew": f"/api/v1/plays/{play_id}/renew?token={token}",
        }

    def progressed(
        self,
        play_id: str,
        *,
        heard_ms: int,
        position_ms: int,
        event: str,
        seq: int,
        rendition: str = "",
    ) -> Progressed:
        """A beacon as the spool keeps it.

        Raises:
            NotFound: the play id is not one of ours.
        """
        if not self._ids.genuine(play_id):
            raise NotFound("there is no such play", remedy="open a play first")
        self._streams.reported(play_id, paused=event == "pause")
        return Progressed(
            play=play_id,
            at=self._clock(),
            heard_ms=heard_ms,
            position_ms=position_ms,
            event=event,
            seq=seq,
            rendition=rendition,
        )

    def heard_by(
        self, event: Opened, identity: Identity | None, address: str, agent: str
    ) -> Opened:
        """The event with what accounting has to know of who listens, and by which client."""
        return replace(
            event,
            operator=identity is not None and identity.role is Role.OPERATOR,
            address=self._ids.digest(address),
            client=clients.kind(agent),
        )


def _expiry(now: datetime, duration_ms: int, lasts_s: int) -> int:
    lasts = max(timedelta(milliseconds=duration_ms) + GRACE, timedelta(seconds=lasts_s))
    return int((now + min(lasts, LONGEST)).timestamp())


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
        isrc=found.row.recording.isrc,
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


def _answer(
    play_id: str, found: Playable, sound: Sound, token: dict[str, Any], grant: Grant
) -> dict[str, Any]:
    manifest = sound.manifest
    return {
        "play_id": play_id,
        "hls": f"/m/{token['token']}/{grant.asset}/master.m3u8",
        "dash": f"/m/{token['token']}/{grant.asset}/manifest.mpd",
        "recording": found.shape,
        "renditions": play_answer.renditions(manifest),
        "loudness": play_answer.loudness(manifest),
    }
