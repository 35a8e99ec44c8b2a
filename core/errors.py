"""The base of our errors: whose fault it is and whether another try may help.

SegueError
├── Misuse            the caller's fault: bad settings, bad arguments, unknown id
│   ├── SettingsInvalid
│   ├── NotFound
│   ├── NotAllowed
│   └── Conflict
├── PartMissing       something of the system is not installed; names the package
└── Unavailable       may work on another try: network, lock, full disk
    └── DiskFull
"""

from __future__ import annotations


class SegueError(Exception):
    """Base of all errors that Segue raises on purpose. `remedy` says how to mend it."""

    retryable = False
    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Misuse(SegueError):
    """The caller asked for something that can't be."""

    exit_code = 2


class SettingsInvalid(Misuse):
    """A setting is unknown or has a value that can't be used."""


class NotFound(Misuse):
    """No such thing."""

    exit_code = 4


class NotAllowed(Misuse):
    """The caller may not do this."""

    exit_code = 5


class Conflict(Misuse):
    """It exists already, or is held by another process."""

    exit_code = 7


class PartMissing(SegueError):
    """Something of the system is missing; the message names the package."""


class Unavailable(SegueError):
    """May work on another try."""

    retryable = True
    exit_code = 6


class DiskFull(Unavailable):
    """No space left where the bytes should go."""
