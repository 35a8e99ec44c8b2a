"""Encodings that could not be made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from catalog.models.media import EncodingFailure
from core.database import open_engine
from server.cli.checkup.verdict import Patient, Verdict, ok, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection


def encodings(about: Patient) -> Verdict:
    """Failures that the service keeps trying; nothing is opened that isn't there."""
    try:
        url = make_url(about.settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            return ok("nothing was encoded yet")
        engine = open_engine(about.settings.database_url)
        try:
            with engine.connect() as connection:
                return _verdict(connection)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError):
        return ok("can't be told: see `database`")


def _verdict(connection: Connection) -> Verdict:
    if not inspect(connection).has_table(EncodingFailure.__tablename__):
        return ok("nothing was encoded yet")
    query = select(func.count(), func.max(EncodingFailure.text))
    count, text = connection.execute(query).one()
    if not count:
        return ok("none failed")
    releases = "1 release" if count == 1 else f"{count} releases"
    return warn(
        f"{releases} can't be encoded as they should: {text.splitlines()[0][:200]}",
        "segue media status; what is played meanwhile is the encoding before, if there is one",
    )
