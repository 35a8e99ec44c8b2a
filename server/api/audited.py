"""Requests of senders, written down in the audit log with how they ended."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.errors import status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from ingest.doors.common.audit import Trail


@dataclass(slots=True)
class Outcome:
    """How a request ended."""

    status: int = 0


@contextmanager
def written_down(trail: Trail, request: Request) -> Iterator[Outcome]:
    """Write the request of the block down; the address without its query, which may be anything."""
    outcome, code, said = Outcome(), "ok", ""
    try:
        yield outcome
    except Exception as error:
        outcome.status, code = status_of(error)
        said = f": {getattr(error, 'text', '') or getattr(error, 'message', '')}"
        raise
    finally:
        trail.record(
            "command",
            path=request.url.path,
            outcome=code if code != "ok" or outcome.status < 400 else str(outcome.status),
            detail=f"{request.method} {outcome.status or 'broken off'}{said}",
        )
