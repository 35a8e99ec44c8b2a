"""From a release input to the domain model of its ERN message."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import soundfile

from ddex.ern.model import (
    ContentItem,
    CopyrightLine,
    Credit,
    Deal,
    File,
    HashSum,
    Header,
    Identifier,
    Localized,
    Message,
    Party,
    Period,
    Release,
    Resource,
    ResourceGroup,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from distro.release import Offer, ReleaseInput, Sides, Track

MAIN = "R0"
COVER = "A0"
_CODECS = {"FLAC": "FLAC", "WAV": "PCM", "AIFF": "PCM"}
_BITS = re.compile(r"PCM_(?:S)?([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a file stands in the package: `uri` relative to the XML, `path` on this disk."""

    uri: str
    path: Path


def build(
    release: ReleaseInput,
    sides: Sides,
    files: Sequence[Placed],
    message_id: str,
    created: datetime,
) -> Message:
    """The message of a release; `files` are its tracks in order, then the cover if there is one."""
    parties = _Parties(release)
    label = _label(release, parties)
    covers = (_image(release, files[-1], sides),) if release.cover else ()
    recordings = tuple(
        _recording(number, track, file, release, parties)
        for number, (track, file) in enumerate(
            zip(release.tracks, files, strict=not covers), start=1
        )
    )
    return Message(
        type="NewReleaseMessage",
        version="43",
        header=_header(release, sides, message_id, created),
        profile="Audio",
        language=release.language,
        avs_version="3",
        parties=parties.all,
        resources=(*recordings, *covers),
        releases=(
            _main(release, recordings, covers, parties),
            *(
                _track_release(number, track, release, sides, label)
                for number, track in enumerate(release.tracks, start=1)
            ),
        ),
        deals=tuple(_deal(release, offer) for offer in release.offers),
    )


class _Parties:
    """Artist, label and writers, each once."""

    def __init__(self, release: ReleaseInput) -> None:
        names = [release.artist, release.label]
        names += [writer for track in release.tracks for writer in track.writers]
        self._references = {
            name: f"P{place}" for place, name in enumerate(dict.fromkeys(names), start=1)
        }

    def __getitem__(self, name: str) -> str:
        return self._references[name]

    @property
    def all(self) -> tuple[Party, ...]:
        """The entries of PartyList."""
        return tuple(
            Party(reference=reference, names=(Localized(text=name),))
            for name, reference in self._references.items()
        )


def _header(release: ReleaseInput, sides: Sides, message_id: str, created: datetime) -> Header:
    return Header(
        message_id=message_id,
        thread_id=release.icpn,
        sender_dpid=sides.sender_dpid,
        sender_name=sides.sender_name,
        recipients=(sides.recipient_dpid,),
        created=created,
        control_type=release.control_type,
    )


def _recording(
    number: int, track: Track, file: Placed, release: ReleaseInput, parties: _Parties
) -> Resource:
    writers = [
        Credit(party_reference=parties[name], roles=("Composer",), sequence=place)
        for place, name in enumerate(track.writers, start=1)
    ]
    return Resource(
        reference=f"A{number}",
        kind="SoundRecording",
        type="MusicalWorkSoundRecording",
        identifiers=(Identifier(kind="ISRC", value=track.isrc),),
        titles=(_everywhere(track.title),),
        display_artist_names=(_everywhere(release.artist),),
        display_artists=_artists(release, parties),
        contributors=tuple(writers),
        p_line=_line("(P)", release),
        duration=track.duration,
        advisories=(Localized(text=track.advisory),),
        files=(_audio_file(number, file),),
    )


def _audio_file(number: int, file: Placed) -> File:
    """What the file itself says about its format, its size and its hash."""
    plain = File(
        uri=file.uri,
        hashes=(_hash(file.path),),
        size_kb=file.path.stat().st_size / 1000,
        provided=True,
        technical_reference=f"T{number}",
    )
    try:
        info = soundfile.info(file.path)
    except soundfile.LibsndfileError:
        return plain  # not audio: the message can still be written, the recipient will judge
    bits = _BITS.fullmatch(info.subtype)
    return replace(
        plain,
        codec=_CODECS.get(info.format, ""),
        channels=str(info.channels),
        sampling_rate=str(info.samplerate),
        bit_depth=bits[1] if bits else "",
    )


def _image(release: ReleaseInput, file: Placed, sides: Sides) -> Resource:
    return Resource(
        reference=COVER,
        kind="Image",
        type="FrontCoverImage",
        identifiers=(
            Identifier(
                kind="ProprietaryId",
                value=f"{release.icpn}_FrontCoverImage",
                namespace=sides.sender_dpid,
            ),
        ),
        advisories=(Localized(text="NotExplicit"),),
        files=(
            File(
                uri=file.uri,
                hashes=(_hash(file.path),),
                size_kb=file.path.stat().st_size / 1000,
                provided=True,
                technical_reference="T0",
                codec="JPEG",
            ),
        ),
    )


def _main(
    release: ReleaseInput,
    recordings: Sequence[Resource],
    covers: Sequence[Resource],
    parties: _Parties,
) -> Release:
    return Release(
        reference=MAIN,
        is_main=True,
        types=(release.type,),
        identifiers=(Identifier(kind="ICPN", value=release.icpn),),
        titles=(_everywhere(release.title),),
        display_artist_names=(_everywhere(release.artist),),
        display_artists=_artists(release, parties),
        labels=(_label(release, parties),),
        genres=(_genre(release),),
        p_line=_line("(P)", release),
        c_line=_line("(C)", release),
        duration=sum((track.duration for track in release.tracks), timedelta()),
        release_date=release.release_date.isoformat(),
        original_release_date=release.release_date.isoformat(),
        advisories=(Localized(text=_advisory(release)),),
        resource_group=_group(release, recordings, covers),
    )


def _group(
    release: ReleaseInput, recordings: Sequence[Resource], covers: Sequence[Resource]
) -> ResourceGroup:
    """One group for one disc; a component for each disc when there are more."""
    pairs = list(zip(release.tracks, recordings, strict=True))
    linked = tuple(cover.reference for cover in covers)
    discs = [
        ResourceGroup(
            sequence=disc,
            type="Component",
            items=tuple(
                ContentItem(resource_reference=recording.reference, sequence=place)
                for place, (_, recording) in enumerate(members, start=1)
            ),
        )
        for disc, members in groupby(pairs, key=lambda pair: pair[0].disc)
    ]
    if len(discs) == 1:
        return ResourceGroup(sequence=1, items=discs[0].items, linked_references=linked)
    return ResourceGroup(groups=tuple(discs), linked_references=linked)


def _track_release(
    number: int, track: Track, release: ReleaseInput, sides: Sides, label: Localized
) -> Release:
    return Release(
        reference=f"R{number}",
        kind="TrackRelease",
        identifiers=(
            Identifier(
                kind="ProprietaryId",
                value=f"{release.icpn}_{track.isrc}",
                namespace=sides.sender_dpid,
            ),
        ),
        labels=(label,),
        genres=(_genre(release),),
        resource_references=(f"A{number}",),
    )


def _deal(release: ReleaseInput, offer: Offer) -> Deal:
    tracks = tuple(f"R{number}" for number, _ in enumerate(release.tracks, start=1))
    return Deal(
        release_references=(MAIN, *tracks),
        commercial_models=offer.models,
        use_types=offer.uses,
        territories=offer.territories,
        periods=(
            Period(
                start=offer.start.isoformat(),
                end=offer.end.isoformat() if offer.end else "",
            ),
        ),
    )


def _artists(release: ReleaseInput, parties: _Parties) -> tuple[Credit, ...]:
    return (Credit(party_reference=parties[release.artist], roles=("MainArtist",), sequence=1),)


def _label(release: ReleaseInput, parties: _Parties) -> Localized:
    return Localized(text=release.label, kind=parties[release.label], territories=("Worldwide",))


def _genre(release: ReleaseInput) -> Localized:
    return Localized(text=release.genre, subtitle=release.sub_genre, territories=("Worldwide",))


def _everywhere(text: str) -> Localized:
    return Localized(text=text, territories=("Worldwide",), is_default=True)


def _advisory(release: ReleaseInput) -> str:
    explicit = any(track.advisory == "Explicit" for track in release.tracks)
    return "Explicit" if explicit else "NotExplicit"


def _line(sign: str, release: ReleaseInput) -> CopyrightLine:
    year = str(release.release_date.year)
    return CopyrightLine(text=f"{sign} {year} {release.label}", year=year, company=release.label)


def _hash(path: Path) -> HashSum:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return HashSum(algorithm="SHA-256", value=digest, data_type="HexBinary")
