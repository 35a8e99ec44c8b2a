"""What a check is given and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.folders import DataFolder
    from core.settings import Settings


class State(StrEnum):
    """How a check ended; only `fail` keeps the service from serving."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what to do about it."""

    state: State
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """The installation as its settings describe it; nothing of it needs to exist yet."""

    settings: Settings
    data: DataFolder
    now: datetime


Check = Callable[[Patient], Verdict]


def ok(what: str) -> Verdict:
    return Verdict(State.OK, what)


def warn(what: str, remedy: str = "") -> Verdict:
    return Verdict(State.WARN, what, remedy)


def fail(what: str, remedy: str = "") -> Verdict:
    return Verdict(State.FAIL, what, remedy)
