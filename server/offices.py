"""The office that closes periods, made of an open data folder; for commands and for the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.schemas import SchemaFolder
from core.sealed import Sealer
from server.books import usage_store
from server.reporting.closing import Office
from server.reporting.envelope import Party

if TYPE_CHECKING:
    from server.local import Local


def report_office(local: Local) -> Office:
    """Closes periods over this data folder."""
    schemas = SchemaFolder(local.settings.schema_folder)
    party = local.settings.party
    return Office(
        database=local.database,
        clock=local.clock,
        usage=usage_store(local),
        inbox=local.data.inbox,
        folder=local.data.root / "reports",
        sender=Party(dpid=party.dpid, name=party.name),
        resource=schemas if schemas.configured else None,
        sealer=Sealer(local.data.keys),
        four_eyes=local.settings.dsr.four_eyes,
    )
