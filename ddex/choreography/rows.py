"""The choreographies that a feed may follow, one row each: folders, completion, acknowledgements.

Facts: DDEX ERN-C for SFTP 1.6 and 1.7, clauses 7 and 8 (release by release, batch), and ERN part 3
for cloud-based storage 1.8.1, clauses 5 and 6. 1.6 brought the priority letter, 1.7 the mixed (M)
and 1.8.1 the low (L) priority; before 1.6 there was none, and bare stamps still occur in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ddex.choreography.names import ACKNOWLEDGEMENTS, batch_folder, release_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

Version = Literal["1.6", "1.7", "1.8"]
Style = Literal["batch", "release"]
Completion = Literal["empty", "manifest", "either", "none"]
Ack = Literal["18", "16", "none"]

PRIORITIES = ("P", "", "M", "N", "L")
"""Letters of folders in the order of their turn; a folder without one is taken as before 1.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choreography:
    """How a sender and we work together.

    `completion`: what a BatchComplete file may be; `none` when the message itself and the files it
    names say what is whole. `priorities`: letters the version knows; senders may leave them out.
    `ack`: schema of acknowledgements, `ack_folder` their place, with `{folder}` for the folder they
    answer; `stamp_first`: their name is `ACK_<stamp>_<id>.xml` and not `ACK_<id>_<stamp>.xml`.
    `manifest`: schema of manifests. `follow_ups`: whether later states can be told in it. `bare`:
    release folders are named by their release alone and lie at the root.
    """

    key: str
    version: Version
    style: Style
    completion: Completion
    priorities: tuple[str, ...]
    ack: Ack
    ack_folder: str
    stamp_first: bool
    manifest: Literal["16", "18"]
    follow_ups: bool
    bare: bool = False

    def ack_place(self, folder: str) -> str:
        """The folder of the acknowledgements about what came in this top folder."""
        return self.ack_folder.format(folder=folder)

    def folder(self, stamp: str, release_id: str = "", priority: str = "N") -> str:
        """The name of the top folder of a batch, or of this release.

        Raises:
            ValueError: this version has no such priority, or a release needs its id.
        """
        if priority and priority not in self.priorities:
            known = ", ".join(self.priorities)
            raise ValueError(f"{self.key} has no priority {priority!r}; there are {known}")
        if self.style == "batch":
            return batch_folder(stamp, priority)
        if not release_id:
            raise ValueError(f"a folder of {self.key} is named by its release")
        return release_id if self.bare else release_folder(release_id, stamp, priority)


def _row(
    key: str,
    version: Version,
    style: Style,
    priorities: str,
    *,
    inside: bool = False,
    bare: bool = False,
) -> Choreography:
    """`inside`: acknowledgements lie in the folder that they answer."""
    new = version == "1.8"
    return Choreography(
        key=key,
        version=version,
        style=style,
        completion="either" if style == "batch" else "none",
        priorities=tuple(priorities),
        # the schema of 1.7's ErnAcknowledgementStatusMessage was never public; its structure is
        # that of 1.8
        ack="16" if version == "1.6" else "18",
        ack_folder=f"{{folder}}/{ACKNOWLEDGEMENTS}" if inside else ACKNOWLEDGEMENTS,
        stamp_first=not new,
        manifest="18" if new else "16",
        follow_ups=version != "1.6",
        bare=bare,
    )


ROWS: Mapping[str, Choreography] = MappingProxyType(
    {
        row.key: row
        for row in (
            _row("batch-1.8", "1.8", "batch", "PNL"),
            _row("batch-1.8.1", "1.8", "batch", "PNL", inside=True),
            _row("release-1.8", "1.8", "release", "PNL"),
            _row("batch-1.7", "1.7", "batch", "PMN"),
            _row("release-1.7", "1.7", "release", "PN"),
            _row("batch-1.6", "1.6", "batch", "PN"),
            _row("release-1.6", "1.6", "release", "PN"),
            _row("bare", "1.8", "release", "", bare=True),
        )
    }
)
"""By key. `batch-1.8.1` puts acknowledgements where ERN part 3 wants them, into the batch;
`batch-1.8` at the feed's root, where senders of all other versions look. `bare` is no standard:
release folders without any batch, as senders without a choreography of their own put them."""

DEFAULT = "batch-1.8"


def row(key: str) -> Choreography:
    """The choreography of this key, the default one for an empty key.

    Raises:
        ValueError: there is none.
    """
    found = ROWS.get(key or DEFAULT)
    if found is None:
        raise ValueError(f"no choreography {key!r}; there are {', '.join(ROWS)}")
    return found


def turn(priority: str) -> int:
    """The smaller, the sooner: P, then bare, then M, N and L."""
    return PRIORITIES.index(priority) if priority in PRIORITIES else PRIORITIES.index("N")
