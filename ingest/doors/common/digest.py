"""BLAKE3 of a file while it arrives, as long as it arrives more or less in order. Pure."""

from __future__ import annotations

from blake3 import blake3

HELD = 8 << 20
"""Bytes that may wait for an earlier piece before the file is hashed again at its end."""


class RunningDigest:
    """Takes pieces at offsets; knows the digest at the end, or that it must be read again.

    >>> running = RunningDigest()
    >>> running.update(3, b"def"); running.update(0, b"abc")
    >>> running.hexdigest(6) == blake3(b"abcdef").hexdigest()
    True
    """

    def __init__(self, *, usable: bool = True) -> None:
        self._hash = blake3()
        self._upto = 0
        self._waiting: dict[int, bytes | memoryview] = {}
        self._held = 0
        self._usable = usable

    def update(self, offset: int, piece: bytes | memoryview) -> None:
        """A piece was written at `offset`."""
        if not self._usable:
            return
        if offset < self._upto or offset in self._waiting:
            self.spoil()
        elif offset > self._upto:
            self._waiting[offset] = piece
            self._held += len(piece)
            if self._held > HELD:
                self.spoil()
        else:
            self._take(piece)
            while (follower := self._waiting.pop(self._upto, None)) is not None:
                self._held -= len(follower)
                self._take(follower)

    def spoil(self) -> None:
        """What was hashed no longer stands: overwritten, truncated or too far out of order."""
        self._usable = False
        self._waiting.clear()
        self._held = 0

    def truncated(self, size: int) -> None:
        """The file was cut or extended to `size` bytes."""
        if size < self._upto or self._waiting:
            self.spoil()

    def hexdigest(self, size: int) -> str | None:
        """The digest of the whole file of `size` bytes, or None: read it again."""
        if not self._usable or self._waiting or self._upto != size:
            return None
        return self._hash.hexdigest()

    def _take(self, piece: bytes | memoryview) -> None:
        self._hash.update(piece)
        self._upto += len(piece)
