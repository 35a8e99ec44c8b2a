"""Run a delivery again: what was refused or failed, with the files as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, Feed, InboxFile
from core.errors import Conflict, NotFound
from ingest import inbox_rows
from ingest.inbox import Event, Needs, State, decide
from ingest.inbox.paths import completion, counts, release_name
from ingest.views import root_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock

AGAIN = frozenset({DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.FAILED})


def again(session: Session, clock: Clock, delivery_id: str) -> Delivery:
    """Put a settled delivery back to `received`, under a new attempt.

    Raises:
        NotFound: no such delivery.
        Conflict: its state does not allow it, or its files have gone.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"no delivery {delivery_id}", remedy="list them: segue deliveries list")
    if delivery.state not in AGAIN:
        raise Conflict(
            f"delivery {delivery_id} is {delivery.state}, so there is nothing to run again",
            remedy=f"only {', '.join(sorted(AGAIN))} deliveries can be run again",
        )
    root = f"{root_of(delivery)}/"
    found = list(
        session.scalars(
            select(InboxFile)
            .where(
                InboxFile.feed_id == delivery.feed_id,
                InboxFile.path.startswith(root, autoescape=True),
            )
            .order_by(InboxFile.path)
        )
    )
    shared = [file for file in delivery.files if file.get("shared")]
    files = [file for file in found if counts(file.path) and not completion(file.path)]
    if delivery.files and not files:
        raise Conflict(
            f"the files of delivery {delivery_id} are not in the feed's inbox any more",
            remedy="a later delivery took them, or their time was over: have them sent again",
        )
    move(delivery, DeliveryState.RECEIVED)
    delivery.attempt += 1
    delivery.acknowledgement = None
    delivery.waiting_for = "Segue: a free worker"
    delivery.updated_at = clock()
    delivery.files = [
        {"path": f.path.removeprefix(root), "size": f.size, "blake3": f.blake3}
        | ({"doubt": f.doubt} if f.doubt else {})
        for f in files
    ]
    delivery.files += shared
    delivery.bytes = sum(file["size"] for file in delivery.files)
    delivery.xml_path = _message(delivery)
    delivery.receipt = max([delivery.receipt, *(file.receipt for file in files)])
    session.flush()
    _taken(session, delivery)
    return delivery


def _taken(session: Session, delivery: Delivery) -> None:
    """What came after the delivery was made is in it now, and is waited for no more."""
    waiting = inbox_rows.waiting_of(session, delivery.feed_id, delivery.batch)
    if waiting is None or waiting.phase != State.CHANGED:
        return
    view = inbox_rows.load(session, session.get_one(Feed, delivery.feed_id), delivery.batch)
    if not decide(view, Event.TAKEN, lambda _file: Needs()).open:
        inbox_rows.end_waiting(session, waiting)


def _message(delivery: Delivery) -> str | None:
    found = [f["path"] for f in delivery.files if "/" not in f["path"]]
    found = [path for path in found if path.lower().endswith(".xml")]
    named = f"{release_name(delivery.batch, delivery.release_folder)}.xml"
    return named if named in found else (found[0] if len(found) == 1 else None)
