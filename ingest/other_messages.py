"""Between phases 1 and 2: messages that are no release messages go their own short way.

A MeadMessage enriches what is known, a CatalogListMessage is compared with it. Both are checked,
kept byte for byte in the log, reported to the operator and acknowledged; neither changes a right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from catalog import enrichment, fold
from catalog.lifecycle import SETTLED, DeliveryState, move
from catalog.models import Feed, LoggedMessage
from ddex import others as formats
from ddex.ern.examine import Examination, examine
from ddex.ern.model import Header, Message
from ddex.ern.rules import Context, apply
from ddex.findings import Finding, Outcome, outcome
from ddex.mead.check import FOREIGN_RELEASE, UNKNOWN_SUBJECT
from ingest import decisions, faults, feed_hold, feeds, manifests, reports
from ingest.parts import LIMITS
from ingest.phase_03_check import History
from ingest.phase_06_store import keep_message
from ingest.phase_08_publish import claimed, is_test, log_entry, log_id
from ingest.steps import ANSWER, NEXT, add_findings, editing, findings_of, located, reading

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog.models import Delivery
    from ddex.mead.model import Mead
    from ingest.parts import Parts

MEAD, CATALOGUE = "MeadMessage", "CatalogListMessage"
_ERN = "http://ddex.net/xml/ern/"
_LIST_RULES = frozenset({0, 1, 2, 3, 4})
"""Rules that concern a catalogue list: it has no releases, resources or deals to judge."""
_NOBODYS = Message(type="", version="", header=Header(message_id=""))
"""What a feed's history is asked with: it is the ids of messages that matter, not a release."""
_STATES = {Outcome.REJECT: DeliveryState.REFUSED, Outcome.HOLD: DeliveryState.HELD}
_WAITS = {
    Outcome.REJECT: "Sender: a corrected message",
    Outcome.HOLD: "Operator: decide on the findings",
}


def others(parts: Parts, delivery_id: str) -> str:
    """Take a message of these kinds all its way, and answer; leave any other to the next phase."""
    delivery = reading(parts, delivery_id)
    if DeliveryState(delivery.state) in SETTLED:  # by this step, whose process died right after
        _index(parts, delivery_id)
        return ANSWER
    if delivery.xml_path is None:
        return NEXT
    path = parts.workspace(delivery_id) / delivery.xml_path
    with path.open("rb") as file:
        namespace, name = formats.peek(file.read(1 << 20))
    if name == CATALOGUE and namespace.startswith(_ERN):
        return _take(parts, delivery, path.read_bytes(), CATALOGUE)
    form = formats.identify(namespace)
    if form is not None and form.family == "mead":
        return _take(parts, delivery, path.read_bytes(), MEAD)
    return NEXT


def _take(parts: Parts, delivery: Delivery, data: bytes, kind: str) -> str:
    digest = next(f["blake3"] for f in delivery.files if f["path"] == delivery.xml_path)
    history = History(parts.database, delivery.feed_id, _NOBODYS)
    context = _context(parts, delivery, digest, history)
    examined = _examine(parts, data, kind, context)
    message = examined.message
    repeated = message is not None and (history.message_digest(message.header.message_id) == digest)
    told = apply(manifests.told(parts, delivery), context.policy)
    findings = [] if repeated else [*told, *examined.findings, *_unchecked(examined)]
    with editing(parts, delivery.id, "other messages") as (_, row):
        row.digest = digest
    keep_message(parts, delivery.id)
    with editing(parts, delivery.id, "other messages") as (session, row):
        _describe(row, examined)
        add_findings(row, [located(each, row.xml_path) for each in findings])
        if repeated:
            move(row, DeliveryState.REPEATED)
            row.waiting_for = ""
        else:
            _settle(parts, session, row, message, data, kind)
    _index(parts, delivery.id)
    return ANSWER


def _context(parts: Parts, delivery: Delivery, digest: str, history: History) -> Context:
    with parts.database.read() as session:
        feed = session.get_one(Feed, delivery.feed_id)
    return Context(
        feed=feeds.facts_of(feed, parts.party_dpid, parts.clock()),
        history=history,
        digest=digest,
        today=parts.clock().date(),
        policy=feeds.policy_of(feed),
    )


def _examine(parts: Parts, data: bytes, kind: str, context: Context) -> Examination:
    if kind == MEAD:
        found = formats.examine_other(data, resource=parts.schema, context=context, limits=LIMITS)
        assert found is not None  # noqa: S101 - its namespace was seen
        return found
    judged = examine(data, resource=parts.schema, context=context, limits=LIMITS)
    wanted = tuple(each for each in judged.findings if each.rule in _LIST_RULES)
    return replace(judged, findings=wanted, skipped=tuple({2} & set(judged.skipped)))


def _unchecked(examined: Examination) -> list[Finding]:
    if examined.message is None or examined.schema == "used":
        return []
    text = "The schema check was skipped: this service has no schema of this message."
    return [faults.NO_SCHEMA.at(None, text, value=examined.version)]


def _describe(row: Delivery, examined: Examination) -> None:
    row.schema = examined.schema
    row.skipped = list(examined.skipped)
    if examined.message is not None:
        row.message_id = examined.message.header.message_id[:255]
        row.title = {MEAD: "Enrichment", CATALOGUE: "Catalogue list"}[examined.message.type]
        row.artist = examined.message.header.sender_name[:1000] or None


def _settle(
    parts: Parts, session: Session, row: Delivery, message: Message | None, data: bytes, kind: str
) -> None:
    """By the findings: refused, held, or recorded and (unless it is a test) applied."""
    row.is_test = message is not None and is_test(row, message)
    feed_hold.hold(session, row)
    decisions.waive(session, row)
    verdict = outcome(findings_of(row))
    if message is None or verdict is not Outcome.ACCEPT:
        worst = Outcome.REJECT if message is None else verdict
        _log(parts, session, row, message, worst.value)
        move(row, _STATES[worst])
        row.waiting_for = _WAITS[worst]
        return
    test = is_test(row, message)
    if not test and claimed(session, row, message):
        return
    logged = _log(parts, session, row, message, "test" if test else "accept")
    if kind == MEAD:
        mead = formats.read(data)
        if not test and logged is not None:
            enrichment.write(session, logged, mead)
        report = reports.of_enrichment(session, row.feed_id, mead)
        add_findings(row, [located(each, row.xml_path) for each in _told(report, mead)])
    else:
        report = reports.of_catalogue(session, row.feed_id, message)
    reports.keep(session, row.id, {**report, "test": test})
    move(row, DeliveryState.TESTED if test else DeliveryState.RECORDED)
    row.waiting_for = ""


def _log(
    parts: Parts, session: Session, row: Delivery, message: Message | None, result: str
) -> LoggedMessage | None:
    """The log entry; it is there already when the step runs twice."""
    if message is None:
        return None
    known = session.get(LoggedMessage, log_id(row))
    if known is not None:
        return known
    logged = log_entry(parts, row, message, result)
    logged.type, logged.release_id = message.type, None
    logged.order_key = fold.order_key(logged)
    session.add(logged)
    session.flush()
    return logged


def _told(report: reports.Shape, mead: Mead) -> list[Finding]:
    """One finding for all that nobody delivered yet, and one for what others delivered."""
    total = len(mead.subjects)
    found = []
    for status, rule, why in (
        ("waiting", UNKNOWN_SUBJECT, "not in the catalogue yet; it is kept until they are"),
        ("foreign", FOREIGN_RELEASE, "of releases that others delivered; it does not show"),
    ):
        if count := report["counts"][status]:
            first = next((s["identifier"] for s in report["subjects"] if s["status"] == status), "")
            text = f"Of {total} subjects {count} are {why}."
            found.append(rule.at(None, text, value=first))
    return found


def _index(parts: Parts, delivery_id: str) -> None:
    """Search hears of the releases that the message speaks of; the same again changes nothing."""
    with parts.database.read() as session:
        named = reports.releases(session, delivery_id)
    if named:
        parts.index.refresh(named)
