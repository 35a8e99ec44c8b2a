"""What the page of a closing says: its steps, figures against the period before, who gets what.
Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from server.reporting.periods import parse_period
from server.web import words
from server.web.plot import Day, Plot, plot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.reporting.periods import Period
    from server.web.ports import Shape

CURRENT = {"planned": 2, "approved": 4, "built": 5, "checked": 6, "delivered": 7}
"""State -> the step that is being done; of others none is left."""
NEXT = {
    "planned": "Approve it",
    "approved": "Build the files",
    "built": "Check the files",
    "checked": "Deliver the files",
    "delivered": "Wait until they are taken",
}
_REASONS_SHOWN = 2


def steps(closing: Shape, known: Sequence[Shape], *, four_eyes: bool) -> list[Shape]:
    """`{name, fact, state}` from the period to what was taken; `known` are all recipients that get
    reports of such a period."""
    at = CURRENT.get(closing["state"], 8)
    planned, files = closing["preview"]["recipients"], closing["files"]
    wrong = [one for one in closing["preview"]["service"]["holes"] if one["level"] == "error"]
    count = len(looks(closing))
    nobody = "By someone else" if four_eyes else "Not yet"
    facts = (
        ("Period", words.period(closing["period"])),
        ("Recipients", f"{len(planned)} of {max(len(known), len(planned))}"),
        ("Preview", f"{words.counted(count, 'thing')} to look at" if count else "Nothing odd"),
        ("Approve", words.person(closing["approved_by"]) or nobody),
        ("Build", words.counted(len(files), "file") if files else "Not yet"),
        ("Check", "All right" if at > 5 else "Not yet"),
        ("Deliver", _moved(files, {"delivered", "acknowledged"})),
        ("Acknowledged", _moved(files, {"acknowledged"})),
    )
    failed = {2} if wrong else {6} if any(file["fault"] for file in files) else set()
    return [
        {"name": name, "fact": fact, "state": _state(place, at, failed)}
        for place, (name, fact) in enumerate(facts)
    ]


def _state(place: int, at: int, failed: set[int]) -> str:
    if place < at:
        return "done"
    if place > at:
        return "coming"
    return "failed" if place in failed else "current"


def _moved(files: Sequence[Shape], states: set[str]) -> str:
    done = sum(1 for file in files if file["state"] in states)
    return f"{done} of {words.counted(len(files), 'file')}" if done else "Not yet"


def looks(closing: Shape) -> list[Shape]:
    """What somebody should look at before going on: holes, and recipients that moved much."""
    service, lines = closing["preview"]["service"], closing["preview"]["recipients"]
    return [*service["holes"], *(line for line in lines if line["check"] == "look")]


def against(closing: Shape, former: Shape | None) -> Shape:
    """`{streams, pay: {currency: percent}}`, each None where the period before says nothing;
    `former` is the closing of that period."""
    service = closing["preview"]["service"]
    before = sum(count for _, count in service["days_before"])
    paid = former["preview"]["service"]["money"] if former else {}
    return {
        "streams": _change(Decimal(service["counted"]), Decimal(before)),
        "pay": {
            name: _change(Decimal(sums["payments"]), Decimal(paid[name]["payments"]))
            for name, sums in service["money"].items()
            if name in paid
        },
    }


def _change(now: Decimal, before: Decimal) -> float | None:
    return float(round(100 * (now - before) / before, 1)) if before > 0 else None


def former(period: str) -> str:
    """The name of the period before a month or quarter; empty for others."""
    found = parse_period(period)
    if not found.whole_months:
        return ""
    last = found.months[0].previous
    first = last
    for _ in found.months[1:]:
        first = first.previous
    return str(type(found)(first.first, last.last))


def totals(lines: Sequence[Shape], kinds: Mapping[str, str]) -> Shape:
    """`{rows, usages, amounts, societies}`: societies are told of plays that labels are told of,
    so their streams are not added."""
    amounts: dict[str, Decimal] = {}
    for line in lines:
        for name, amount in line["amounts"].items():
            amounts[name] = amounts.get(name, Decimal(0)) + Decimal(amount)
    labels = [line for line in lines if kinds.get(line["id"]) != "society"]
    return {
        "rows": sum(line["rows"] for line in lines),
        "usages": sum(line["usages"] for line in labels),
        "amounts": {name: str(amount) for name, amount in sorted(amounts.items())},
        "societies": len(lines) - len(labels) if labels else 0,
    }


def left_out(reasons: Mapping[str, int]) -> str:
    """Why plays are left out, the most frequent first, in words."""
    counts: Counter[str] = Counter()
    for name, count in reasons.items():
        reason = name.partition(": ")[2]
        counts[words.meaning(reason)] += count
    told = [f"{count:,} {meaning}" for meaning, count in counts.most_common(_REASONS_SHOWN)]
    more = len(counts) - len(told)
    return "; ".join([*told, *([words.counted(more, "more reason")] if more > 0 else [])])


def due(period: Period, terms: Iterable[Shape], today: date) -> tuple[date, int] | None:
    """The first day on which a report is due and the days until then; None where no agreement
    says so."""
    days = [found for one in terms if (found := one.get("due_days"))]
    if not days:
        return None
    day = period.last + timedelta(days=min(days))
    return day, (day - today).days


def drawn(period: str, days: Sequence[Any], before: Sequence[Any]) -> Plot | None:
    """The period's days, and those of the period before as a line; None without plays."""
    others: list[int | None] = [count for _, count in before]
    others += [None] * len(days)
    name = words.before(period)
    return plot(
        [
            Day(
                day=day,
                figure=count,
                other=other,
                words=f"{words.date(day)}: {words.counted(count, 'stream')}"
                + ("" if other is None else f", {other:,} in {name}"),
            )
            for (day, count), other in zip(days, others, strict=False)
        ]
    )
