"""Whether a message that is no NewReleaseMessage may be acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import owners
from ingest import faults, rulings

if TYPE_CHECKING:
    from core.database import Database
    from ddex.ern.model import Message
    from ddex.findings import Finding

PURGE = "PurgeReleaseMessage"


def findings(database: Database, feed_id: str, message: Message) -> tuple[Finding, ...]:
    """Nothing for a NewReleaseMessage. A purge of another sender's release holds, one of an unknown
    release is told; other types wait for the operator."""
    if message.type == "NewReleaseMessage":
        return ()
    if message.type != PURGE:
        text = f"A {message.type} waits for the operator."
        return (faults.NOT_PROCESSED.at(message.place, text, value=message.type),)
    main = message.main_release
    place = main.place if main else message.place
    with database.read() as session:
        found = owners.purged_by(session, feed_id, message)
    if found is None:
        text = "There is no such release in the catalogue: the purge is kept, and changes nothing."
        return (rulings.UNKNOWN.at(place, text),)
    release, is_theirs = found
    if is_theirs:
        return ()
    text = f"The deals that stand of {release.title!r} are another sender's."
    return (rulings.NOT_YOURS.at(place, text, value=release.identity),)
