"""A look into the database of the installation, if there is one; nothing is made."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from core.database import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from core.database import Base
    from server.cli.checkup.verdict import Patient


class Untold(Exception):
    """The database can't be asked; the check of it says why."""


@contextmanager
def connection(about: Patient, *tables: type[Base]) -> Iterator[Connection | None]:
    """A connection, None while these tables are not there yet.

    Raises:
        Untold: it can't be asked.
    """
    try:
        url = make_url(about.settings.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            yield None
            return
        engine = open_engine(about.settings.database_url)
        try:
            with engine.connect() as made:
                there = all(inspect(made).has_table(each.__tablename__) for each in tables)
                yield made if there else None
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as wrong:
        raise Untold from wrong
