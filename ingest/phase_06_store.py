"""Phase 6: masters and the message go into the object store under the digest of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.models import Media
from core.database import insert_new
from ingest.parts import master_key, message_key
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from ingest.parts import Parts


def store(parts: Parts, delivery_id: str) -> str:
    """Keep every master and the message, byte for byte; what is kept already is left alone."""
    delivery = reading(parts, delivery_id)
    workspace = parts.workspace(delivery_id)
    sizes = {file["path"]: file["size"] for file in delivery.files}
    for entry in delivery.media.values():
        if parts.store.stat(master_key(entry["blake3"])) is None:
            parts.store.put(master_key(entry["blake3"]), workspace / entry["path"])
    keep_message(parts, delivery_id)
    with editing(parts, delivery_id, "store") as (session, row):
        now = parts.clock()
        kept = {
            entry["blake3"]: {
                "digest": entry["blake3"],
                "kind": entry["kind"],
                "size": sizes[entry["path"]],
                "facts": entry["facts"],
                "stored_at": now,
            }
            for entry in row.media.values()
        }
        insert_new(session, Media, [kept[digest] for digest in sorted(kept)])
    return NEXT


def keep_message(parts: Parts, delivery_id: str) -> None:
    """The message itself, which is the truth; refused ones are kept too."""
    delivery = reading(parts, delivery_id)
    if delivery.xml_path is None or delivery.digest is None:
        return
    key = message_key(delivery.digest)
    if parts.store.stat(key) is None:
        parts.store.put(key, parts.workspace(delivery_id) / delivery.xml_path)
