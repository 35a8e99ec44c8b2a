"""Encodings that could not be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models.media import EncodingFailure
from server.cli.checkup.reading import Untold, connection
from server.cli.checkup.verdict import Patient, Verdict, ok, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection


def encodings(about: Patient) -> Verdict:
    """Failures that the service keeps trying; nothing is opened that isn't there."""
    try:
        with connection(about, EncodingFailure) as found:
            return _verdict(found) if found else ok("nothing was encoded yet")
    except Untold:
        return ok("can't be told: see `database`")


def _verdict(found: Connection) -> Verdict:
    query = select(func.count(), func.max(EncodingFailure.text))
    count, text = found.execute(query).one()
    if not count:
        return ok("none failed")
    releases = "1 release" if count == 1 else f"{count} releases"
    return warn(
        f"{releases} can't be encoded as they should: {text.splitlines()[0][:200]}",
        "segue media status; what is played meanwhile is the encoding before, if there is one",
    )
