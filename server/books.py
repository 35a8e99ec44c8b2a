"""The books of usage, opened by the settings: for commands, the service and the web alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.errors import SettingsInvalid
from core.sealed import Sealer
from server.usage.ledger import Ledger
from server.usage.listeners import Listeners
from server.usage.loader import Loader
from server.usage.policy import Market, Policy
from server.usage.publishing import publish
from server.usage.signing import Signer
from server.usage.store import UsageStore
from server.usage.sweeping import sweep

if TYPE_CHECKING:
    from catalog.models import UsageDay
    from core.settings import Settings
    from server.local import Local

_MARKET = re.compile(r"([A-Z]{2}|\*)/([A-Za-z0-9_-]{1,40}|\*)=(\d{1,3})")
_TIER = re.compile(r"([a-z0-9_-]{1,40})=(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Books:
    """What was heard: the plays on their way, the store of all rows, the ledger."""

    local: Local
    store: UsageStore
    listeners: Listeners

    def load(self) -> int:
        """Bring what lies in the spool into the database."""
        local = self.local
        return Loader(local.database, local.data.spool, local.clock).run_once()

    def ledger(self) -> Ledger:
        """The ledger; its key is made at first use."""
        local = self.local
        signer = Signer(local.data.keys)
        return Ledger(local.database, self.store, signer, self.listeners, local.clock)

    def close_due(self) -> list[UsageDay]:
        """Load, close what is due, and lay the heads into reports/."""
        self.load()
        closed = self.ledger().close_due()
        self.publish()
        return closed

    def publish(self) -> None:
        """Lay the heads of the newest days where they belong."""
        publish(self.local.database, self.store.days, self.local.data.inbox)

    def sweep(self) -> int:
        """Part plays that are long in the ledger from who heard them."""
        local = self.local
        return sweep(local.database, local.clock, local.settings.usage.keep_accounts_days)


def open_books(local: Local) -> Books:
    """Raises SettingsInvalid when a value is none."""
    listeners = Listeners(local.database, Sealer(local.data.keys), local.clock)
    policy = policy_of(local.settings)
    store = UsageStore(local.database, local.data.usage, policy=policy, keys=listeners)
    return Books(local, store, listeners)


def usage_store(local: Local) -> UsageStore:
    """The store alone."""
    return open_books(local).store


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings say. Raises SettingsInvalid."""
    chosen = settings.usage
    try:
        ZoneInfo(chosen.zone)
    except (ValueError, OSError) as wrong:
        raise SettingsInvalid(
            f"setting usage.zone: {chosen.zone!r} is no time zone", remedy="such as Europe/Berlin"
        ) from wrong
    markets = [_read(_MARKET, "markets", each, "DE/*=31") for each in chosen.markets]
    streams = [_read(_TIER, "streams", each, "family=6") for each in chosen.streams]
    return Policy(
        markets=(
            Market(least_ms=chosen.least_s * 1000),
            *(Market(territory=a, feed_id=b, least_ms=int(c) * 1000) for a, b, c in markets),
        ),
        streams={tier: max(1, int(number)) for tier, number in streams},
        recording_cap=chosen.recording_cap,
        day_cap=chosen.day_cap,
        loop=chosen.loop,
        accounts_per_address=chosen.accounts_per_address,
        zone=chosen.zone,
    )


def _read(form: re.Pattern[str], name: str, value: str, right: str) -> tuple[str, ...]:
    found = form.fullmatch(value.strip())
    if found is None:
        raise SettingsInvalid(
            f"setting usage.{name}: {value!r} can't be read", remedy=f"write it as {right}"
        )
    return found.groups()
