"""How a refusal sounds in SFTP.

Stock clients speak version 3 of the protocol, which has no code for most faults: the text says it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncssh
import structlog

from ingest.doors.common.refusals import Reason, Refused, from_os

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = structlog.get_logger(__name__)


@contextmanager
def teaching() -> Iterator[None]:
    """Every error leaves as one of the protocol, with a text that says what to do."""
    try:
        yield
    except asyncssh.SFTPError:
        raise
    except Refused as refused:
        raise spoken(refused) from refused
    except OSError as error:
        raise spoken(from_os(error)) from error
    except Exception as error:
        _log.exception("sftp request failed")
        raise asyncssh.SFTPFailure(
            "the server has a fault of its own; try again, then tell the operator"
        ) from error


def spoken(refused: Refused) -> asyncssh.SFTPError:
    """The protocol's error for a refusal."""
    if refused.reason is Reason.MISSING:
        return asyncssh.SFTPNoSuchFile(refused.text)
    if refused.reason is Reason.DENIED:
        return asyncssh.SFTPPermissionDenied(refused.text)
    return asyncssh.SFTPFailure(refused.text)
