"""Webhooks: every event of a release is told to one address, as Standard Webhooks say.

`Webhooks.round` finds new events of the outbox and posts that are due, and asks for them as durable
work; a post that fails is due again, later each time, for about three days.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
from sqlalchemy import func, select
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from catalog.models import Cursor, Event, Release, WebhookPost
from core.errors import SettingsInvalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.settings import Webhooks as Settings
    from core.work import Steps
    from ingest.pipeline import Works

WORKFLOW = "webhook"
CURSOR = "webhooks"
LATER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After the first try, the second, and so on; then nobody tries again."""
BATCH = 200
_SAID = 500


class Webhooks:
    """The address of the settings, with its key. Without an address it does nothing."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        """Judge the key.

        Raises:
            SettingsInvalid: there is an address and no key that can be used.
        """
        self._database = database
        self._clock = clock
        self._settings = settings
        self._signer = _signer(settings) if settings.url else None

    def register(self, work: Works) -> None:
        """Make the workflow known."""

        def tell(steps: Steps, key: str) -> None:
            event_id = int(key.partition(":")[0])
            steps.run("post", self.post, event_id)

        work.register(WORKFLOW, tell)

    def round(self, work: Works) -> int:
        """Ask for what is due; returns how many."""
        if self._signer is None:
            return 0
        now = self._clock()
        with self._database.write() as session:
            self._take(session, now)
            query = select(WebhookPost).where(
                WebhookPost.outcome == "due", WebhookPost.due_at <= now
            )
            due = session.scalars(query.order_by(WebhookPost.event_id).limit(BATCH)).all()
        for post in due:
            key = f"{post.event_id}:{post.tries}"
            work.enqueue(WORKFLOW, f"webhook:{key}", key)
        return len(due)

    def _take(self, session: Session, now: datetime) -> None:
        """New events become posts; the first round of all begins with what happens from now on."""
        cursor = session.get(Cursor, CURSOR)
        if cursor is None:
            newest = session.scalar(select(func.max(Event.id))) or 0
            session.add(Cursor(name=CURSOR, position=newest))
            return
        query = select(Event.id).where(Event.id > cursor.position).order_by(Event.id)
        for event_id in session.scalars(query.limit(BATCH)).all():
            session.add(WebhookPost(event_id=event_id, due_at=now))
            cursor.position = event_id

    def post(self, event_id: int) -> str:
        """One try; its outcome is written down. The receiver knows repeats by `webhook-id`."""
        with self._database.read() as session:
            event = session.get_one(Event, event_id)
            told = session.get_one(WebhookPost, event_id)
            body = _body(event, session.get(Release, event.release_id))
        if told.outcome != "due":
            return told.outcome
        sent, said = self._send(f"evt_{event_id}", body)
        with self._database.write() as session:
            row = session.get_one(WebhookPost, event_id)
            row.tries += 1
            row.said = said[:_SAID]
            if sent:
                row.outcome = "sent"
            elif row.tries > len(LATER):
                row.outcome = "given_up"
            else:
                row.due_at = self._clock() + LATER[row.tries - 1]
            return row.outcome

    def _send(self, number: str, body: str) -> tuple[bool, str]:
        now = self._clock()
        if self._signer is None:
            return False, "no address is set"
        headers = {
            "content-type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(number, now, body),
            "user-agent": "Segue",
        }
        try:
            with httpx2.Client(timeout=self._settings.timeout_s) as client:
                answer = client.post(self._settings.url, content=body.encode(), headers=headers)
        except httpx2.HTTPError as fault:
            return False, f"{type(fault).__name__}: {fault}"
        return answer.is_success, f"HTTP {answer.status_code}"


def _signer(settings: Settings) -> Webhook:
    try:
        return Webhook(settings.secret)
    except (ValueError, RuntimeError, EmptyWebhookSecretError) as wrong:
        raise SettingsInvalid(
            "setting webhooks.secret is no key, and webhooks.url needs one",
            remedy="whsec_ and 24 to 64 bytes in base64",
        ) from wrong


def _body(event: Event, release: Release | None) -> str:
    """`{type, timestamp, data: {event, release_id, why, …}}`; a purged release has its id only."""
    data: dict[str, Any] = {
        "event": event.id,
        "release_id": event.release_id,
        "kind": event.kind,
        "why": event.why,
    }
    if release is not None:
        data |= {
            "state": release.state,
            "title": release.title,
            "artist": release.artist,
            "icpn": release.icpn,
            "feed": release.feed_id,
        }
    return json.dumps(
        {"type": f"release.{event.kind}", "timestamp": event.at.isoformat(), "data": data},
        ensure_ascii=False,
    )
