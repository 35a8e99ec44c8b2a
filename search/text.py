"""Words of titles and names, folded alike when indexed and when asked for. Pure.

- Letter case, accents and Latin look-alikes fold (`Ø` to `o`, `ß` to `ss`); so do katakana and
  hiragana, full and half width, Arabic and Hebrew points.
- `T.N.T.` is `tnt`, `don't` is `dont`; what other marks join is found by its parts and as one
  word (`AC/DC`: `ac`, `dc`, `acdc`), and marks that stand for letters are tried as such (`P!nk`).
- Scripts without blanks (Han, kana, Hangul, Thai, …) are cut into single letters and pairs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_TEXT = 1000
"""Letters of one text that are looked at."""

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
    | {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}  # katakana to hiragana
)
_STAND_INS = str.maketrans({"!": "i", "$": "s", "@": "a", "¡": "i", "€": "e"})
_ACRONYM = re.compile(r"(?<!\w)(?:\w\.){2,}\w?(?!\w)")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")  # noqa: RUF001 - these are the marks people type
_CHUNK = re.compile(r"\S+")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """One line in lower case without accents; marks and blanks stay."""
    text = unicodedata.normalize("NFKD", text[:MAX_TEXT]).casefold().translate(_LETTERS)
    kept = "".join(letter for letter in text if not _is_accent(letter))
    return unicodedata.normalize("NFC", kept).translate(_LETTERS)


def _is_accent(letter: str) -> bool:
    """Marks that may fall away: Latin, Greek, Cyrillic, Hebrew, Arabic; not vowels of Thai."""
    return letter >= "\u0300" and (
        letter <= "\u036f" or "\u0591" <= letter <= "\u05c7" or "\u064b" <= letter <= "\u065f"
    ) and unicodedata.category(letter) == "Mn"  # fmt: skip


def tokens(text: str) -> list[str]:
    """The words under which a text is found, without repeats."""
    found: list[str] = []
    for chunk in _chunks(text):
        parts = _parts(chunk)
        found.extend(parts)
        if len(parts) > 1:
            found.append("".join(parts))
        stand_in = "".join(_parts(chunk.strip("!¡").translate(_STAND_INS)))
        if stand_in:
            found.append(stand_in)
    return list(dict.fromkeys(word for each in found for word in _grams(each, single=True)))


def words(query: str) -> list[str]:
    """The words of a question, in their order; of unspaced scripts pairs of letters."""
    found = [word for chunk in _chunks(query) for word in _parts(chunk)]
    return list(dict.fromkeys(word for each in found for word in _grams(each, single=False)))


def whole(text: str) -> str:
    """The whole text as one word, to find what is called exactly so."""
    return "".join(part for chunk in _chunks(text) for part in _parts(chunk))[:200]


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script without blanks between words."""
    return bool(word) and bool(_UNSPACED.match(word))


def _chunks(text: str) -> list[str]:
    text = _APOSTROPHES.sub("", fold(text))
    text = _ACRONYM.sub(lambda found: found[0].replace(".", ""), text)
    return _CHUNK.findall(text)


def _parts(chunk: str) -> list[str]:
    """Runs of letters, marks and digits."""
    parts, run = [], ""
    for letter in chunk:
        if unicodedata.category(letter)[0] in "LNM":
            run += letter
        elif run:
            parts.append(run)
            run = ""
    return [*parts, run] if run else parts


def _grams(word: str, *, single: bool) -> list[str]:
    """The word itself; runs of unspaced scripts as pairs (and as single letters when indexed)."""
    found: list[str] = []
    for run in re.findall(rf"{_UNSPACED.pattern}+|[^\s]+?(?={_UNSPACED.pattern}|$)", word):
        if not is_unspaced(run):
            found.append(run)
            continue
        if single or len(run) == 1:
            found.extend(run)
        found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found
