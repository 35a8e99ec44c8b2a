"""Tells the C library to keep memory that was freed, because uploads want it again at once.

glibc gives the pieces of an upload back to the kernel as soon as they are written and asks for them
again for the next ones; the kernel has to clear every page each time. Half of the system time of an
upload went there.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD = -1
_MMAP_THRESHOLD = -3
_KEPT = 64 << 20
_OF_THEIR_OWN = (8 << 20) + (64 << 10)
"""Bytes from which on a piece is given back all the same: a range of an object is a little less."""


def keep_freed() -> bool:
    """For this process, up to 64 MiB; False where the C library has no such switch."""
    try:
        choose = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(choose(_TRIM_THRESHOLD, _KEPT) and choose(_MMAP_THRESHOLD, _OF_THEIR_OWN))
