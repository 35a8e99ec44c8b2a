"""The state machine: whatever the order of arrival, the same deliveries, none lost, none twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings, strategies as st

from ddex.choreography.rows import ROWS
from ingest.inbox import Arrived, Event, Need, Needs, Sent, State, Top, decide, place, waiting_for
from ingest.inbox.states import MEANING, STEPS

BATCH = "N_20260105100500123"
ALONE = "N_4006381333931_20260105100500123"
DONE = f"{BATCH}/BatchComplete_20260105100500123.xml"


def needs(*paths: str, size_kb: float | None = None) -> Needs:
    return Needs(tuple(Need(path, size_kb) for path in paths))


@dataclass
class Sender:
    """A sender and the inbox it sends to, with one number for each event."""

    key: str = "batch-1.8"
    needs: dict[str, Needs | None] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    files: dict[str, Arrived] = field(default_factory=dict)
    sent: dict[str, dict[str, Sent]] = field(default_factory=dict)
    made: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    states: dict[str, State] = field(default_factory=dict)
    clock: int = 0

    def top(self, name: str) -> Top:
        inside = [f for f in self.files.values() if f.path.startswith(f"{name}/")]
        shown = [f for f in inside if place(f.path, ROWS[self.key]).kind.value != "partial"]
        named = self.named if any("BatchComplete" in f.path for f in shown) else frozenset()
        return Top(
            name=name,
            row=ROWS[self.key],
            files=tuple(sorted(shown, key=lambda f: f.path)),
            sent=self.sent.get(name, {}),
            named=named - {n for n, s in self.sent.get(name, {}).items() if s.files},
        )

    def put(self, path: str, digest: str = "1", *, sure: bool = True, size: int = 1000) -> None:
        self.clock += 1
        self.files[path] = Arrived(
            path=path, size=size, blake3=digest, receipt=self.clock, sure=sure
        )
        done = path.rpartition("/")[2].startswith("BatchComplete")
        self.happen(path.split("/", maxsplit=1)[0], Event.CALL if done else Event.FILE)

    def remove(self, path: str) -> None:
        del self.files[path]
        self.happen(path.split("/", maxsplit=1)[0], Event.GONE)

    def rename(self, old: str, new: str) -> None:
        file = self.files.pop(old)
        self.put(new, file.blake3, sure=file.sure, size=file.size)

    def happen(self, top: str, event: Event) -> None:
        decision = decide(self.top(top), event, self.read)
        for folder in decision.deliver:
            files = {f.path.removeprefix(f"{folder.root}/"): f.blake3 for f in folder.files}
            names = tuple(sorted([*files, *(f.path for f in folder.shared)]))
            self.made.append((top, folder.name, names))
            self.sent.setdefault(top, {})[folder.name] = Sent(receipt=folder.receipt, files=files)
        for name, after in decision.states.items():
            before = self.states.get(f"{top}/{name}", State.EMPTY)
            legal = after is before or after in STEPS[before].get(event, ())
            assert legal, (name, before, event, after)
            self.states[f"{top}/{name}"] = after
        self.states[top] = decision.state

    def read(self, file: Arrived) -> Needs | None:
        return self.needs.get(file.path, Needs())

    def quiet(self) -> None:
        for top in {path.split("/")[0] for path in self.files}:
            self.happen(top, Event.QUIET)

    def settle(self, *, accepted: bool) -> None:
        for folders in self.sent.values():
            for name, each in folders.items():
                folders[name] = replace(each, settled=True, accepted=accepted)

    def words(self, top: str = BATCH) -> str:
        view = self.top(top)
        return waiting_for(view, decide(view, Event.FILE, self.read))


ALBUMS = {
    f"{BATCH}/A/A.xml": needs("resources/1.flac", "../shared.jpg"[3:]),
    f"{BATCH}/B/B.xml": needs("resources/1.flac"),
}
WANTED = [
    f"{BATCH}/A/A.xml",
    f"{BATCH}/A/resources/1.flac",
    f"{BATCH}/B/B.xml",
    f"{BATCH}/B/resources/1.flac",
    f"{BATCH}/resources/shared.jpg",
    DONE,
]
BOTH = {
    (BATCH, "A", ("A.xml", f"{BATCH}/resources/shared.jpg", "resources/1.flac")),
    (BATCH, "B", ("B.xml", "resources/1.flac")),
}


@given(st.permutations(WANTED), st.booleans())
@settings(max_examples=200)
def test_any_order_of_arrival_is_the_same(order: list[str], manifest: bool) -> None:  # noqa: FBT001 - hypothesis
    sender = Sender(needs=dict(ALBUMS), named=frozenset("AB") if manifest else frozenset())
    for path in order:
        sender.put(path)
    sender.quiet()
    assert set(sender.made) == BOTH
    assert len(sender.made) == 2
    assert sender.states[BATCH] is State.DELIVERED


_MESS = st.lists(
    st.tuples(
        st.sampled_from(["put", "again", "part", "away", "quiet", "crash"]),
        st.sampled_from(WANTED[:-1]),
        st.sampled_from(["1", "2"]),
    ),
    max_size=12,
)


@given(_MESS, st.permutations(WANTED[:-1]))
@settings(max_examples=300)
def test_any_mess_before_completion_is_forgotten(
    mess: list[tuple[str, str, str]], order: list[str]
) -> None:
    """Repeats, replacements, renames, deletions, quiet, crashes before the sender's word."""
    sender = Sender(needs=dict(ALBUMS))
    for what, path, digest in mess:
        if what in {"put", "again"}:
            sender.put(path, digest)
        elif what == "part":
            sender.put(f"{path}.filepart", digest)
            sender.rename(f"{path}.filepart", path)
        elif what == "away" and path in sender.files:
            sender.remove(path)
        elif what == "crash":  # the file is told once more at the next start
            for each in list(sender.files):
                sender.put(each, sender.files[each].blake3)
        else:
            sender.quiet()
    assert sender.made == []
    for path in order:
        sender.put(path, "last")
    sender.put(DONE)
    sender.quiet()
    assert set(sender.made) == BOTH
    assert len(sender.made) == 2
    assert {d for s in sender.sent[BATCH].values() for d in s.files.values()} == {"last"}


@given(st.permutations([f"{ALONE}/4006381333931.xml", *(f"{ALONE}/resources/{n}" for n in "abc")]))
def test_a_release_by_itself_in_any_order(order: list[str]) -> None:
    named = needs("resources/a", "resources/b", "resources/c")
    sender = Sender("release-1.8", {f"{ALONE}/4006381333931.xml": named})
    for count, path in enumerate(order, 1):
        assert sender.made == []
        sender.put(path)
        assert len(sender.made) == (count == len(order))
    sender.quiet()
    assert [made[:2] for made in sender.made] == [(ALONE, "")]


def test_what_lacks_is_waited_for_and_then_told() -> None:
    sender = Sender(needs=dict(ALBUMS))
    for path in WANTED:
        if "B/resources" not in path:
            sender.put(path)
    assert [made[1] for made in sender.made] == ["A"]
    assert sender.states[BATCH] is State.LACKING
    assert sender.words() == "Sender: the missing B/resources/1.flac"
    sender.quiet()
    assert sender.made[1] == (BATCH, "B", ("B.xml",))
    sender.put(f"{BATCH}/B/resources/1.flac")
    assert sender.states[BATCH] is State.CHANGED
    assert "BatchComplete_20260105100500123.xml again" in sender.words()
    sender.settle(accepted=False)
    sender.put(DONE, "2")
    assert [made[1] for made in sender.made] == ["A", "B", "B"]


def _told_of_b() -> Sender:
    """B was refused for the file that it lacks."""
    sender = Sender(needs=dict(ALBUMS))
    for path in WANTED:
        if "B/resources" not in path:
            sender.put(path)
    sender.quiet()
    sender.settle(accepted=False)
    return sender


@pytest.mark.parametrize("sure", [True, False])
def test_what_lacked_comes_late(sure: bool) -> None:  # noqa: FBT001 - a parameter
    """The word was said already, and nothing else has changed: no second one is asked for."""
    sender = _told_of_b()
    sender.put(f"{BATCH}/B/resources/1.flac", sure=sure)
    assert len(sender.made) == 2, "it may be the first file of a correction"
    sender.quiet()
    if not sure:
        assert sender.states[f"{BATCH}/B"] is State.UNSURE
        path = f"{BATCH}/B/resources/1.flac"
        sender.files[path] = replace(sender.files[path], sure=True)
        sender.happen(BATCH, Event.PROVEN)
        sender.quiet()
    assert sender.made[2:] == [(BATCH, "B", ("B.xml", "resources/1.flac"))]
    sender.quiet()
    assert len(sender.made) == 3


@pytest.mark.parametrize("path", ["B/B.xml", "B/notes.txt"])
def test_a_correction_waits_for_its_word(path: str) -> None:
    sender = _told_of_b()
    sender.put(f"{BATCH}/{path}", "2")
    sender.put(f"{BATCH}/B/resources/1.flac")
    sender.quiet()
    assert len(sender.made) == 2
    sender.put(DONE, "2")
    assert len(sender.made) == 3


def test_what_comes_after_the_word_is_waited_for_longer() -> None:
    sender = Sender(needs=dict(ALBUMS), named=frozenset("AB"))
    sender.put(DONE)
    sender.quiet()
    assert sender.made == []
    assert sender.words() == "Sender: the missing A/A.xml, B/B.xml"
    sender.put(f"{BATCH}/B/B.xml")
    sender.quiet()
    assert sender.made == []
    sender.put(f"{BATCH}/B/resources/1.flac")
    assert [made[1] for made in sender.made] == ["B"]
    sender.happen(BATCH, Event.OVERDUE)
    assert sender.made[1:] == [(BATCH, "A", ())]


@pytest.mark.parametrize("comes", [True, False])
def test_a_word_without_anything_waits_for_what_it_speaks_of(comes: bool) -> None:  # noqa: FBT001
    """An empty batch is told when patience ends, once."""
    sender = Sender()
    sender.put(DONE)
    sender.quiet()
    assert sender.made == []
    if comes:
        sender.put(f"{BATCH}/B/B.xml")
    for _ in range(2):
        sender.happen(BATCH, Event.OVERDUE)
    assert sender.made == [(BATCH, "B", ("B.xml",)) if comes else (BATCH, "", ())]


def test_completed_again() -> None:
    """Not while it is at work; then what was refused, or what is new."""
    sender = Sender()
    for folder in "AB":
        sender.put(f"{BATCH}/{folder}/{folder}.xml")
    sender.put(DONE)
    sender.put(DONE)
    assert len(sender.made) == 2
    sender.settle(accepted=False)
    sender.put(DONE)
    assert len(sender.made) == 4
    sender.put(f"{BATCH}/B/B.xml", "2")
    sender.put(DONE)
    assert [made[1] for made in sender.made[4:]] == ["B"]


def test_a_release_by_itself_that_was_refused_waits_for_quiet() -> None:
    xml = f"{ALONE}/4006381333931.xml"
    sender = Sender("release-1.6", {xml: needs("resources/a")})
    sender.put(f"{ALONE}/resources/a")
    sender.put(xml)
    sender.settle(accepted=False)
    sender.put(xml, "2")
    sender.put(f"{ALONE}/resources/a", "2")
    assert len(sender.made) == 1
    sender.quiet()
    assert len(sender.made) == 2
    sender.settle(accepted=True)
    sender.put(f"{ALONE}/resources/a", "3")
    sender.quiet()
    assert len(sender.made) == 2, "a changed file is never taken silently"
    assert sender.states[ALONE] is State.CHANGED
    sender.put(xml, "3")
    assert len(sender.made) == 3


def test_an_update_without_files_needs_only_quiet() -> None:
    xml = f"{ALONE}/4006381333931.xml"
    sender = Sender("release-1.8", {xml: needs("resources/a")})
    sender.put(xml)
    sender.quiet()
    assert sender.made == []
    top = replace(sender.top(ALONE), known=frozenset({""}))
    assert decide(top, Event.FILE, sender.read).deliver == ()
    assert len(decide(top, Event.QUIET, sender.read).deliver) == 1
    some = Needs((Need("resources/a"), Need("resources/b", primary=True)))
    sender.needs[xml] = some
    sender.put(f"{ALONE}/resources/b")
    top = replace(sender.top(ALONE), known=frozenset({""}))
    assert decide(top, Event.QUIET, sender.read).deliver == ()


class TestUnsure:
    """What came over plain FTP counts by a later word, its size, or a proof."""

    XML = f"{ALONE}/4006381333931.xml"
    WAV = f"{ALONE}/resources/a.wav"

    def test_a_later_word_counts(self) -> None:
        sender = Sender(needs={f"{BATCH}/A/A.xml": needs("1.wav")})
        sender.put(f"{BATCH}/A/1.wav", sure=False)
        sender.put(f"{BATCH}/A/A.xml", sure=False)
        sender.put(DONE, sure=False)
        assert len(sender.made) == 1

    @pytest.mark.parametrize(("size", "state"), [(2_000_000, "delivered"), (900_000, "cut")])
    def test_the_size(self, size: int, state: str) -> None:
        sender = Sender("release-1.8", {self.XML: needs("resources/a.wav", size_kb=2000)})
        sender.put(self.WAV, sure=False, size=size)
        sender.put(self.XML, sure=False)
        assert sender.states[ALONE] == state
        sender.quiet()
        assert len(sender.made) == 1

    def test_a_proof(self) -> None:
        sender = Sender("release-1.8", {self.XML: needs("resources/a.wav")})
        sender.put(self.WAV, sure=False)
        sender.put(self.XML, sure=False)
        sender.quiet()
        assert (sender.made, sender.states[ALONE]) == ([], State.UNSURE)
        assert "proof that resources/a.wav" in sender.words(ALONE)
        sender.files[self.WAV] = replace(sender.files[self.WAV], sure=True)
        sender.happen(ALONE, Event.PROVEN)
        assert len(sender.made) == 1

    def test_a_doubt_is_told_after_quiet(self) -> None:
        sender = Sender("release-1.8", {self.XML: needs("resources/a.wav")})
        sender.put(self.WAV, sure=False)
        sender.put(self.XML, sure=False)
        sender.files[self.WAV] = replace(sender.files[self.WAV], doubt="it is short")
        sender.happen(ALONE, Event.PROVEN)
        assert (sender.made, sender.states[ALONE]) == ([], State.CUT)
        assert "resources/a.wav again" in sender.words(ALONE)
        top = sender.top(ALONE)
        [folder] = decide(top, Event.QUIET, sender.read).deliver
        assert [file.doubt for file in folder.files] == ["", "it is short"]

    def test_a_message_that_ends_too_soon(self) -> None:
        sender = Sender("release-1.8", {self.XML: None})
        sender.put(self.XML, sure=False)
        assert (sender.made, sender.states[ALONE]) == ([], State.CUT)
        sender.needs[self.XML] = Needs()
        sender.put(self.XML, "2", sure=False)
        assert len(sender.made) == 1


@pytest.mark.parametrize(
    ("files", "xml"),
    [
        (["A.xml"], "A.xml"),
        (["other.xml"], "other.xml"),
        (["other.XML"], "other.XML"),
        (["A.xml", "other.xml"], "A.xml"),
        (["b.xml", "other.xml"], None),
        (["a.flac"], None),
        (["resources/A.xml"], None),
    ],
)
def test_the_message_of_a_folder(files: list[str], xml: str | None) -> None:
    sender = Sender()
    for name in (*(f"A/{name}" for name in files), "BatchComplete_1.xml"):
        sender.put(f"{BATCH}/{name}")
    top = sender.top(BATCH)
    top = replace(top, sent={})
    [folder] = decide(top, Event.QUIET, sender.read).deliver
    assert folder.xml == (f"{BATCH}/A/{xml}" if xml else None)


def test_the_table_is_whole() -> None:
    assert set(STEPS) == set(MEANING) == set(State)
    used = {event for steps in STEPS.values() for event in steps}
    assert used == set(Event)
