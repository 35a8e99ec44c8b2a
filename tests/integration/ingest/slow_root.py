"""A composition root of the tests: the service, whose first transcode does not end.

    slow_root.py MARK

`MARK` is a file that is made when the transcode begins.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.settings import load
from core.work import Work
from server import service

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.local import Local

T = TypeVar("T")
mark = Path(sys.argv[1])


class Endless(Work):
    """Work that stands still in the transcode."""

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        if name == "7 transcode":
            mark.touch()
            threading.Event().wait()
        return super().run(name, action, *args)


def make_work(local: Local) -> Work:
    return Endless(local.data.work_database)


def tell(addresses: service.Addresses) -> None:
    print(json.dumps(addresses.to_json()), flush=True)  # noqa: T201 - the answer


service.run(load(), tell, make_work)
