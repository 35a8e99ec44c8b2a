"""Messages as they are kept: from the delivery's workspace, or from the store once that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern import reader
from ddex.errors import MessageUnreadable
from ddex.xml import parse
from ingest.parts import LIMITS, message_key
from ingest.steps import readable_message
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from catalog.models import Delivery
    from ddex.ern.model import Message
    from ingest.parts import Parts
    from storage.store import ObjectStore


class StoredBooks:
    """Implements `catalog.log.Books` over the object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __call__(self, digest: str) -> Message:
        """The message of these bytes. Raises KeyError when they are gone."""
        return reader.read(parse(self.raw(digest), LIMITS))

    def raw(self, digest: str) -> bytes:
        """Its bytes. Raises KeyError when they are gone."""
        try:
            return self._store.get(message_key(digest))
        except ObjectAbsent:
            raise KeyError(digest) from None


def message_of(parts: Parts, delivery: Delivery) -> Message | None:
    """The delivery's message, None when it has none that can be read."""
    found = readable_message(parts, delivery)
    if found is not None or delivery.digest is None:
        return found
    try:
        return StoredBooks(parts.store)(delivery.digest)
    except (KeyError, MessageUnreadable):
        return None
