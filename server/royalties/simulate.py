"""What if: the month's revenue shared user by user, or another rate, over the plays that were.

*Pro rata*: a pool is shared by plays. *User-centric*: each subscriber's part of the pool is shared
by that subscriber's own plays. The parts of subscribers without plays follow a policy: `pro-rata`
(shared by plays), `equal` (spread over those who played) or `operator` (paid to nobody).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from core.errors import Misuse
from server.royalties.fields import shown
from server.royalties.money import EXACT, round_even, split
from server.royalties.tables import fill
from server.royalties.terms import plain, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.royalties.close import Computed

METHODS = ("pro-rata", "user-centric")
WITHOUT_PLAYS = ("pro-rata", "equal", "operator")
KEYS = ("recipient", "label", "artist")
_NOTHING = Decimal(0)
_FINE = 10**12
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """What is tried. `rates`: recipient -> another share of its net revenue."""

    method: str = "pro-rata"
    without_plays: str = "pro-rata"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    by: str = "recipient"

    def __post_init__(self) -> None:
        for value, known in (
            (self.method, METHODS), (self.without_plays, WITHOUT_PLAYS), (self.by, KEYS),
        ):  # fmt: skip
            if value not in known:
                raise Misuse(f"{value!r} is not known here", remedy=f"one of {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Plays of one key of a recipient in one slice; `fine` is its weight by users."""

    slice: _Key
    recipient: str
    key: str
    plays: int
    fine: int
    users: int


def read_rates(given: Sequence[str]) -> dict[str, Decimal]:
    """Rates from `RECIPIENT=0.55`.

    Raises:
        Misuse: one is none.
    """
    found = {}
    for text in given:
        name, equals, value = text.strip().rpartition("=")
        if not equals:
            raise Misuse(f"{shown(text)} is no rate", remedy="write RECIPIENT=0.55")
        found[name] = share(value)
    return found


def simulate(found: Computed, what: What) -> dict[str, Any]:
    """The month as it is against the month as tried: `{"period", "method", …, "rows", "totals"}`.

    Rows have `key, currency, now, then, difference`, most gained first: market shares times rates,
    in the pool's currency. Top-ups to minima are left out, since the operator pays them.
    """
    parts = _parts(found, what)
    rates = _rates(found)
    for recipient in what.rates:
        if not any(part.recipient == recipient for part in parts):
            raise Misuse(f"{recipient} has no plays in {found.month}", remedy="a recipient of it")
    rows: dict[tuple[str, str], list[Decimal]] = {}
    kept: dict[str, Decimal] = {}
    for part_slice, currency, net in _pools(found):
        own = [part for part in parts if part.slice == part_slice]
        now = _by_plays(net, own)
        then, left = _then(net, own, what, _subscribers(found, part_slice, own))
        kept[currency] = kept.get(currency, _NOTHING) + left
        for place, part in enumerate(own):
            rate = rates.get((*part_slice, part.recipient), _NOTHING)
            other = what.rates.get(part.recipient, rate)
            with localcontext(EXACT):
                row = rows.setdefault((part.key, currency), [_NOTHING, _NOTHING])
                row[0] += now[place] * rate
                row[1] += then[place] * other
    return _told(found, what, rows, kept)


def _told(
    found: Computed,
    what: What,
    rows: Mapping[tuple[str, str], Sequence[Decimal]],
    kept: Mapping[str, Decimal],
) -> dict[str, Any]:
    listed = sorted(rows.items(), key=lambda item: (item[1][0] - item[1][1], item[0]))
    told = [
        {"key": key, "currency": currency, "now": _money(now), "then": _money(then),
         "difference": _money(then - now)}
        for (key, currency), (now, then) in listed
    ]  # fmt: skip
    currencies = sorted({currency for _, currency in rows})
    return {
        "period": str(found.month),
        "method": what.method,
        "without_plays": what.without_plays,
        "rates": {name: plain(rate) for name, rate in what.rates.items()},
        "by": what.by,
        "totals": {
            currency: {
                "now": _money(_total(rows, currency, 0)),
                "then": _money(_total(rows, currency, 1)),
                "kept_by_operator": _money(kept.get(currency, _NOTHING)),
            }
            for currency in currencies
        },
        "rows": told,
    }


def _money(value: Decimal) -> str:
    return plain(round_even(value))


def _total(rows: Mapping[tuple[str, str], Sequence[Decimal]], currency: str, at: int) -> Decimal:
    return sum((row[at] for (_, own), row in rows.items() if own == currency), _NOTHING)


def _by_plays(amount: Decimal, parts: Sequence[_Part]) -> list[Decimal]:
    plays = [max(part.plays, 0) for part in parts]
    return split(amount, plays, [f"{part.recipient}/{part.key}" for part in parts])


def _then(
    net: Decimal, parts: Sequence[_Part], what: What, subscribers: int
) -> tuple[list[Decimal], Decimal]:
    """The amounts of the parts as tried, and what nobody gets."""
    if what.method == "pro-rata" or not parts:
        return _by_plays(net, parts), _NOTHING
    active = parts[0].users
    with localcontext(EXACT):
        played = round_even(net * active / subscribers) if subscribers > active else net
    silent = net - played
    if what.without_plays == "equal":
        played, silent = net, _NOTHING
    names = [f"{part.recipient}/{part.key}" for part in parts]
    found = split(played, [max(part.fine, 0) for part in parts], names)
    if what.without_plays == "pro-rata":
        more = _by_plays(silent, parts)
        return [one + other for one, other in zip(found, more, strict=True)], _NOTHING
    return found, silent


def _subscribers(found: Computed, part_slice: _Key, parts: Sequence[_Part]) -> int:
    """Subscribers of the tier as entered; at least those who played."""
    counted = sum(found.book.subscribed(part_slice[0], part_slice[1]).values())
    return max(counted, parts[0].users if parts else 0)


def _pools(found: Computed) -> list[tuple[_Key, str, Decimal]]:
    rows = found.connection.execute(
        "SELECT territory, tier, model, use, currency, net_revenue FROM pools ORDER BY ALL"
    ).fetchall()
    return [((a, b, c, d), currency, net) for a, b, c, d, currency, net in rows]


def _rates(found: Computed) -> dict[_Key, Decimal]:
    """(slice, recipient) -> what it is paid of a unit of its net revenue, after deductions."""
    rows = found.connection.execute(
        """
        SELECT territory, tier, model, use, recipient, sum(net_revenue), sum(earned)
        FROM shares GROUP BY ALL
        """
    ).fetchall()
    with localcontext(EXACT):
        return {
            (*key,): (earned / net if net else _NOTHING)
            for *key, net, earned in ((a, b, c, d, r, n, e) for a, b, c, d, r, n, e in rows)
        }


def _parts(found: Computed, what: What) -> list[_Part]:
    """Each user's plays by key; a user's plays weigh one together."""
    connection, month = found.connection, found.month
    connection.execute("DROP TABLE IF EXISTS feed_recipients")
    fill(
        connection,
        "feed_recipients",
        {"feed_id": "VARCHAR", "recipient": "VARCHAR"},
        list(found.book.recipients.items()),
    )
    key = "recipient" if what.by == "recipient" else f"coalesce(keys.{what.by}, '')"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE user_plays AS
        WITH keys AS (
            SELECT DISTINCT ON (recording_id, release_id) recording_id, release_id, label, artist
            FROM named
        )
        SELECT territory, tier, model, use, coalesce(recipient, feed_id) AS recipient,
               {key} AS key, pseudonym, sum(quantity)::BIGINT AS plays
        FROM usage LEFT JOIN feed_recipients USING (feed_id)
        LEFT JOIN keys USING (recording_id, release_id)
        WHERE verdict = 'counted' AND used_at >= ? AND used_at < ?
              AND day >= ? AND day <= ?
        GROUP BY ALL HAVING sum(quantity) > 0
        """,  # noqa: S608 - names of our own
        [month.start.replace(tzinfo=None), month.end.replace(tzinfo=None), month.first,
         month.next.next.last],
    )  # fmt: skip
    rows = connection.execute(
        f"""
        WITH users AS (
            SELECT territory, tier, model, use, pseudonym, sum(plays) AS whole
            FROM user_plays GROUP BY ALL
        ),
        counts AS (
            SELECT territory, tier, model, use, count(*) AS users FROM users GROUP BY ALL
        )
        SELECT territory, tier, model, use, recipient, key, sum(plays)::BIGINT,
               sum({_FINE}::HUGEINT * plays // whole), any_value(users)
        FROM user_plays JOIN users USING (territory, tier, model, use, pseudonym)
        JOIN counts USING (territory, tier, model, use)
        GROUP BY ALL ORDER BY ALL
        """  # noqa: S608
    ).fetchall()
    return [
        _Part(slice=(a, b, c, d), recipient=r, key=k, plays=int(p), fine=int(f), users=int(u))
        for a, b, c, d, r, k, p, f, u in rows
    ]
