"""A delivery on disk, ready to send, by any choreography: a batch (`N_<stamp>/<ICPN>/<ICPN>.xml`,
`resources/`, BatchComplete) or a release by itself (`N_<ICPN>_<stamp>/<ICPN>.xml`)."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.choreography import manifest, names
from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ddex.choreography.rows import DEFAULT, ROWS
from ddex.ern.model import HashSum
from ddex.ern.write import write
from distro.message import Placed, build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ddex.choreography.rows import Choreography
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
    """A batch on disk, or a release by itself; `batch_id` is the stamp of its folder."""

    folder: Path
    batch_id: str
    releases: tuple[Packed, ...]


def write_batch(
    releases: Sequence[ReleaseInput],
    sides: Sides,
    out: Path,
    created: datetime,
    row: Choreography | None = None,
    priority: str = "N",
) -> Batch:
    """Write a top folder under `out` by a choreography; a batch is completed by a manifest.

    Raises:
        FileExistsError: one with this stamp is there already.
        ValueError: two releases share an ICPN, the choreography has no such priority, or takes
            one release only.
    """
    row = row or ROWS[DEFAULT]
    if len({release.icpn for release in releases}) != len(releases):
        raise ValueError("a release may occur only once in a batch")
    if row.style == "release" and len(releases) != 1:
        raise ValueError(f"by {row.key} each release has a folder of its own")
    stamp = names.stamp(created)
    folder = out / row.folder(stamp, releases[0].icpn if releases else "", priority)
    folder.mkdir(parents=True)
    if row.style == "release":
        alone = _pack(releases[0], sides, folder, created)
        return Batch(folder=folder, batch_id=stamp, releases=(alone,))
    packed = tuple(pack(release, sides, folder, created) for release in releases)
    complete(folder, stamp, packed, sides, created, row.manifest)
    return Batch(folder=folder, batch_id=stamp, releases=packed)


def pack(release: ReleaseInput, sides: Sides, folder: Path, created: datetime) -> Packed:
    """Write the folder of one release of a batch."""
    return _pack(release, sides, folder / release.icpn, created)


def _pack(release: ReleaseInput, sides: Sides, home: Path, created: datetime) -> Packed:
    """Files first, then the XML that names them."""
    resources = home / names.RESOURCES
    resources.mkdir(parents=True)
    placed = [_copy(source, resources / name) for source, name in _files(release)]
    stamp = names.stamp(created)
    message_id = f"{sides.sender_dpid[7:]}-{stamp}-{release.icpn}"
    message = home / f"{release.icpn}.xml"
    message.write_bytes(write(build(release, sides, placed, message_id, created)))
    return Packed(icpn=release.icpn, folder=home, message=message, message_id=message_id)


def complete(
    folder: Path,
    batch_id: str,
    packed: Sequence[Packed],
    sides: Sides,
    created: datetime,
    version: str = "18",
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
    path.write_bytes(manifest.write(content, version))
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
