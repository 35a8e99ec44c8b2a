"""Webhooks: posts signed as Standard Webhooks say, to the operators' address and those of feeds.

A feed's address is a stranger's, so it passes the outbound guard; the operators' own comes from the
settings and may lie in their network. Redirects are not followed, and of an answer only its status
is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from core.errors import SegueError, SettingsInvalid
from core.outbound import Outbound
from ingest.feed_credentials import Kind, sealed_values
from ingest.feed_terms import FeedTerms
from ingest.messengers import Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.models import Feed, Telling
    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer

_GONE = 410


@dataclass(frozen=True, slots=True)
class Receiver:
    """An address, and the keys that sign for it: several while one is being rotated."""

    url: str
    secrets: tuple[str, ...] = ()


class Webhooks:
    """A `messengers.Channel`. Without an address of `operators` only feeds are told."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        guard: Outbound,
        *,
        operators: Receiver,
        timeout: float = 15.0,
    ) -> None:
        """`timeout` is for a whole answer, in seconds.

        Raises:
            SettingsInvalid: the operators have an address, and no key that can be used.
        """
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._guard = guard
        self._inside = Outbound(allow_private=True)
        self._operators = operators
        self._timeout = timeout
        if operators.url:
            _judge(operators.secrets)

    def send(self, telling: Telling, feed: Feed | None) -> Sent:
        """One try. The receiver knows repeats by `webhook-id`."""
        try:
            receiver = self._operators if feed is None else self._of(feed)
            if not receiver.url:
                return Sent(ok=False, said="no address is set", final=True)
            return self._post(telling, receiver, self._inside if feed is None else self._guard)
        except httpx2.HTTPError as fault:
            return Sent(ok=False, said=f"{type(fault).__name__}: {fault}")
        except SegueError as fault:
            return Sent(ok=False, said=fault.message)
        except (ValueError, RuntimeError) as fault:
            return Sent(ok=False, said=f"the key can't be used: {fault}")

    def _of(self, feed: Feed) -> Receiver:
        now = self._clock()
        with self._database.read() as session:
            kept = sealed_values(session, self._sealer, feed.id, Kind.WEBHOOK_SECRET, now)
        secrets = tuple(secret.decode("utf-8", "replace") for secret in kept)
        return Receiver(FeedTerms.of(feed).notify.webhook, secrets)

    def _post(self, telling: Telling, receiver: Receiver, guard: Outbound) -> Sent:
        if not receiver.secrets:
            return Sent(ok=False, said="the feed has no webhook_secret, so nothing can be signed")
        body = json.dumps(telling.body, ensure_ascii=False)
        now = self._clock()
        signed = [Webhook(secret).sign(telling.id, now, body) for secret in receiver.secrets]
        headers = {
            "content-type": "application/json",
            "webhook-id": telling.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
            "user-agent": "Segue",
        }
        with (
            guard.client(timeout=self._timeout, total=self._timeout) as client,
            client.stream("POST", receiver.url, content=body.encode(), headers=headers) as answer,
        ):
            said = f"HTTP {answer.status_code}"
            return Sent(answer.is_success, said, final=answer.status_code == _GONE)


def _judge(secrets: Sequence[str]) -> None:
    try:
        for secret in secrets or ("",):
            Webhook(secret)
    except (ValueError, RuntimeError, EmptyWebhookSecretError) as wrong:
        raise SettingsInvalid(
            "setting webhooks.secret is no key, and webhooks.url needs one",
            remedy="whsec_ and 24 to 64 bytes in base64",
        ) from wrong
