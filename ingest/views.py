"""Paths of a delivery's files in its feed's view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.models import Delivery
    from ingest.parts import Parts


def root_of(delivery: Delivery) -> str:
    """The release folder: in the batch, or at the root for a release that was sent by itself."""
    folder = delivery.release_folder
    return f"{delivery.batch}/{folder}" if folder else delivery.batch


def view_path(delivery: Delivery, file: dict[str, Any]) -> str:
    """Where the sender put a file of the delivery; shared ones lie in the batch's own folder."""
    root = delivery.batch if file.get("shared") else root_of(delivery)
    return f"{root}/{file['path']}"


def source_of(parts: Parts, delivery: Delivery, file: dict[str, Any]) -> Path:
    """The same on our disk."""
    return parts.data.inbox / delivery.feed_id / view_path(delivery, file)
