"""Which acknowledgement answers which release, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ddex.choreography import acknowledgement, names
from ddex.choreography.verdict import reasons
from ddex.errors import MessageUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ddex.choreography.acknowledgement import Acknowledgement
    from distro.outbox import LocalRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An acknowledgement that came back for a release; `file` is its path at the target."""

    release: str
    file: str
    acknowledgement: Acknowledgement

    @property
    def ok(self) -> bool:
        """Whether the release was accepted."""
        return self.acknowledgement.ok

    def to_json(self) -> dict[str, Any]:
        """What `segue deliver --json` prints for a release."""
        ack = self.acknowledgement
        first = ack.statuses[0] if ack.statuses else None
        return {
            "release": self.release,
            "status": first.label if first else "",
            "file": self.file,
            "findings": [reason for status in ack.statuses for reason in reasons(status)],
            "message_id": ack.acknowledged_message_id,
            "release_status": ack.release_status,
            "proposed_action": ack.proposed_action,
            "isrcs": list(ack.isrcs),
        }


def understood(data: bytes) -> Acknowledgement | None:
    """The acknowledgement in a file, None while it can't be read (it may still be written)."""
    try:
        return acknowledgement.read(data)
    except MessageUnreadable:
        return None


def answered(
    releases: Iterable[LocalRelease], batch_id: str, file: str, ack: Acknowledgement
) -> LocalRelease | None:
    """The release that this acknowledgement is about, None when it is about none of these."""
    if batch_id and ack.batch_id and ack.batch_id != batch_id:
        return None
    found = list(releases)
    for test in (_by_message, _by_release, _by_name):
        for release in found:
            if test(release, file, ack):
                return release
    return None


def _by_message(release: LocalRelease, _file: str, ack: Acknowledgement) -> bool:
    return bool(release.message_id) and ack.acknowledged_message_id == release.message_id


def _by_release(release: LocalRelease, _file: str, ack: Acknowledgement) -> bool:
    if release.message_id and ack.acknowledged_message_id:
        return False
    return release.name.lstrip("0") in {each.lstrip("0") for each in ack.release.all}


def _by_name(release: LocalRelease, file: str, ack: Acknowledgement) -> bool:
    name = names.ack(file.rpartition("/")[2])
    if name is None or (release.message_id and ack.acknowledged_message_id):
        return False
    return name.id in {names.reduced(release.message_id), names.reduced(release.name)}
