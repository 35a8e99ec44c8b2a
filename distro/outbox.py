"""What there is to deliver: a batch on this disk, or a release by itself, looked at before anything
is sent."""

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
    """A batch, or a release by itself: its files, and the one that completes it, which goes last:
    BatchComplete, or the message. `batch_id` is empty for a release by itself."""

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
    """The batch in this folder, which is a batch folder or holds exactly one; or a release folder
    to be sent by itself.

    Raises:
        NotFound: no such folder, or no batch in it.
        Misuse: several batches, nothing that completes it, or a link in it.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}", remedy="make one: segue distro make")
    home = _home(folder.resolve())
    kind = names.folder(home.name)
    files = _files(home)
    if not isinstance(kind, names.BatchFolder):
        return _alone(home, kind.release_id if kind else home.name, files)
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


def _alone(home: Path, release_id: str, files: list[LocalFile]) -> LocalBatch:
    """A release by itself: what completes it is its message."""
    found = [each for each in files if each.source.parent == home]
    found = [each for each in found if each.source.suffix.lower() == ".xml"]
    named = [each for each in found if each.source.stem == release_id] or found
    if len(named) != 1:
        raise Misuse(
            f"{home} needs one message, it has {len(named)}",
            remedy=f"name the message {release_id}.xml",
        )
    release = LocalRelease(name=release_id, message_id=_message_id(home))
    return LocalBatch(
        name=home.name,
        batch_id="",
        files=tuple(each for each in files if each is not named[0]),
        complete=named[0],
        releases=(release,),
    )


def _home(folder: Path) -> Path:
    """The top folder: this one, or the only one in it."""
    if names.folder(folder.name) or (folder / f"{folder.name}.xml").is_file():
        return folder
    found = sorted(each for each in folder.iterdir() if each.is_dir() and names.folder(each.name))
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
