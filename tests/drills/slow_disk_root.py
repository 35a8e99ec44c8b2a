"""A composition root of the drills: the service on a disk that takes its time, by libfiu.

    fiu-run -x python slow_disk_root.py SECONDS

Every sync of a file, and every write of the database, takes so many seconds more.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time

from core.settings import load
from server import service

POINTS = (b"posix/io/sync/fsync", b"posix/io/sync/fdatasync", b"posix/io/rw/pwritev")
ALWAYS = 1
LATE = float(sys.argv[1])
Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)


@Callback  # type: ignore[untyped-decorator]  # ctypes has no types here
def later(_name: bytes, _failure: int, _info: int, _flags: int) -> int:
    """Called in place of a failure, which it does not make."""
    time.sleep(LATE)
    return 0


def slow_down() -> None:
    fiu = ctypes.CDLL("libfiu.so.0")
    fiu.fiu_enable_external.argtypes = [
        *(ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, Callback)
    ]
    for point in POINTS:
        if fiu.fiu_enable_external(point, ALWAYS, None, 0, later):
            sys.exit(f"libfiu knows no {point.decode()}")


def tell(addresses: service.Addresses) -> None:
    print(json.dumps(addresses.to_json()), flush=True)  # noqa: T201 - the answer


slow_down()
service.run(load(), tell)
