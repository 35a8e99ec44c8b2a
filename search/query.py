"""What a question asks for: exact codes, and words with their tolerance for typing errors. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.ids import gtin14, isrc
from search.text import is_unspaced, whole, words

MAX_QUERY = 200
MAX_WORDS = 12
FORGIVING = 5
"""Letters from which typing errors are forgiven."""

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_BARCODE = re.compile(r"\d{8}|\d{12,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Word:
    """One word that must occur: `distance` edits are forgiven; `prefix`: it may go on."""

    text: str
    distance: int
    prefix: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as understood. `code` is an ISRC or GTIN-14 or empty; `whole` all as one word."""

    words: tuple[Word, ...] = ()
    code: str = ""
    whole: str = ""


def understand(text: str) -> Question:
    """Read a question as typed. Never raises; nonsense gives an empty question."""
    text = text[:MAX_QUERY]
    found = words(text)[:MAX_WORDS]
    last = len(found) - 1
    open_end = not text.endswith(" ")
    return Question(
        words=tuple(
            Word(word, tolerance(word), prefix=_goes_on(word, last=i == last and open_end))
            for i, word in enumerate(found)
        ),
        code=code_of(text),
        whole=whole(text),
    )


def _goes_on(word: str, *, last: bool) -> bool:
    """The word being typed may go on; so may one before it that is too short to forgive typos in,
    because people cut words short: `glas orch`."""
    return not is_unspaced(word) and (last or 3 <= len(word) < FORGIVING)


def tolerance(word: str) -> int:
    """Edits forgiven: none under 5 letters, 1 under 9, 2 beyond; none where letters are words."""
    if is_unspaced(word) or len(word) < FORGIVING or word.isdigit():
        return 0
    return 1 if len(word) < 9 else 2


def code_of(text: str) -> str:
    """An ISRC without hyphens, or an UPC or EAN as GTIN-14; empty when the text is neither."""
    plain = isrc(text)
    if _ISRC.fullmatch(plain):
        return plain
    return gtin14(plain) if _BARCODE.fullmatch(plain) else ""


def edits(word: str, other: str, limit: int, *, prefix: bool) -> int | None:
    """Edits (insert, delete, change, swap) from `word` to `other`, or to a prefix of it.

    Returns None when there are more than `limit`.
    """
    if prefix and other.startswith(word):
        return 0
    if not prefix and abs(len(word) - len(other)) > limit:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        new = [i]
        for j, there in enumerate(other, 1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == there:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        before, row = row, new
    best = min(row) if prefix else row[-1]
    return best if best <= limit else None
