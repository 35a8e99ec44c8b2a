"""How a choreography names folders and files, and what its answers look like. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ddex.choreography import acknowledgement, names
from ddex.choreography.acknowledgement import FILE_OK, Acknowledgement, Status
from ddex.choreography.parts import MessagingParty, ReleaseIds
from server.services.sheet.model import Sample

if TYPE_CHECKING:
    from ddex.choreography.rows import Choreography
    from server.services.sheet.model import Agreed, Us

RELEASE = "4006381333931"
WHEN = datetime(2026, 1, 5, 10, 5, 0, 123000, tzinfo=UTC)
MESSAGE = "EXAMPLE-0001"


def layout(row: Choreography) -> str:
    """A drawing of one delivery."""
    stamp = names.stamp(WHEN)
    top = row.folder(stamp, RELEASE, "N" if "N" in row.priorities else "")
    audio, cover = names.audio_name(RELEASE, 1, 1, "flac"), names.cover_name(RELEASE, "jpg")
    inside = [
        f"{RELEASE}.xml",
        f"{names.RESOURCES}/",
        f"    {audio}",
        f"    {cover}",
    ]
    if row.style == "batch":
        inside = [f"{RELEASE}/", *(f"    {each}" for each in inside), names.batch_complete(stamp)]
    return "\n".join([f"{top}/", *(f"    {each}" for each in inside)])


def rules(row: Choreography) -> tuple[str, ...]:
    """What the drawing does not show."""
    said = ["The number is a time in UTC: year to millisecond, 17 digits."]
    if row.priorities:
        letters = {"P": "P is first", "M": "M mixed", "N": "N is normal", "L": "L is last"}
        said.append(f"The first letter is the priority: {_listed(row.priorities, letters)}.")
    if row.style == "batch":
        said.append(
            "A batch holds one folder for each release. BatchComplete goes last, when all else is "
            "there; it may be empty or a manifest. Nothing is looked at before."
        )
    else:
        said.append(
            "Each release has a folder of its own. It is complete when its message and every file "
            "that the message names are there."
        )
    said.append("Paths in a message are relative to it. Send hash sums; they are checked.")
    said.append("Temporary names (.part, .tmp, .filepart, .in.…, a leading dot) never count.")
    return tuple(said)


def sample(row: Choreography, agreed: Agreed, us: Us) -> Sample | None:
    """The answer to a good release, by the writer of all answers; None where none are agreed."""
    version = agreed.acknowledgements
    if version == "none":
        return None
    stamp = names.stamp(WHEN)
    top = row.folder(stamp, RELEASE, "N" if "N" in row.priorities else "")
    ack = Acknowledgement(
        message_id="ACK-EXAMPLE-0001",
        sender=MessagingParty(dpid=us.dpid, name=us.name),
        recipient=MessagingParty(dpid=agreed.dpids[0], name=agreed.name),
        created=WHEN,
        release=ReleaseIds(icpn=RELEASE),
        release_status="SuccessfullyIngestedByReleaseDistributor",
        statuses=(Status(status=FILE_OK),),
        acknowledged_message_id=MESSAGE,
        batch_id=stamp if row.style == "batch" else "",
    )
    name = names.ack_name(MESSAGE, RELEASE, stamp, stamp_first=row.stamp_first)
    written = acknowledgement.write(ack, version)
    return Sample(path=f"{row.ack_place(top)}/{name}", xml=written.decode())


def _listed(letters: tuple[str, ...], words: dict[str, str]) -> str:
    return ", ".join(words[letter] for letter in letters)
