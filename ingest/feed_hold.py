"""Feeds whose deliveries wait for an operator, as agreed: each is held until it is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.models import Feed
from ingest import rulings
from ingest.feed_terms import FeedTerms
from ingest.steps import add_findings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog.models import Delivery


def hold(session: Session, delivery: Delivery) -> None:
    """Add the finding that holds it, if that is agreed. No policy softens it; an operator's release
    does (`ingest.decisions.waive`). Tests are never published, so they wait for nobody."""
    if delivery.is_test:
        return
    if FeedTerms.of(session.get_one(Feed, delivery.feed_id)).process == "hold":
        text = "This feed's deliveries are released by the operator, one by one."
        add_findings(delivery, [rulings.BY_HAND.at(None, text, file=delivery.xml_path or "")])
