"""The pipeline: one durable workflow for each delivery, each phase a durable step.

    1 collect, scan -> 2 parse -> 3 check -> 4 match -> 5 probe -> 6 store -> 7 transcode
      -> 8 publish -> 9 index -> 10 acknowledge -> 11 tidy

A phase that settles the delivery early (a refusal, a repeat) jumps to 10. Every phase may run
twice: its effects are keyed by the delivery or by content.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy import select

from catalog.lifecycle import SETTLED, DeliveryState, move
from catalog.models import Delivery
from core.work import WorkChanged, may_pass
from ingest.decisions import DECIDED
from ingest.inbox import order_stamp, turn_of
from ingest.other_messages import others
from ingest.phase_01_collect import collect
from ingest.phase_01_scan import WAITS, scan
from ingest.phase_02_parse import parse
from ingest.phase_03_check import check
from ingest.phase_04_match import match
from ingest.phase_05_probe import probe
from ingest.phase_06_store import store
from ingest.phase_07_transcode import transcode
from ingest.phase_08_publish import publish
from ingest.phase_09_index import index
from ingest.phase_10_acknowledge import acknowledge
from ingest.phase_11_tidy import tidy
from ingest.steps import ANSWER, editing, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.database import Database
    from core.work import Steps
    from ingest.parts import Parts

    Phase = Callable[[Parts, str], str]

WORKFLOW = "delivery"
ANSWER_AGAIN = "answer"

JUDGING: tuple[tuple[str, Phase], ...] = (
    ("1 collect", collect),
    ("1 scan", scan),
    ("2 other messages", others),
    ("2 parse", parse),
    ("3 check", check),
    ("4 match", match),
    ("5 probe", probe),
    ("6 store", store),
    ("7 transcode", transcode),
    ("8 publish", publish),
    ("9 index", index),
)
ANSWERING: tuple[tuple[str, Phase], ...] = (("10 acknowledge", acknowledge), ("11 tidy", tidy))

OPERATOR = "Operator: mend the cause, then try again"
LATER = "Segue: another try in a while"
"""What a delivery waits for whose work failed by what may pass: a full disk, a busy machine."""

UNTOLD = timedelta(minutes=5)
"""How long after its last change a settled delivery should have been answered, at most."""

_log = structlog.get_logger("segue.pipeline")


class Works(Protocol):
    """What the pipeline needs of durable work: `core.work.Work`, or a twin that works at once."""

    def register(self, name: str, workflow: Callable[[Steps, str], None]) -> None: ...

    def enqueue(self, name: str, key: str, argument: str, turn: int = 0) -> None: ...


def register(work: Works, parts: Parts) -> None:
    """Make the workflow known; called once by each composition root, before work starts."""

    def deliver(steps: Steps, key: str) -> None:
        delivery_id, _, _ = key.partition(":")
        try:
            _run(steps, parts, delivery_id)
        except WorkChanged:
            raise  # of a version with other steps: it ends here, and is picked up as fallen
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody must hear of it
            _log.exception("delivery_failed", delivery=delivery_id)
            waits = LATER if may_pass(error) else OPERATOR
            why = f"{type(error).__name__}: {error}"
            steps.run("failed", _fail, parts, delivery_id, why, waits)
            _answer(steps, parts, delivery_id)

    work.register(WORKFLOW, deliver)
    work.register(ANSWER_AGAIN, lambda steps, delivery_id: _answer(steps, parts, delivery_id))


def _run(steps: Steps, parts: Parts, delivery_id: str) -> None:
    for name, phase in JUDGING:
        outcome = steps.run(name, phase, parts, delivery_id)
        if outcome == WAITS:
            return
        if outcome == ANSWER:
            break
    _answer(steps, parts, delivery_id)


def _answer(steps: Steps, parts: Parts, delivery_id: str) -> None:
    for name, phase in ANSWERING:
        steps.run(name, phase, parts, delivery_id)


def enqueue(work: Works, delivery: Delivery) -> None:
    """Ask for a delivery's workflow; asked twice for one attempt, it runs once. What waits runs in
    the order that the sender's folders give it: priority, then age."""
    argument = f"{delivery.id}:{delivery.attempt}"
    work.enqueue(WORKFLOW, key_of(delivery), argument, turn_of(delivery.batch))


def _turn(delivery: Delivery) -> tuple[int, str]:
    """By the priority of the folder, then in the order of stamps."""
    return turn_of(delivery.batch), order_stamp(delivery.batch, delivery.received_at)


def key_of(delivery: Delivery) -> str:
    """The key of a delivery's work in its present attempt."""
    return f"delivery:{delivery.id}:{delivery.attempt}"


def enqueue_by_id(work: Works, database: Database, delivery_id: str) -> None:
    """The same for a delivery known by its id."""
    with database.read() as session:
        enqueue(work, session.get_one(Delivery, delivery_id))


def enqueue_received(work: Works, database: Database) -> int:
    """Ask for every delivery that waits to begin; catches what a crash or a command left."""
    query = select(Delivery).where(Delivery.state == DeliveryState.RECEIVED)
    with database.read() as session:
        waiting = session.scalars(query.order_by(Delivery.received_at)).all()
    for delivery in sorted(waiting, key=_turn):
        enqueue(work, delivery)
    return len(waiting) + _enqueue_decided(work, database)


def _enqueue_decided(work: Works, database: Database) -> int:
    """Ask for the answers of deliveries that an operator has refused."""
    query = select(Delivery).where(
        Delivery.state == DeliveryState.REFUSED,
        Delivery.phase == DECIDED,
        Delivery.acknowledgement.is_(None),
    )
    with database.read() as session:
        waiting = session.scalars(query.order_by(Delivery.updated_at)).all()
    for delivery in waiting:
        key = f"answer:{delivery.id}:decided:{delivery.attempt}"
        work.enqueue(ANSWER_AGAIN, key, delivery.id)
    return len(waiting)


def enqueue_unanswered(work: Works, parts: Parts) -> int:
    """Ask again for the answer of deliveries that settled and could not be told, as when the disk
    was full; returns how many. A workspace goes last of all, so one that is there tells of them."""
    now = parts.clock()
    names = [path.name for path in parts.data.work.iterdir()]
    query = select(Delivery.id).where(
        Delivery.id.in_(names[:500]),
        Delivery.state.in_(SETTLED),
        Delivery.updated_at < now - UNTOLD,
    )
    with parts.database.read() as session:
        waiting = session.scalars(query).all()
    for delivery_id in waiting:
        key = f"answer:{delivery_id}:{int(now.timestamp() // UNTOLD.total_seconds())}"
        work.enqueue(ANSWER_AGAIN, key, delivery_id)
    return len(waiting)


def _fail(parts: Parts, delivery_id: str, why: str, waits: str) -> None:
    """What we could not do ourselves: the operator sees it, and may try again."""
    if DeliveryState(reading(parts, delivery_id).state) in SETTLED:
        return
    with editing(parts, delivery_id, "failed") as (_, delivery):
        move(delivery, DeliveryState.FAILED)
        delivery.fault = why[:2000]
        delivery.waiting_for = waits
