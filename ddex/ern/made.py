"""Frozen dataclasses that are made by the million.

A frozen dataclass sets each field through `object.__setattr__`, which takes three times as long as
a plain assignment; a big message is made of hundreds of thousands of them. So mypy holds these to
be frozen, and at run time nobody checks.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], Any]:
        """`dataclasses.dataclass`, but that `frozen` only gives the hash."""
        return dataclasses.dataclass(slots=slots, kw_only=kw_only, unsafe_hash=frozen)


__all__ = ["dataclass"]
