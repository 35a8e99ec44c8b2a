"""Is it complete, and what is in it? Pure: what is known of a release folder in, its state out.

All doors and watchers feed the same machine. The sender's word makes a folder complete, never the
age of files: a BatchComplete file; or, release by release, the message itself, which then must have
all that it names. Whatever the order in which files arrive, the same deliveries follow.

    word        called, what is named is here, all ends sure    -> delivered at once
                something named is not here                     -> waits for it
                a door that sees no upload under way, quiet     -> delivered as it is, so that the
                                                                   sender is told what lacks

A receipt is a number that grows with each finished file, so a file sent again has a greater one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ddex.choreography.rows import ROWS, Choreography
from ingest.inbox.states import Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingest.inbox.needs import Need, Needs

    Read = Callable[["Arrived"], Needs | None]
    """What a message file needs; None when it can't be read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A finished file: its path in the feed's view, its size in bytes, digest and receipt.

    `sure` is false for what came by a connection that can't tell its end; `doubt` says what an
    examination of it found.
    """

    path: str
    size: int
    blake3: str
    receipt: int
    sure: bool = True
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The newest delivery of a release folder: its receipt, digests by path in the folder, and
    what became of it. `absent`: it was made to tell that the folder is not there."""

    receipt: int
    files: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release folder as it lies there. `root` is its path, `folder` its name in the batch (empty
    when it lies in none), `name` that of its release; `shared` the files of the batch's
    common `resources`. `called` is the receipt of the newest BatchComplete, None when there is
    none; `early` whether it came before something that it speaks of, or before everything, so that
    more is still to come.
    `named`: a manifest names this folder. `known`: the catalogue has this release, so that a
    message without any file may be an update of it."""

    root: str
    name: str
    folder: str = ""
    row: Choreography = ROWS["batch-1.8"]
    files: tuple[Arrived, ...] = ()
    shared: tuple[Arrived, ...] = ()
    sent: Sent | None = None
    called: int | None = None
    early: bool = False
    named: bool = False
    known: bool = False

    @property
    def receipt(self) -> int:
        """Of the newest file in it, 0 when there is none."""
        return max((file.receipt for file in self.files), default=0)

    @property
    def fresh(self) -> bool:
        """Whether something came since the last delivery, if there was one of any file."""
        return self.sent is None or not self.sent.files or self.receipt > self.sent.receipt

    @property
    def awaited(self) -> bool:
        """Whether the sender's newest word is still to be done."""
        if self.called is None or (not self.files and self.sent is not None and self.sent.files):
            return False
        return self.fresh and (self.sent is None or self.sent.receipt < self.called)

    def inside(self, file: Arrived) -> str:
        """The path of a file as its message would name it; shared ones lie in `resources/`."""
        if file in self.shared:
            return "resources/" + file.path.split("/resources/", 1)[1]
        return file.path.removeprefix(f"{self.root}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A release folder that became a delivery: `xml` is None when it holds no message. `files`
    are those of the folder and of `shared` the ones that its message names."""

    name: str
    root: str = ""
    xml: str | None = None
    files: tuple[Arrived, ...] = ()
    shared: tuple[Arrived, ...] = ()
    receipt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a release folder holds against what its message names, by paths in the folder."""

    xml: Arrived | None = None
    readable: bool = False
    lacking: tuple[str, ...] = ()
    cut: tuple[Arrived, ...] = ()
    unsure: tuple[Arrived, ...] = ()
    needs: Mapping[str, Need] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a release folder, and the delivery that is to be made of it now, if any."""

    state: State
    look: Look
    deliver: Folder | None = None


def stand(release: Release, event: Event, read: Read) -> Standing:
    """Where a release folder stands after an event, and whether it is delivered now.

    `event` decides what a folder does that is not whole: QUIET and OVERDUE end the waiting.
    """
    look = looked(release, read)
    if release.folder or release.called is not None:
        late = _late(release, event, look)
        state, due = _of_batch(release, event, look, late=late), release.awaited or late
    else:
        state, due = _of_release(release, event, look), release.fresh
    made = state is State.DELIVERED and due
    return Standing(state=state, look=look, deliver=folder_of(release, look) if made else None)


def _of_batch(release: Release, event: Event, look: Look, *, late: bool) -> State:
    """Release folders of a batch: complete by BatchComplete."""
    if late or (release.awaited and (release.files or release.named)):
        return _complete(release, event, look)
    if not release.files:
        told = release.sent is not None and not release.sent.files
        return State.DELIVERED if told else State.EMPTY
    if release.sent is None:
        return State.GATHERING
    return State.CHANGED if release.fresh else State.DELIVERED


def _late(release: Release, event: Event, look: Look) -> bool:
    """Whether all that a refused delivery of a batch lacked came after it, and nothing else: the
    sender's word speaks of it already. Only after quiet: else it may be the first file of a
    correction, whose word is still to come."""
    sent = release.sent
    if event is not Event.QUIET or sent is None or release.called is None or look.lacking:
        return False
    if not release.fresh or not sent.settled or sent.accepted:
        return False
    come = [release.inside(file) for file in release.files if file.receipt > sent.receipt]
    awaited = {*look.needs, release.inside(look.xml)} if look.xml else set()
    return bool(come) and all(path in awaited and path not in sent.files for path in come)


def _of_release(release: Release, event: Event, look: Look) -> State:
    """A release by itself: complete by its message. What comes after a delivery that was refused
    waits until all has come, because nothing says which file is the last."""
    if not release.files or not release.fresh:
        return State.DELIVERED if release.files else State.EMPTY
    if look.xml is not None and (release.sent is None or _anew(release.sent, event, look)):
        return _complete(release, event, look)
    return State.GATHERING if release.sent is None else State.CHANGED


def _anew(sent: Sent, event: Event, look: Look) -> bool:
    """Whether a release that was delivered before is to be delivered once more."""
    if sent.accepted:
        return look.xml is not None and look.xml.receipt > sent.receipt
    return event is Event.QUIET and sent.settled and not look.lacking


def _complete(release: Release, event: Event, look: Look) -> State:
    """The sender's word is here: is all here that it speaks of?"""
    if look.cut:
        return State.DELIVERED if event in {Event.QUIET, Event.OVERDUE} else State.CUT
    if look.lacking:
        return State.DELIVERED if _told(release, event, look) else State.LACKING
    return State.UNSURE if look.unsure else State.DELIVERED


def _told(release: Release, event: Event, look: Look) -> bool:
    """Whether it is delivered as it is, so that the sender is told what lacks. An update brings
    all its recordings or none."""
    primary = any(need.primary for need in look.needs.values())
    if event is Event.QUIET and release.known and look.readable and not primary:
        return True
    if release.called is None:
        return False
    return event is Event.OVERDUE or (event is Event.QUIET and not release.early)


def looked(release: Release, read: Read) -> Look:
    """Compare a folder with what its message names."""
    xml = message_of(release)
    if xml is None:
        several = any(_is_message(release.inside(file)) for file in release.files)
        return Look(lacking=() if several else (f"{release.name}.xml",))
    needs = read(xml)
    if needs is None:
        broken = not xml.sure and not _confirmed(release, xml, None)
        return Look(xml=xml, cut=(xml,) if broken else ())
    here = {release.inside(file): file for file in (*release.shared, *release.files)}
    met, lacking = needs.found({path: file.size for path, file in here.items()})
    doubts = [
        (file, _confirmed(release, file, met.get(path)))
        for path, file in here.items()
        if not file.sure and file is not xml and (path in met or file not in release.shared)
    ]
    return Look(
        xml=xml,
        readable=True,
        lacking=lacking,
        cut=tuple(file for file, sure in doubts if sure is False),
        unsure=tuple(file for file, sure in doubts if sure is None),
        needs=met,
    )


def _confirmed(release: Release, file: Arrived, need: Need | None) -> bool | None:
    """Whether an unsure file is whole: by a later word of the sender, or the size that the message
    says. None when only its content can tell."""
    if file.doubt:
        return False
    fits = need.fits(file.size) if need else None
    if fits is not None:
        return fits
    return True if release.called is not None and release.called > file.receipt else None


def message_of(release: Release) -> Arrived | None:
    """The message of a release folder: named like it, or the only XML file at its root."""
    inside = {release.inside(file): file for file in release.files}
    found = {path: file for path, file in inside.items() if _is_message(path)}
    named = found.get(f"{release.name}.xml")
    return named or (next(iter(found.values())) if len(found) == 1 else None)


def _is_message(path: str) -> bool:
    return len(PurePosixPath(path).parts) == 1 and path.lower().endswith(".xml")


def folder_of(release: Release, look: Look) -> Folder:
    """The delivery of a folder as it is now."""
    shared = tuple(file for file in release.shared if release.inside(file) in look.needs)
    doubts = {file.path: file.doubt or CUT_SHORT for file in look.cut}
    return Folder(
        name=release.folder,
        root=release.root,
        xml=look.xml.path if look.xml else None,
        files=tuple(_marked(file, doubts) for file in sorted(release.files, key=_path)),
        shared=tuple(_marked(file, doubts) for file in sorted(shared, key=_path)),
        receipt=max(release.receipt, release.called or 0),
    )


CUT_SHORT = "it is shorter than the message says, and it came by a connection that was cut"


def _marked(file: Arrived, doubts: Mapping[str, str]) -> Arrived:
    return replace(file, doubt=doubts[file.path]) if file.path in doubts else file


def _path(file: Arrived) -> str:
    return file.path


def again(release: Release) -> bool:
    """Whether a folder in which nothing is new is delivered once more, because the sender has
    completed the batch once more: not while the last delivery of it is still at work."""
    return bool(release.files) and release.sent is not None and release.sent.settled
