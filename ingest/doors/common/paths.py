"""Path policy: what a sender may call a file. Pure; every byte of a name is hostile."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ingest.doors.common.refusals import Reason, Refused

Parts = tuple[str, ...]
"""A path below a feed's root, cleaned; `()` is the root itself."""

ANSWERS = ("acknowledgements", "reports")
"""Folders in each feed's root that we write and the sender reads."""
_ANSWERS = tuple((name,) for name in ANSWERS)

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Of the invisible letters, those that some scripts need, between others, to be written rightly."""
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, though their categories are those of visible ones."""
_DEVICES = re.compile(
    r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)"
    r" *(\..*)?",
    re.IGNORECASE | re.DOTALL,
)
"""Names that Windows takes for devices, with any extension."""
_STAGED = re.compile(r"\.in\..*[^. ]\.")
"""What ProFTPD, and relays that do as it does, call a file until it is whole; it never counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathLimits:
    """Longest name and path in UTF-8 bytes, and how many folders deep."""

    name: int = 200
    path: int = 1000
    depth: int = 16


DEFAULT_LIMITS = PathLimits()


def clean(path: bytes | str, limits: PathLimits = DEFAULT_LIMITS) -> Parts:
    """The parts of a path as the sender gave it, absolute or relative to its root.

    Raises:
        Refused: it climbs above the root, or a name breaks the policy.
    """
    parts: list[str] = []
    for name in _decoded(path).split("/"):
        if name == "..":
            if not parts:
                raise Refused(
                    Reason.DENIED,
                    "this path climbs out of your folder with '..'; your root is '/'",
                )
            parts.pop()
        elif name not in ("", "."):
            parts.append(_name(name, limits))
    if len(parts) > limits.depth:
        raise Refused(Reason.BAD_NAME, f"more than {limits.depth} folders deep; use fewer")
    if len("/".join(parts).encode()) > limits.path:
        raise Refused(
            Reason.BAD_NAME, f"the path is longer than {limits.path} bytes; use shorter names"
        )
    return tuple(parts)


def canonical(path: bytes | str, limits: PathLimits = DEFAULT_LIMITS) -> str:
    """The absolute path for display; `..` at the root stays at the root, as in every shell."""
    kept: list[str] = []
    for name in _decoded(path).split("/"):
        if name == "..":
            kept = kept[:-1]
        elif name not in ("", "."):
            kept.append(_name(name, limits))
    return "/" + "/".join(kept)


def shown(parts: Parts) -> str:
    """Relative POSIX path."""
    return "/".join(parts)


def ours(parts: Parts) -> bool:
    """Whether it is a place of our answers: in the root, or acknowledgements in a batch (1.8)."""
    return parts[:1] in _ANSWERS or parts[1:2] == _ANSWERS[0]


def writable(parts: Parts) -> None:
    """Raise Refused where a sender may only read."""
    if not parts:
        raise Refused(Reason.DENIED, "this is your root folder; name something in it")
    if ours(parts):
        place = parts[0] if parts[0] in ANSWERS else f"{parts[0]}/{parts[1]}"
        raise Refused(
            Reason.DENIED, f"{place}/ is written by us and only read by you; upload elsewhere"
        )


def _decoded(path: bytes | str) -> str:
    if isinstance(path, str):
        return path
    try:
        return path.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(
            Reason.BAD_NAME,
            f"byte {error.start + 1} of this name is not UTF-8; switch your client to UTF-8 names",
        ) from None


def _hidden(char: str) -> bool:
    return char in _EMPTY or unicodedata.category(char) in _HIDDEN_CATEGORIES


def _joins(name: str, at: int) -> bool:
    """Whether it is a joiner where one has an effect: after a letter, mark or sign beyond ASCII."""
    before = name[at - 1] if at else ""
    return name[at] in _JOINERS and before > "\x7f" and unicodedata.category(before)[0] in "LMS"


def _name(name: str, limits: PathLimits) -> str:
    name = unicodedata.normalize("NFC", name)
    for at, char in enumerate(name, 1):
        if _hidden(char) and not _joins(name, at - 1):
            raise Refused(
                Reason.BAD_NAME,
                f"character {at} of a name is U+{ord(char):04X}, which can't be seen; rename it",
            )
    if "\\" in name:
        raise Refused(Reason.BAD_NAME, "a name has a backslash; separate folders with '/'")
    if (name.endswith(".") and not _STAGED.fullmatch(name)) or name != name.strip():
        raise Refused(
            Reason.BAD_NAME,
            "a name begins with a blank, or ends with a blank or a dot, which other systems drop; "
            "rename it",
        )
    if _DEVICES.fullmatch(name):
        raise Refused(
            Reason.BAD_NAME, f"{name.partition('.')[0]} is the name of a device; take another"
        )
    if len(name.encode()) > limits.name:
        raise Refused(
            Reason.BAD_NAME, f"a name is longer than {limits.name} bytes; take a shorter one"
        )
    return name
