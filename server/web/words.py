"""Words and figures of the pages: durations, ages, sizes, dates, states. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from server.reporting.periods import parse_period
from server.royalties.currencies import DECIMALS
from server.usage.policy import REASONS

if TYPE_CHECKING:
    from server.reporting.periods import Period

MINUTE = 60
HOUR = 3600
DAY = 86_400
KILO = 1000
WHO_KEPT = 24


def clock(seconds: float) -> str:
    """Length as `4:38` or `1:02:03`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, left = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def duration(seconds: float) -> str:
    """Length as `44 min`, `1 h 14` or `50 s`."""
    if seconds < MINUTE:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < MINUTE else f"{minutes // 60} h {minutes % 60:02}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 track`, `3 tracks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Bytes as `612 MB`."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < KILO or unit == "TB":
            break
        amount /= KILO
    return f"{amount:.1f} {unit}" if amount < 10 and unit != "B" else f"{amount:.0f} {unit}"


def plays(count: int) -> str:
    """A number of plays as `940 K`, `1.2 M` or `2 M`."""
    if count < KILO:
        return str(count)
    if count < KILO * KILO:
        return f"{_tenths(count / KILO)} K" if count < 10 * KILO else f"{count // KILO} K"
    return f"{_tenths(count / KILO / KILO)} M"


def _tenths(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0")


SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
MINUS = "\N{MINUS SIGN}"


def money(amount: str, currency: str, more: int = 0) -> str:
    """`€ 41,206.18`, `KWD 1.250`, `¥ 700`: for reading, in the decimals that the currency is paid
    in and `more`; the exact amount belongs beside it."""
    value = Decimal(amount)
    figure = f"{abs(value):,.{DECIMALS.get(currency, 2) + more}f}"
    sign = MINUS if value < 0 and figure.strip("0.,") else ""
    return f"{sign}{SIGNS.get(currency, currency)}\u00a0{figure}".strip()


def signed(count: int) -> str:
    """`+1,204`, `\N{MINUS SIGN}3`, `0`."""
    return f"{count:+,}".replace("-", MINUS) if count else "0"


def percent(change: float | None) -> str:
    """How a figure moved: `+6.2 %`, `\N{MINUS SIGN}0.8 %`; a dash where that says nothing."""
    if change is None:
        return "\N{EN DASH}"
    if not round(change, 1):
        return "\N{PLUS-MINUS SIGN}0\u00a0%"
    return f"{change:+,.1f}\u00a0%".replace("-", MINUS)


def period(text: str) -> str:
    """`October 2026`, `Q4 2026`, `2 to 8 November 2026`, of a period as it is written in names."""
    found = parse_period(text)
    if not found.whole_months:
        return f"{_start(found)} to {found.last.day} {found.last:%B %Y}"
    if len(found.months) == 1:
        return f"{found.first:%B %Y}"
    return f"Q{found.last.month // 3} {found.first.year}"


def _start(found: Period) -> str:
    """As much of the first day as differs from the last."""
    first, last = found.first, found.last
    if first.year != last.year:
        return f"{first.day} {first:%B %Y}"
    return str(first.day) if first.month == last.month else f"{first.day} {first:%B}"


def before(text: str) -> str:
    """What the period before is called beside this one: `September`, `December 2025`."""
    found = parse_period(text)
    if not found.whole_months:
        return "the week before"
    if len(found.months) > 1:
        return "the quarter before"
    month = found.months[0].previous
    return f"{month.first:%B}" if month.year == found.first.year else f"{month.first:%B %Y}"


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 instant or date, None when it is missing or no date."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def date(text: str | None) -> str:
    """`6 November 2026`; what is no date stays as it is."""
    at = instant(text)
    return f"{at.day} {at:%B %Y}" if at else text or ""


def year(text: str | None) -> str:
    """`2026`, or nothing."""
    at = instant(text)
    return str(at.year) if at else ""


def day(at: datetime) -> str:
    """`Saturday, 21 November`."""
    return f"{at:%A}, {at.day} {at:%B}"


def age(text: str | None, now: datetime) -> str:
    """How long ago: `now`, `12 min`, `5 h`, `3 d`, then the date."""
    at = instant(text)
    if at is None:
        return ""
    seconds = (now - (at if at.tzinfo else at.replace(tzinfo=now.tzinfo))).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} d" if seconds < 14 * DAY else f"{at.day} {at:%b %Y}"


def ago(text: str) -> str:
    """An age as it is said: `just now`, `12 min ago`, `on 22 Oct 2026`."""
    if not text or text == "now":
        return "just now" if text else ""
    return f"on {text}" if text[-4:].isdigit() else f"{text} ago"


def sentences(*parts: str) -> str:
    """What went wrong and what to do, each as a sentence."""
    return " ".join(_sentence(part.strip()) for part in parts if part.strip())


def _sentence(text: str) -> str:
    if text.startswith(("segue ", "--")):  # a command is typed as it stands
        return text
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def meaning(reason: str) -> str:
    """Why a play does not count, in words."""
    return REASONS[reason][1] if reason in REASONS else "decided by an operator"


def person(name: str) -> str:
    """Who did something, without the kind of who it is: `operator: ann` is `ann`."""
    return name.removeprefix("operator: ")


def quality(facts: dict[str, int] | None) -> str:
    """`Lossless 24/96`, `Lossless 16/44`, or `AAC 256` where the master is not lossless."""
    if not facts:
        return ""
    if not facts.get("lossless"):
        return "AAC 256"
    return f"Lossless {facts.get('bits') or 16}/{(facts.get('rate') or 44_100) // KILO}"


def role(name: str) -> str:
    """A DDEX role in words: `MainArtist` is `Main artist`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize() if name.isalpha() else name


def line(text: str | None, mark: str) -> str:
    """A P or C line with its mark once in front, however the sender wrote it."""
    bare = re.sub(r"^\s*(\([PpCc]\)|[\u2117\u00a9])\s*", "", text or "")
    return f"{mark} {bare}" if bare else ""


def ean(code: str | None) -> str:
    """`4 260991 201183`: a 13-digit code in its printed groups; others as they are."""
    digits = (code or "").removeprefix("0") if len(code or "") == 14 else code or ""
    return f"{digits[0]} {digits[1:7]} {digits[7:]}" if len(digits) == 13 else digits


WAYS = {"azure": "Azure", "atom": "Atom"}


def way(protocol: str) -> str:
    """A protocol as it is written: `SFTP`, `Azure`."""
    return WAYS.get(protocol) or protocol.upper()


CREDENTIALS = {"api_key": "API key", "store": "Store access"}


def credential(kind: str) -> str:
    """`Password`, `API key`, `Certificate authority`."""
    return CREDENTIALS.get(kind) or kind.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a delivery state is shown, and on whom it waits when the delivery does not say."""

    word: str
    tone: str
    icon: str
    group: str
    waits: str = ""


_NOW = {
    "available": ("Available now", "ok", "circle-check", {"live", "scheduled", "hidden"}),
    "scheduled": ("Scheduled now", "info", "calendar-clock", {"scheduled", "hidden"}),
    "taken_down": ("Taken down now", "neutral", "eye-off", {"hidden"}),
    "purged": ("Purged now", "neutral", "eye-off", {"purged"}),
}


def now(availability: str | None, state: str) -> StateWords | None:
    """What became of a delivery's release since, where its own state does not say so."""
    found = _NOW.get(availability or "")
    if found is None or state not in _SPEAKS or state in found[3]:
        return None
    return StateWords(found[0], found[1], found[2], "now")


_SPEAKS = {"live", "scheduled", "hidden", "purged"}

STATES: dict[str, StateWords] = {
    "received": StateWords("Received", "info", "inbox", "work", "Segue"),
    "checking": StateWords("Checking", "info", "loader-circle", "work", "Segue"),
    "transcoding": StateWords("Transcoding", "info", "loader-circle", "work", "Segue"),
    "live": StateWords("Live", "ok", "circle-check", "live"),
    "scheduled": StateWords("Scheduled", "info", "calendar-clock", "scheduled", "Street date"),
    "hidden": StateWords("Hidden", "neutral", "eye-off", "closed"),
    "held": StateWords("Your decision", "warn", "hand", "you", "You"),
    "refused": StateWords("Needs fix", "bad", "circle-alert", "sender", "Sender"),
    "failed": StateWords("Failed", "bad", "circle-x", "you", "You"),
    "repeated": StateWords("Repeated", "neutral", "copy", "closed"),
    "purged": StateWords("Purged", "neutral", "circle-minus", "closed"),
    "recorded": StateWords("Recorded", "neutral", "file-code", "closed"),
    "tested": StateWords("Test passed", "neutral", "circle-check", "closed"),
    "superseded": StateWords("Superseded", "neutral", "circle-minus", "closed"),
    "incomplete": StateWords("Incomplete", "neutral", "circle-dashed", "sender", "Sender"),
}

GROUPS: dict[str, str] = {
    "": "All",
    "you": "Waiting for you",
    "sender": "Waiting for sender",
    "work": "In work",
    "scheduled": "Scheduled",
    "live": "Live",
    "closed": "Closed",
}


def state(name: str) -> StateWords:
    """The words of a state; an unknown one is shown by its own name."""
    return STATES.get(name) or StateWords(name.capitalize(), "neutral", "circle-dashed", "closed")


def waiting(text: str | None, name: str) -> tuple[str, str]:
    """On whom a delivery waits, and for what: `Sender: a corrected delivery` cut in two."""
    who, colon, what = (text or "").partition(": ")
    if colon and len(who) <= WHO_KEPT:
        return "You" if who == "Operator" else who, what
    return state(name).waits, text or ""


def states_of(group: str) -> list[str]:
    """The states that a tab of the delivery list shows; none means all."""
    return [name for name, words in STATES.items() if group and words.group == group]
