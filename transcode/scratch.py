"""Temporary folders of encodings that don't outlive a killed process for long."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"encode-(\d{1,9})-\w+")
_in_use: set[Path] = set()


@contextmanager
def folder(work: Path) -> Iterator[Path]:
    """A folder under `work`, named for this process, gone at the end."""
    work.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"encode-{os.getpid()}-", dir=work.resolve()))
    _in_use.add(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        _in_use.discard(path)


def sweep(work: Path) -> None:
    """Remove the folders of processes that are no more; in a container a new one has their id."""
    if not work.is_dir():
        return
    for path in work.resolve().iterdir():
        owner = _NAME.fullmatch(path.name)
        if owner is None or path in _in_use:
            continue
        if int(owner[1]) == os.getpid() or not Path(f"/proc/{owner[1]}").exists():
            shutil.rmtree(path, ignore_errors=True)
