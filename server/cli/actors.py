"""Who decides when a command is called."""

from __future__ import annotations

import os
import pwd


def command_line() -> str:
    """The account of the operating system that runs the command."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a number without a name, as in containers
        name = str(os.getuid())
    return f"command line: {name}"
