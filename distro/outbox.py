"""What there is to deliver: a batch folder on this disk, looked at before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Misuse, NotFound
from ddex import xml
from ddex.choreography import manifest, names
from ddex.errors import MessageUnreadable

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file and its path at the target, relative, with `/`."""

    source: Path
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRelease:
    """A release folder; the message id is empty when its XML can't be read."""

    name: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBatch:
    """A batch: its files, and the one that completes it, which goes last."""

    name: str
    batch_id: str
    files: tuple[LocalFile, ...]
    complete: LocalFile
    releases: tuple[LocalRelease, ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(each.size for each in (*self.files, self.complete))


def find(folder: Path) -> LocalBatch:
    """The batch in this folder, which is a batch folder or holds exactly one.

    Raises:
        NotFound: no such folder, or no batch in it.
        Misuse: several batches, no BatchComplete file, or a link in it.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}", remedy="make one: segue distro make")
    home = _batch_home(folder.resolve())
    kind = names.folder(home.name)
    if not isinstance(kind, names.BatchFolder):  # pragma: no cover - _batch_home chose it
        raise Misuse(f"{home} is no batch folder")
    files = _files(home)
    complete = [each for each in files if _completes(each, home)]
    if len(complete) != 1:
        raise Misuse(
            f"{home} needs one BatchComplete file, it has {len(complete)}",
            remedy=f"make an empty {names.batch_complete(kind.batch_id)} to complete it by hand",
        )
    return LocalBatch(
        name=home.name,
        batch_id=kind.batch_id,
        files=tuple(each for each in files if each is not complete[0]),
        complete=complete[0],
        releases=_releases(home, complete[0].source),
    )


def _batch_home(folder: Path) -> Path:
    if isinstance(names.folder(folder.name), names.BatchFolder):
        return folder
    found = sorted(
        each
        for each in folder.iterdir()
        if each.is_dir() and isinstance(names.folder(each.name), names.BatchFolder)
    )
    if not found:
        raise NotFound(
            f"there is no batch in {folder}",
            remedy="a batch folder is named like N_20260105100500123",
        )
    if len(found) > 1:
        listed = ", ".join(each.name for each in found)
        raise Misuse(f"{folder} holds several batches: {listed}", remedy="name one of them")
    return found[0]


def _files(home: Path) -> list[LocalFile]:
    found = []
    for source in sorted(home.rglob("*")):
        if source.is_symlink():
            raise Misuse(f"{source} is a link; a delivery holds files", remedy="copy the file")
        if source.is_file():
            path = f"{home.name}/{source.relative_to(home).as_posix()}"
            found.append(LocalFile(source=source, path=path, size=source.stat().st_size))
    return found


def _completes(file: LocalFile, home: Path) -> bool:
    return file.source.parent == home and names.completes(file.source.name) is not None


def _releases(home: Path, complete: Path) -> tuple[LocalRelease, ...]:
    told = _manifest_ids(complete)
    folders = sorted(
        each for each in home.iterdir() if each.is_dir() and each.name != names.ACKNOWLEDGEMENTS
    )
    return tuple(
        LocalRelease(name=each.name, message_id=_message_id(each) or told.get(each.name, ""))
        for each in folders
    )


def _manifest_ids(complete: Path) -> dict[str, str]:
    """Message ids by release folder, as the manifest has them; empty when it can't be read."""
    try:
        found = manifest.read(complete.read_bytes())
    except MessageUnreadable:
        return {}
    messages = found.messages if found else ()
    return {each.url.removeprefix("./").partition("/")[0]: each.message_id for each in messages}


def _message_id(folder: Path) -> str:
    for path in sorted(folder.glob("*.xml")):
        try:
            root = xml.parse(path.read_bytes()).root
        except MessageUnreadable:
            continue
        found = root.findtext("MessageHeader/MessageId")
        if found:
            return str(found).strip()
    return ""
