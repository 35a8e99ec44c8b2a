"""A month's money over its usage, in DuckDB: pool, recipient, row, by the largest remainder.

Reads the view `usage` (`server.usage.store`) and leaves these tables in the connection:

- `allocated`: one row for each recipient, agreement, slice, feed, release and recording;
- `shares`: what a recipient gets of a slice under one agreement, with rate and minimum;
- `pools`: slices of the whole service with their usages and net revenue;
- `withheld`: plays that don't count, with verdict and reason;
- `played_days`: counted plays by the day on which they were heard, see `allocate`;
- `money_problems`: what stands in the way of paying it.

Amounts are DECIMAL(38,10) in the pool's currency. Everything is exact: `net_revenue` of `allocated`
adds up to that of `shares`, this to that of `pools`, and a payment is (net_revenue - deducted) *
rate + top_up, in each row and in each sum.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from server.royalties.pools import Pool, Slice, pools
from server.royalties.problems import Problem
from server.royalties.resolve import Group, Resolution, Resolver
from server.royalties.rows import spread_over_rows
from server.royalties.shares import Claim, Share, shares
from server.royalties.tables import fill
from server.royalties.versions import overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from server.royalties.agreement import Agreement
    from server.royalties.book import Book
    from server.royalties.periods import Month

_GROUP = "feed_id, territory, tier, model, cut, timely, ledger"
_TABLES = ("allocated", "shares", "pools", "withheld", "money_problems", "usage_rows", "resolved",
           "played_days")  # fmt: skip


def allocate(
    connection: DuckDBPyConnection, month: Month, book: Book, *, by_day: bool = False
) -> None:
    """Make the tables of a month; those of an earlier call are replaced.

    Never stops at what is wrong with the book: see `problems_of`. `by_day`: `played_days` has all
    plays of the month; without it those that came late.
    """
    for name in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    resolver = Resolver(book, month)
    _group(connection, month, resolver)
    resolved = _resolve(connection, resolver)
    _date(connection, month, resolver, resolved, by_day=by_day)
    usages = _usages(connection)
    found, problems = pools(usages, book, month)
    shared, wrong = _share(connection, found, book, month)
    _keep(connection, found, shared)
    spread_over_rows(connection)
    every = {*problems, *wrong, *_uncovered(resolved, resolver, book, month), *_overlapping(book)}
    _keep_problems(connection, sorted(every))


def problems_of(connection: DuckDBPyConnection) -> list[Problem]:
    """What the last `allocate` found, in a fixed order."""
    rows = connection.execute(
        "SELECT code, subject, message, remedy FROM money_problems ORDER BY place"
    ).fetchall()
    return [Problem(code=a, subject=b, message=c, remedy=d) for a, b, c, d in rows]


def _instant(at: datetime) -> str:
    return f"TIMESTAMP '{at.replace(tzinfo=None).isoformat(sep=' ')}'"


def _marked(month: Month, resolver: Resolver) -> str:
    """Usage that may be of the month with the columns of a `Group`, as SQL."""
    cuts = [f"CASE WHEN used_at >= {_instant(at)} THEN 1 ELSE 0 END" for at in resolver.cuts[1:]]
    days = f"day >= DATE '{month.first - timedelta(days=1)}'"
    if not resolver.reissues():
        days += f" AND day <= DATE '{month.last + timedelta(days=1)}'"
    return _MARKED.format(
        cut=" + ".join(["1", *cuts]), first=month.first, last=month.last, days=days
    )


def _group(connection: DuckDBPyConnection, month: Month, resolver: Resolver) -> None:
    """`usage_rows`: all usage that may be of the month, as few rows as rules allow."""
    connection.execute(_GROUPED.format(marked=_marked(month, resolver)))


def _date(
    connection: DuckDBPyConnection,
    month: Month,
    resolver: Resolver,
    resolved: Iterable[Resolution],
    *,
    by_day: bool,
) -> None:
    """`played_days`: in the days of the time zone of the agreement."""
    which = "true" if by_day else "NOT timely"
    if not by_day and all(one.group.timely for one in resolved):
        which = "false"
    connection.execute(_DATED.format(marked=_marked(month, resolver), group=_GROUP, which=which))


_MARKED = """
    SELECT *, ({cut})::INTEGER AS cut, used_at::DATE >= day AS timely,
        CASE WHEN day < DATE '{first}' THEN -1 WHEN day > DATE '{last}' THEN 1 ELSE 0 END AS ledger
    FROM usage WHERE {days}
"""
_NAMED = """
    coalesce(release_id, '') AS release_id, coalesce(recording_id, '') AS recording_id,
    coalesce(isrc, '') AS isrc
"""
_GROUPED = f"""
    CREATE TEMP TABLE usage_rows AS
    SELECT feed_id, territory, tier, model, use, {_NAMED}, verdict,
        CASE WHEN verdict = 'counted' THEN '' ELSE coalesce(reason, '') END AS reason,
        cut, timely, ledger, sum(quantity)::BIGINT AS usages
    FROM ({{marked}}) GROUP BY ALL
"""  # noqa: S608 - dates and instants of our own
_DATED = f"""
    CREATE TEMP TABLE played_days AS
    SELECT feed_id, territory, tier, model, use, {_NAMED},
        timezone(zone, timezone('UTC', used_at))::DATE AS played,
        sum(quantity)::BIGINT AS usages
    FROM ({{marked}}) JOIN resolved USING ({{group}})
    WHERE verdict = 'counted' AND {{which}} GROUP BY ALL
"""  # noqa: S608 - likewise


def _resolve(connection: DuckDBPyConnection, resolver: Resolver) -> list[Resolution]:
    """`resolved`: the groups of the month, with recipient and agreement."""
    groups = connection.execute(
        f"SELECT DISTINCT {_GROUP} FROM usage_rows ORDER BY ALL"  # noqa: S608 - names of columns
    ).fetchall()
    found = [resolver.resolve(Group(*values)) for values in groups]
    within = [one for one in found if one.within]
    fill(
        connection,
        "resolved",
        {
            "feed_id": "VARCHAR", "territory": "VARCHAR", "tier": "VARCHAR", "model": "VARCHAR",
            "cut": "INTEGER", "timely": "BOOLEAN", "ledger": "INTEGER",
            "recipient": "VARCHAR", "agreement": "VARCHAR", "zone": "VARCHAR",
        },
        [(*_values(one.group), one.recipient, *_terms(one.agreement)) for one in within],
    )  # fmt: skip
    return within


def _terms(agreement: Agreement | None) -> tuple[str, str]:
    return (agreement.ref, agreement.zone) if agreement else ("", "UTC")


def _values(group: Group) -> tuple[Any, ...]:
    return tuple(asdict(group).values())


_OF_MONTH = f"usage_rows JOIN resolved USING ({_GROUP})"


def _usages(connection: DuckDBPyConnection) -> dict[Slice, int]:
    rows = connection.execute(
        f"SELECT territory, tier, model, use, sum(usages) FROM {_OF_MONTH}"  # noqa: S608
        " WHERE verdict = 'counted' GROUP BY ALL"
    ).fetchall()
    return {Slice(*part): int(count) for *part, count in rows}


def _share(
    connection: DuckDBPyConnection, found: Iterable[Pool], book: Book, month: Month
) -> tuple[list[tuple[Pool, Share]], list[Problem]]:
    terms = {one.ref: one for agreement in book.agreements for one in agreement.variants}
    claims = _claims(connection, terms)
    tiers: dict[tuple[str, str], int] = {}
    found = list(found)
    for pool in found:
        key = pool.part.territory, pool.part.tier
        tiers[key] = tiers.get(key, 0) + pool.usages
    made: list[tuple[Pool, Share]] = []
    problems: list[Problem] = []
    for pool in found:
        part = pool.part
        own, wrong = shares(pool, claims[part], book, month, tiers[part.territory, part.tier])
        made += [(pool, share) for share in own]
        problems += wrong
    return made, problems


def _claims(
    connection: DuckDBPyConnection, agreements: Mapping[str, Any]
) -> dict[Slice, list[Claim]]:
    rows = connection.execute(
        "SELECT territory, tier, model, use, recipient, agreement, sum(usages)"  # noqa: S608
        f" FROM {_OF_MONTH} WHERE verdict = 'counted' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found: dict[Slice, list[Claim]] = {}
    for *part, recipient, ref, count in rows:
        claim = Claim(recipient=recipient, agreement=agreements.get(ref), usages=int(count))
        found.setdefault(Slice(*part), []).append(claim)
    return found


_PART = {"territory": "VARCHAR", "tier": "VARCHAR", "model": "VARCHAR", "use": "VARCHAR"}
_MONEY = "DECIMAL(38,10)"


def _keep(
    connection: DuckDBPyConnection, found: Sequence[Pool], shared: Sequence[tuple[Pool, Share]]
) -> None:
    """`pools` and `shares`."""
    columns = {
        **_PART, "currency": "VARCHAR", "usages": "BIGINT", "revenue": _MONEY,
        "net_revenue": _MONEY, "entered": "BOOLEAN",
    }  # fmt: skip
    fill(
        connection,
        "pools",
        columns,
        [
            (*asdict(one.part).values(), one.currency, one.usages, one.revenue, one.net_revenue,
             one.entered)
            for one in found
        ],
    )  # fmt: skip
    columns = {
        "recipient": "VARCHAR", "agreement": "VARCHAR", **_PART, "currency": "VARCHAR",
        "usages": "BIGINT", "revenue": _MONEY, "net_revenue": _MONEY, "deducted": _MONEY,
        "rate": "DECIMAL(9,4)", "earned": _MONEY, "minimum": _MONEY, "minimum_by": "VARCHAR",
        "top_up": _MONEY, "payment": _MONEY,
    }  # fmt: skip
    fill(connection, "shares", columns, [_share_values(pool, one) for pool, one in shared])


def _share_values(pool: Pool, one: Share) -> tuple[Any, ...]:
    claim = one.claim
    return (
        claim.recipient, claim.agreement.ref if claim.agreement else "",
        *asdict(pool.part).values(), pool.currency, claim.usages, one.revenue, one.net_revenue,
        one.deducted, one.rate, one.earned, one.minimum, one.by, one.top_up, one.payment,
    )  # fmt: skip


def _keep_problems(connection: DuckDBPyConnection, found: Sequence[Problem]) -> None:
    names = ("code", "subject", "message", "remedy")
    fill(
        connection,
        "money_problems",
        {"place": "INTEGER", **dict.fromkeys(names, "VARCHAR")},
        [(place, *asdict(one).values()) for place, one in enumerate(found)],
    )


def _uncovered(
    resolved: Iterable[Resolution], resolver: Resolver, book: Book, month: Month
) -> list[Problem]:
    bare = [one for one in resolved if one.agreement is None]
    if bare and not book.agreements:
        return [
            Problem(
                code="agreements-none",
                subject=str(month),
                message="There are no agreements: each recipient is paid its whole market share.",
                remedy="segue agreements import FILE.toml",
            )
        ]
    found: dict[tuple[str, str], Problem] = {}
    for one in sorted(bare, key=lambda one: one.group.cut):
        problem = _bare(one, resolver)
        known = problem.code == "agreement-missing"
        found.setdefault((one.recipient, "" if known else problem.message), problem)
    return list(found.values())


def _bare(one: Resolution, resolver: Resolver) -> Problem:
    group, at = one.group, resolver.cuts[max(one.group.cut - 1, 0)]
    where = f"{group.tier} ({group.model}) in {group.territory}"
    if not resolver.knows(one.recipient):
        return Problem(
            code="agreement-missing",
            subject=one.recipient,
            message=f"{one.recipient} has plays, of {where} for one, and no agreement:"
            " nothing is paid.",
            remedy=f"segue agreements set NAME --recipient {one.recipient} --from {at.date()}"
            " --share 0.55 --currency EUR",
        )
    return Problem(
        code="agreement-gap",
        subject=one.recipient,
        message=f"No agreement of {one.recipient} covers plays of {where} from {at.date()} on:"
        " nothing is paid for them.",
        remedy="segue agreements show NAME tells its days, territories and tiers; add a version"
        f" that holds from {at.date()} or names them",
    )


def _overlapping(book: Book) -> list[Problem]:
    return [
        Problem(
            code="agreement-overlap",
            subject=found.one.recipient,
            message=f"{found.one.ref} and {found.other.ref} of {found.one.recipient} both hold"
            f" from {found.first} on for some of its plays.",
            remedy=f"end one of them before that day: segue agreements end {found.one.name}"
            " --last DAY",
        )
        for found in overlaps(book.agreements)
    ]
