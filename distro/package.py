"""A batch on disk, ready to send: `N_<stamp>/<ICPN>/<ICPN>.xml`, `resources/`, BatchComplete."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.choreography import manifest, names
from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ddex.ern.model import HashSum
from ddex.ern.write import write
from distro.message import Placed, build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from distro.release import ReleaseInput, Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One release in a batch."""

    icpn: str
    folder: Path
    message: Path
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch on disk."""

    folder: Path
    batch_id: str
    releases: tuple[Packed, ...]


def write_batch(
    releases: Sequence[ReleaseInput], sides: Sides, out: Path, created: datetime
) -> Batch:
    """Write a batch folder under `out`, completed by a manifest.

    Raises:
        FileExistsError: a batch with this stamp is there already.
        ValueError: two releases share an ICPN.
    """
    if len({release.icpn for release in releases}) != len(releases):
        raise ValueError("a release may occur only once in a batch")
    stamp = names.stamp(created)
    folder = out / names.batch_folder(stamp)
    folder.mkdir(parents=True)
    packed = tuple(pack(release, sides, folder, created) for release in releases)
    complete(folder, stamp, packed, sides, created)
    return Batch(folder=folder, batch_id=stamp, releases=packed)


def pack(release: ReleaseInput, sides: Sides, folder: Path, created: datetime) -> Packed:
    """Write the folder of one release: files first, then the XML that names them."""
    home = folder / release.icpn
    resources = home / names.RESOURCES
    resources.mkdir(parents=True)
    placed = [_copy(source, resources / name) for source, name in _files(release)]
    stamp = names.stamp(created)
    message_id = f"{sides.sender_dpid[7:]}-{stamp}-{release.icpn}"
    message = home / f"{release.icpn}.xml"
    message.write_bytes(write(build(release, sides, placed, message_id, created)))
    return Packed(icpn=release.icpn, folder=home, message=message, message_id=message_id)


def complete(
    folder: Path, batch_id: str, packed: Sequence[Packed], sides: Sides, created: datetime
) -> Path:
    """Write (again) the BatchComplete manifest over the messages as they are on disk now."""
    path = folder / names.batch_complete(batch_id)
    content = Manifest(
        sender=MessagingParty(dpid=sides.sender_dpid, name=sides.sender_name),
        recipient=MessagingParty(dpid=sides.recipient_dpid, name=sides.recipient_name),
        created=created,
        root=folder.name,
        messages=tuple(_entry(each) for each in packed),
    )
    path.write_bytes(manifest.write(content))
    return path


def _entry(packed: Packed) -> BatchMessage:
    digest = hashlib.sha256(packed.message.read_bytes()).hexdigest()
    return BatchMessage(
        message_id=packed.message_id,
        url=f"./{packed.folder.name}/{packed.message.name}",
        releases=(ReleaseIds(icpn=packed.icpn),),
        hash_sum=HashSum(algorithm="SHA-256", value=digest, data_type="HexBinary"),
    )


def _files(release: ReleaseInput) -> list[tuple[Path, str]]:
    """(source, name in the package) of every file, the cover last."""
    found = []
    counts: dict[int, int] = {}
    for track in release.tracks:
        counts[track.disc] = counts.get(track.disc, 0) + 1
        extension = track.audio.suffix.lstrip(".").lower()
        name = names.audio_name(release.icpn, track.disc, counts[track.disc], extension)
        found.append((track.audio, name))
    if release.cover:
        found.append((release.cover, names.cover_name(release.icpn, "jpg")))
    return found


def _copy(source: Path, target: Path) -> Placed:
    shutil.copyfile(source, target)
    return Placed(uri=f"{names.RESOURCES}/{target.name}", path=target)
