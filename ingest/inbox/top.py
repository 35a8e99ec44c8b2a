"""A top folder: a batch with its release folders, or one release sent by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ddex.choreography.rows import ROWS, Choreography
from ingest.inbox.machine import Arrived, Folder, Release, Sent, again, folder_of, looked, stand
from ingest.inbox.paths import Kind, place, release_name
from ingest.inbox.states import Event, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingest.inbox.machine import Read, Standing

_WORST = (State.CUT, State.LACKING, State.UNSURE, State.GATHERING, State.CHANGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """What lies under one name in a feed's root. `named` are the release folders that a manifest
    names; `known` those whose release the catalogue has."""

    name: str
    row: Choreography = ROWS["batch-1.8"]
    files: tuple[Arrived, ...] = ()
    sent: Mapping[str, Sent] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @property
    def called(self) -> int | None:
        """The receipt of the newest BatchComplete."""
        found = [each.receipt for each in self.files if self._kind(each) is Kind.COMPLETION]
        return max(found, default=None)

    def _kind(self, file: Arrived) -> Kind:
        return place(file.path, self.row).kind

    def releases(self) -> Iterator[Release]:
        """The release folders, by name; an empty one for a batch without any."""
        shared, called = [], self.called
        grouped: dict[str, list[Arrived]] = {folder: [] for folder in self.sent if folder}
        grouped |= {folder: [] for folder in self.named}
        newest = 0
        for file in self.files:
            found = place(file.path, self.row)
            if found.kind is Kind.SHARED:
                shared.append(file)
            elif found.kind is Kind.PART:
                grouped.setdefault(found.folder, []).append(file)
                newest = max(newest, file.receipt)
        missing = called is not None and not grouped
        early = called is not None and (newest > called or not newest)
        for folder in sorted(grouped) if grouped else [""]:
            yield Release(
                root=f"{self.name}/{folder}" if folder else self.name,
                name=release_name(self.name, folder),
                folder=folder,
                row=self.row,
                files=tuple(grouped.get(folder, ())),
                shared=tuple(shared) if folder else (),
                sent=self.sent.get(folder),
                called=called,
                early=early,
                named=folder in self.named or missing,
                known=folder in self.known,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from an event: deliveries to make, and what the top folder still waits for.

    `state` is that of its least complete release folder, `states` those of all by folder; `open`
    are those that are not delivered, with how they stand.
    """

    state: State
    states: Mapping[str, State] = field(default_factory=dict)
    deliver: tuple[Folder, ...] = ()
    open: tuple[tuple[Release, Standing], ...] = ()


def decide(top: Top, event: Event, read: Read) -> Decision:
    """What an event means for a top folder as it lies now."""
    releases = tuple(top.releases())
    stood = [(release, stand(release, event, read)) for release in releases]
    deliver = [standing.deliver for _, standing in stood if standing.deliver]
    if event is Event.CALL and not any(release.awaited for release in releases):
        deliver += [folder_of(each, looked(each, read)) for each in releases if again(each)]
    still = tuple((release, one) for release, one in stood if one.state in _WORST)
    states = {release.folder: one.state for release, one in stood}
    return Decision(
        state=_worst(states.values()), states=states, deliver=tuple(deliver), open=still
    )


def alone(top: Top, folder: str, event: Event, read: Read) -> Folder | None:
    """The delivery that an event in one release folder brings, when `top` holds the files of that
    folder (and the shared ones) only."""
    for release in top.releases():
        if release.folder == folder:
            return stand(release, event, read).deliver
    return None


def _worst(states: Iterable[State]) -> State:
    found = set(states)
    return next((each for each in _WORST if each in found), _rest(found))


def _rest(found: set[State]) -> State:
    return State.DELIVERED if State.DELIVERED in found else State.EMPTY
