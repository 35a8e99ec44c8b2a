"""What can be wrong with a media file, and with our own encoding of it.

MediaFault      the sender's: the file is corrupt, truncated or of a kind we can't use
EncodingFault   ours: the encoder's output isn't what the recipe promises
"""

from __future__ import annotations

from typing import Literal

from core.errors import SegueError

FaultKind = Literal["corrupt", "truncated", "unsupported"]


class MediaFault(SegueError):
    """A media file that can't be used. `message` is fit for the sender of the file."""

    def __init__(self, kind: FaultKind, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.kind: FaultKind = kind

    def __reduce__(self) -> tuple[type[MediaFault], tuple[str, str], dict[str, str]]:
        """Durable work keeps errors; by its arguments alone it could not be read back."""
        return MediaFault, (self.kind, self.message), {"remedy": self.remedy}


class EncodingFault(SegueError):
    """ffmpeg ended well but its output breaks an invariant of the recipe."""
