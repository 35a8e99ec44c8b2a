"""The hold queue: an operator releases a delivery, rejects it, or asks for it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog import decisions
from catalog.lifecycle import DecisionKind, DeliveryState, move
from catalog.models import Delivery
from core.errors import Conflict, NotFound
from ddex.findings import Severity
from ingest import redrive, rulings
from ingest.steps import add_findings, findings_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock

LATE = "ERN-0501"
"""A message older than what was applied is recorded and not applied; nobody need decide."""
DECIDED = "decided"
"""The phase of a delivery that was decided on and whose sender is to be told."""


def decide(
    session: Session,
    clock: Clock,
    kind: DecisionKind,
    delivery_id: str,
    *,
    reason: str,
    by: str,
) -> Delivery:
    """One of release, reject and resend, written down with its reason.

    Raises:
        NotFound: no such delivery.
        Conflict: it is not held.
        Misuse: no reason is given.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"no delivery {delivery_id}", remedy="list them: segue deliveries list")
    if delivery.state != DeliveryState.HELD:
        raise Conflict(
            f"delivery {delivery_id} is {delivery.state}, so there is nothing to decide",
            remedy="only held deliveries wait for a decision",
        )
    holds = [each for each in findings_of(delivery) if each.severity is Severity.HOLD]
    decisions.write(
        session,
        kind,
        by=by,
        reason=reason,
        at=clock(),
        delivery_id=delivery_id,
        details={"codes": sorted({each.code for each in holds})},
    )
    if kind is DecisionKind.RELEASE:
        return redrive.again(session, clock, delivery_id)
    _refuse(delivery, kind, reason, clock)
    session.flush()
    return delivery


def _refuse(delivery: Delivery, kind: DecisionKind, reason: str, clock: Clock) -> None:
    if kind is DecisionKind.REJECT:
        finding = rulings.REJECTED.at(None, f"The operator refused it: {reason}")
        waits = "Sender: a corrected delivery"
    else:
        finding = rulings.AGAIN.at(None, f"The operator asks for it again: {reason}")
        waits = "Sender: the whole release again"
    move(delivery, DeliveryState.REFUSED)
    add_findings(delivery, [replace(finding, file=delivery.xml_path or "")])
    delivery.attempt += 1
    delivery.acknowledgement = None
    delivery.phase, delivery.waiting_for = DECIDED, waits
    delivery.updated_at = clock()


def waive(session: Session, delivery: Delivery) -> None:
    """Holds that the operator released, and lateness, are warnings: nobody decides twice."""
    codes = {LATE}
    for row in decisions.of_delivery(session, delivery.id):
        if row.kind == DecisionKind.RELEASE:
            codes |= {str(code) for code in row.details.get("codes") or ()}
    delivery.findings = [
        {**one, "severity": Severity.WARN.value}
        if one["severity"] == Severity.HOLD and one["code"] in codes
        else one
        for one in delivery.findings
    ]


def was_released(session: Session, delivery: Delivery, code: str) -> bool:
    """Whether the operator released the delivery though it had a finding of this code."""
    return any(
        row.kind == DecisionKind.RELEASE and code in (row.details.get("codes") or ())
        for row in decisions.of_delivery(session, delivery.id)
    )
