"""The schema files of a folder or zip that somebody downloaded: bounded, links never followed."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Misuse, NotFound
from server.services.packages import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = (".xsd", ".sch")
MAX_FILES = 5_000
MAX_ENTRIES = 100_000
MAX_FILE = 32 * 1024 * 1024
MAX_ALL = 512 * 1024 * 1024


def read_source(path: Path) -> dict[str, bytes]:
    """Bytes of all schema files by their path in the folder or zip.

    Raises:
        NotFound: nothing is there.
        Misuse: it is neither a folder nor a zip, or too big to be schemas.
    """
    if path.is_dir():
        pieces = _folder(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        pieces = _zip(path)
    elif path.exists():
        raise Misuse(f"{path} is neither a folder nor a zip archive")
    else:
        raise NotFound(f"{path} is not there")
    found: dict[str, bytes] = {}
    total = 0
    for name, data in pieces:
        found[name] = data
        total += len(data)
        if len(found) > MAX_FILES or total > MAX_ALL:
            raise Misuse(f"{path} holds more than schemas ever do: it was not installed")
    return found


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    for here, folders, names in os.walk(root, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            if path.suffix.lower() in KINDS and stat.S_ISREG(path.lstat().st_mode):
                with open_file(path) as file:
                    yield path.relative_to(root).as_posix(), _bounded(file.read(MAX_FILE + 1), name)


def _zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names inside an archive are only looked at, never written to."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise Misuse(f"{path} has more than {MAX_ENTRIES} entries")
            for entry in archive.infolist():
                if _is_schema(entry):
                    with archive.open(entry) as file:
                        data = file.read(MAX_FILE + 1)
                    yield entry.filename, _bounded(data, entry.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as wrong:
        raise Misuse(f"{path} can't be read as a zip archive: {wrong}") from None


def _is_schema(entry: zipfile.ZipInfo) -> bool:
    kind = entry.external_attr >> 16
    return (
        entry.filename.lower().endswith(KINDS)
        and not stat.S_ISLNK(kind)
        and not entry.flag_bits & 1  # encrypted
    )


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > MAX_FILE:
        raise Misuse(f"{name!r} has more than {MAX_FILE >> 20} MiB: that is no schema")
    return data
