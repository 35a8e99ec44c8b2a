"""Opening a preview: rights decide, then a token for a part of the track. It counts as no play."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from catalog.queries.previews import USE, find_preview, part_of
from catalog.queries.sounds import NO_SOUND, sound_of
from core.errors import NotFound
from server.errors import PlayRefused
from server.playback.tokens import Grant
from server.services import play_answer
from transcode.cuts import Clip, cut
from transcode.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from catalog.queries.audience import Audience
    from catalog.queries.previews import Previewable
    from core.auth import Identity
    from core.clock import Clock
    from core.database import Database
    from server.playback.tokens import MediaTokens
    from server.services.audiences import Audiences

GRACE = timedelta(minutes=15)


class Previews:
    """Opens previews for the tiers that have them; `seconds` is how long one is where the message
    does not say it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audiences: Audiences,
        tokens: MediaTokens,
        *,
        tiers: Collection[str],
        seconds: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audiences = audiences
        self._tokens = tokens
        self._tiers = tiers
        self._seconds = seconds

    def open(self, identity: Identity | None, release_id: str, recording_id: str) -> dict[str, Any]:
        """The address of a preview, and its edges in whole samples.

        Raises:
            NotFound: the release has no such recording.
            PlayRefused: the tier has no previews, rights allow none, or there is no audio yet.
        """
        now = self._clock()
        audience = self._audiences.of(identity)
        if audience.tier not in self._tiers:
            text = f"Previews are not in the {audience.tier} plan."
            raise PlayRefused(text, reason="not_in_plan", until=None)
        with self._database.read() as session:
            asked = find_preview(session, release_id, recording_id, audience, now)
            sound = sound_of(session, asked.found) if asked else NO_SOUND
        if asked is None:
            raise NotFound("this release has no such recording", remedy="read the release again")
        verdict = asked.verdict
        if not verdict.allowed:
            code = verdict.reason.code.value
            raise PlayRefused(verdict.reason.message, reason=code, until=verdict.until)
        if sound.asset is None:
            raise PlayRefused("Its audio is not ready yet.", reason="no_audio", until=None)
        clip = self._clip(asked, sound.manifest)
        expires = now + timedelta(milliseconds=clip.end_ms - clip.start_ms) + GRACE
        grant = _grant(identity, asked, audience, sound.asset, clip, int(expires.timestamp()))
        return _answer(self._tokens.issue(grant), asked, sound.manifest, grant, clip)

    def _clip(self, asked: Previewable, manifest: Mapping[str, Any]) -> Clip:
        recording = asked.found.row.recording
        length = recording.duration_ms
        if manifest.get("samples") and manifest.get("rate"):
            length = manifest["samples"] * 1000 // manifest["rate"]
        return Clip(*part_of(recording.clip, length, self._seconds * 1000))


def _grant(
    identity: Identity | None,
    asked: Previewable,
    audience: Audience,
    asset: str,
    clip: Clip,
    expires: int,
) -> Grant:
    return Grant(
        account=identity.id if identity else "",
        epoch=identity.epoch if identity else 0,
        release=asked.found.release.id,
        recording=asked.found.row.recording.id,
        asset=asset,
        territory=audience.territory,
        tier=audience.tier,
        model="",
        use=USE,
        expires=expires,
        clip=f"{clip.start_ms}-{clip.end_ms}",
    )


def _answer(
    token: str, asked: Previewable, manifest: Mapping[str, Any], grant: Grant, clip: Clip
) -> dict[str, Any]:
    return {
        "token": token,
        "expires_at": grant.expires,
        "hls": f"/m/{token}/{grant.asset}/master.m3u8",
        "dash": f"/m/{token}/{grant.asset}/manifest.mpd",
        "recording": asked.found.shape,
        "start_ms": clip.start_ms,
        "end_ms": clip.end_ms,
        "renditions": clipped(manifest, clip),
        "loudness": play_answer.loudness(manifest),
    }


def clipped(manifest: Mapping[str, Any], clip: Clip) -> list[dict[str, Any]]:
    """The renditions of a play, cut to what the clip needs.

    `segments` are those that are listed, from number `first` (or byte `offset`) on; the clip is the
    samples [delay, delay + samples) of what they decode to, and `decode_time` is that of the first.
    """
    plain = {name: manifest[name] for name in manifest if name != "album_loudness"}
    known = Manifest.from_json(plain).renditions
    found = []
    told = play_answer.renditions(manifest)
    for shown, one, part in zip(told, known, cut(known, clip), strict=True):
        before = sum(segment.bytes for segment in one.segments[: part.first])
        listed = one.segments[part.first : part.last + 1]
        found.append(
            {
                **shown,
                "delay": part.start - part.decode_time,
                "samples": part.end - part.start,
                "segments": [(segment.samples, segment.bytes) for segment in listed],
                "decode_time": part.decode_time,
                "first": part.first,
                "offset": one.init_bytes + before,
            }
        )
    return found
