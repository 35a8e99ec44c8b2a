"""Examines, mends, examines again: only what makes a message better, and nothing worse, stays."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex import source
from ddex.ern.repair.mends import MENDS
from ddex.ern.repair.outline import Outline
from ddex.findings import LISTED, Outcome, Severity

if TYPE_CHECKING:
    from ddex.ern.examine import Examination
    from ddex.ern.repair.changes import Change
    from ddex.ern.repair.mends import Mend

Examine = Callable[[bytes], "Examination"]
MAX_BYTES = 32 * 1024 * 1024
_ROUNDS = 4
_LONG = 400
_WORSE = {Outcome.ACCEPT: 0, Outcome.HOLD: 1, Outcome.REJECT: 2}


@dataclass(frozen=True, slots=True)
class Mended:
    """One change that was made: for which codes, on which line of its input, and what it did."""

    codes: tuple[str, ...]
    line: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What came of it; `data` is the same as given when nothing was mended."""

    data: bytes
    before: Examination
    after: Examination
    mended: tuple[Mended, ...] = ()


def repair(data: bytes, examine: Examine) -> Repair:
    """Mend what is certain. `examine` judges bytes as the sender's recipient would."""
    before = examine(data)
    made = Repair(data=data, before=before, after=before)
    if before.message is None or len(data) > MAX_BYTES:
        return made
    tried: set[tuple[str, ...]] = set()
    for _ in range(_ROUNDS):
        reached = made
        for mend in MENDS:
            if mend.codes not in tried:
                made = _apply(mend, made, examine, tried)
        if made is reached:
            break
    return made


def _apply(mend: Mend, made: Repair, examine: Examine, tried: set[tuple[str, ...]]) -> Repair:
    findings = tuple(f for f in made.after.findings if f.code in mend.codes)
    if not findings:
        return made
    try:
        outline = Outline(made.data)
        changes = [change for change in mend.propose(outline, findings) if change is not None]
        data = outline.replaced(change.edit for change in changes)
    except (ValueError, LookupError):  # text that is not in its declared encoding
        return made
    after = examine(data) if changes else made.after
    if not changes or not _is_better(made.after, after, mend.codes):
        tried.add(mend.codes)
        return made
    mended = tuple(_told(mend, change) for change in changes)
    return Repair(data=data, before=made.before, after=after, mended=(*made.mended, *mended))


def _told(mend: Mend, change: Change) -> Mended:
    return Mended(mend.codes, change.line, change.says)


def _is_better(before: Examination, after: Examination, codes: tuple[str, ...]) -> bool:
    """Fewer findings of these codes, of no other code more, and no worse outcome.

    A list cut at its limit shows other warnings once some are gone: they count for nothing.
    """
    if _WORSE[after.outcome] > _WORSE[before.outcome]:
        return False
    old, new = _counts(before), _counts(after)
    if len(before.findings) >= LISTED:
        grave = {f.code for f in after.findings if f.severity is not Severity.WARN}
        return grave <= old.keys()
    wanted = sum(old[code] for code in codes) > sum(new[code] for code in codes)
    return wanted and all(new[code] <= old[code] for code in new if code not in codes)


def _counts(found: Examination) -> Counter[str]:
    counts: Counter[str] = Counter()
    for finding in found.findings:
        counts[finding.code] += finding.count
    return counts


def diff(old: bytes, new: bytes, name: str) -> str:
    """A unified diff that people can read, also of a message that is one long line."""
    before, after = _lines(old), _lines(new)
    if any(len(line) > _LONG for line in before):
        before, after = _by_element(before), _by_element(after)
    start, end = _shared(before, after)
    pieces = difflib.unified_diff(
        before[start : len(before) - end],
        after[start : len(after) - end],
        f"a/{name}",
        f"b/{name}",
        lineterm="",
    )
    return "".join(f"{_moved(line, start)}\n" for line in pieces)


def _lines(data: bytes) -> list[str]:
    text = data.decode(source.encoding(data), "replace")
    return [source.shown(line) for line in re.split(r"\r\n|\r|\n", text)]


def _by_element(lines: list[str]) -> list[str]:
    return [part for line in lines for part in re.sub(r">(?=<)", ">\n", line).split("\n")]


def _shared(before: list[str], after: list[str], context: int = 3) -> tuple[int, int]:
    """How many lines at the start and at the end are the same, a context left out."""
    least = min(len(before), len(after))
    start = next((n for n in range(least) if before[n] != after[n]), least)
    rest = least - start
    end = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return max(start - context, 0), max(end - context, 0)


def _moved(line: str, by: int) -> str:
    """A hunk's head counted from the first line of the file."""
    found = re.fullmatch(r"@@ -(\d+)(.*?) \+(\d+)(.*?) @@", line)
    if found is None:
        return line
    return f"@@ -{int(found[1]) + by}{found[2]} +{int(found[3]) + by}{found[4]} @@"
