"""An agreement from what people write, and back to JSON. Every fault with its place. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from core.errors import Misuse
from server.royalties import fields
from server.royalties.agreement import Advance, Agreement, Deduction, Guarantee, Promotion
from server.royalties.currencies import DECIMALS
from server.royalties.money import PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set as AbstractSet

_PERCENT_PLACES = 4
_SHARE_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault: `place` such as `agreement 2, per_stream` or `line 7, amount`."""

    place: str
    value: str
    message: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        """As JSON values."""
        return {
            "place": self.place,
            "value": self.value,
            "message": self.message,
            "remedy": self.remedy,
        }


def parse(given: object, place: str) -> tuple[Agreement | None, list[Finding]]:
    """An agreement of a mapping with the fields of `FIELDS`; None when there are findings."""
    if not isinstance(given, dict):
        return None, [_wrong(place, given, "is no agreement", "a table of its terms")]
    findings = [_unknown(place, key) for key in given if key not in FIELDS]
    read: dict[str, Any] = {}
    for key, reader in FIELDS.items():
        if key not in given or given[key] is None:
            if key in _NEEDED:
                findings.append(_wrong(f"{place}, {key}", "", f"{key} is missing", f"add {key}"))
            continue
        try:
            read[key] = reader(given[key])
        except Misuse as no:
            findings.append(
                Finding(
                    place=f"{place}, {key}",
                    value=fields.shown(given[key]),
                    message=no.message,
                    remedy=no.remedy,
                )
            )
    if findings:
        return None, findings
    read.setdefault("decimals", DECIMALS[read["currency"]])
    agreement = Agreement(**{_NAMES.get(key, key): value for key, value in read.items()})
    findings = _odd(agreement, place)
    return (None if findings else agreement), findings


def to_json(one: Agreement) -> dict[str, Any]:
    """As it is kept and shown; `parse` reads it again."""
    return {
        "name": one.name,
        "recipient": one.recipient,
        "from": one.first.isoformat(),
        "to": one.last.isoformat() if one.last else None,
        "territories": list(one.territories),
        "tiers": list(one.tiers),
        "models": list(one.models),
        "share": plain(one.share),
        "per_stream": plain(one.per_stream),
        "per_subscriber": {kind: plain(each) for kind, each in one.per_subscriber.items()},
        "free_tiers": list(one.free_tiers),
        "promotions": [
            {
                "name": each.name,
                "from": each.first.isoformat(),
                "to": each.last.isoformat(),
                "tiers": list(each.tiers),
                "share": plain(each.share),
            }
            for each in one.promotions
        ],
        "deductions": {each.name: plain(each.percent) for each in one.deductions},
        "advances": [
            {"date": each.day.isoformat(), "amount": plain(each.amount)} for each in one.advances
        ],
        "guarantees": [
            {
                "from": each.first.isoformat(),
                "to": each.last.isoformat(),
                "amount": plain(each.amount),
            }
            for each in one.guarantees
        ],
        "currency": one.currency,
        "decimals": one.decimals,
        "time_zone": one.zone,
        "late_plays": one.late_plays,
    }


def plain(value: Decimal) -> str:
    """A decimal without superfluous zeros and without exponent."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def share(value: object) -> Decimal:
    """`0.525` or `52.5%`."""
    text = str(value).strip() if not isinstance(value, Decimal) else format(value, "f")
    if text.endswith("%"):
        percent = fields.decimal(text[:-1], "share", places=_SHARE_PLACES - 2, most=Decimal(101))
        found = percent / 100
    else:
        found = fields.decimal(value, "share", places=_SHARE_PLACES, most=Decimal(101))
    if found > 1:
        raise Misuse(
            f"{fields.shown(value)} is more than everything",
            remedy="a fraction such as 0.525, or with a percent sign: 52.5%",
        )
    return found


def _percent(value: object) -> Decimal:
    found = fields.decimal(
        str(value).removesuffix("%"), "percentage", places=_PERCENT_PLACES, most=Decimal(101)
    )
    if found > 100:
        raise Misuse(f"{fields.shown(value)} is more than everything", remedy="0 to 100")
    return found


def _money(value: object) -> Decimal:
    return fields.decimal(value, "amount", places=PLACES)


def _list(read: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def all_of(value: object) -> tuple[Any, ...]:
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(read(each) for each in values)

    return all_of


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Misuse(f"{fields.shown(value)} is no table", remedy="names with their values")
    return value


def _place(value: object) -> str:
    text = str(value).strip()
    if text.casefold() in {"worldwide", "world"}:
        return "Worldwide"
    return f"-{fields.territory(text[1:])}" if text.startswith("-") else fields.territory(text)


def _advance(value: object) -> Advance:
    given = _only(value, {"date", "amount"})
    return Advance(day=fields.day(given["date"]), amount=_money(given["amount"]))


def _guarantee(value: object) -> Guarantee:
    given = _only(value, {"from", "to", "amount"})
    first, last = fields.day(given["from"]), fields.day(given["to"])
    if last < first:
        raise Misuse(f"{last} is before {first}", remedy="turn from and to round")
    return Guarantee(first=first, last=last, amount=_money(given["amount"]))


def _promotion(value: object) -> Promotion:
    given = _only(value, {"name", "from", "to"}, {"tiers", "share"})
    first, last = fields.day(given["from"]), fields.day(given["to"])
    if last < first:
        raise Misuse(f"{last} is before {first}", remedy="turn from and to round")
    return Promotion(
        name=fields.word(given["name"], "name of a promotion"),
        first=first,
        last=last,
        tiers=_list(_tier)(given.get("tiers", ())),
        share=share(given.get("share", 0)),
    )


def _tier(value: object) -> str:
    return fields.word(value, "tier")


def _only(
    value: object, names: AbstractSet[str], more: AbstractSet[str] = frozenset()
) -> Mapping[str, Any]:
    given = _mapping(value)
    if not names <= set(given) <= names | more:
        told = ", ".join([*sorted(names), *(f"{one} (may be left out)" for one in sorted(more))])
        raise Misuse(f"it has {', '.join(map(str, given)) or 'nothing'}", remedy=f"give {told}")
    return given


def _zone(value: object) -> str:
    text = str(value).strip()
    if text not in available_timezones():
        raise Misuse(
            f"{fields.shown(value)} is no time zone", remedy="a name such as Europe/Berlin or UTC"
        )
    return text


def _late(value: object) -> str:
    if value not in {"next", "reissue"}:
        raise Misuse(f"{fields.shown(value)} is no rule for late plays", remedy="next or reissue")
    return str(value)


def _decimals(value: object) -> int:
    return int(fields.decimal(value, "number of decimals", places=0, most=Decimal(7)))


FIELDS: dict[str, Callable[[object], Any]] = {
    "name": fields.name,
    "recipient": fields.recipient,
    "from": fields.day,
    "to": fields.day,
    "territories": _list(_place),
    "tiers": _list(_tier),
    "models": _list(fields.model),
    "share": share,
    "per_stream": _money,
    "per_subscriber": lambda value: {
        fields.word(kind, "type of subscriber"): _money(each)
        for kind, each in _mapping(value).items()
    },
    "free_tiers": _list(_tier),
    "promotions": _list(_promotion),
    "deductions": lambda value: tuple(
        Deduction(name=str(name)[:100], percent=_percent(each))
        for name, each in _mapping(value).items()
    ),
    "advances": _list(_advance),
    "guarantees": _list(_guarantee),
    "currency": fields.currency,
    "decimals": _decimals,
    "time_zone": _zone,
    "late_plays": _late,
}
"""Field -> what reads it."""
_NAMES = {"from": "first", "to": "last", "time_zone": "zone"}
_NEEDED = {"name", "recipient", "from", "share", "currency"}


def _odd(one: Agreement, place: str) -> list[Finding]:
    """What is wrong with values that are right each by itself."""
    findings = []
    if one.last is not None and one.last < one.first:
        findings.append(
            _wrong(f"{place}, to", one.last, f"{one.last} is before {one.first}", "a later day")
        )
    if one.deducted > 1:
        findings.append(
            _wrong(f"{place}, deductions", one.deducted, "they take more than all", "100 in all")
        )
    called = [each.name for each in one.promotions]
    if len(set(called)) < len(called):
        findings.append(
            _wrong(f"{place}, promotions", called, "two have one name", "a name for each")
        )
    outside = [each for each in one.free_tiers if one.tiers and each not in one.tiers]
    findings += [
        _wrong(f"{place}, free_tiers", each, "it isn't among tiers", "name it there too")
        for each in outside
    ]
    return findings


def _unknown(place: str, key: object) -> Finding:
    near = difflib.get_close_matches(str(key), FIELDS, 1)
    return _wrong(
        f"{place}, {fields.shown(key)}",
        key,
        "an agreement has no such term",
        f"is it {near[0]}?" if near else f"one of {', '.join(FIELDS)}",
    )


def _wrong(place: str, value: object, message: str, remedy: str) -> Finding:
    return Finding(place=place, value=fields.shown(value), message=message, remedy=remedy)
