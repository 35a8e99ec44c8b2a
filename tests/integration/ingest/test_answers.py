"""Answers of a batch: one for each release, written again when asked for, told by each channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from catalog import decisions
from catalog.lifecycle import DecisionKind
from ingest.kept import StoredBooks
from ingest.tell_again import tell_again
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    broken_audio,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ingest.post import Post


pytestmark = pytest.mark.integration
LIVE, STAGED, GONE = (
    "ReleaseMadeAvailableToConsumers",
    "ReleaseStagedForPublication",
    "ReleaseNotAvailable",
)


def test_every_release_of_a_batch_is_answered(post: Post, tmp_path: Path) -> None:
    shapes = tuple(replace(SHORT, seed=seed) for seed in (1, 2, 3))
    sent = post.world.send(batch(tmp_path / "1", shapes=shapes).folder)
    post.hear()
    assert len(sent) == len(post.files()) == 3
    for one in sent:
        with post.world.database.write() as session:
            decisions.rule(
                *(session, DecisionKind.TAKE_DOWN, one.release_id or ""),
                by="ada",
                reason="all",
                at=post.world.clock(),
                books=StoredBooks(post.world.parts.store),
            )
    post.hear()
    for one in sent:
        assert post.about(one) == [LIVE, GONE]


def test_a_file_that_could_not_be_written_is_written_later(post: Post, tmp_path: Path) -> None:
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    folder = post.files()[0].parent
    kept = [(path, path.read_bytes()) for path in post.files()]
    for path, _ in kept:
        path.unlink()
    folder.rmdir()
    folder.write_bytes(b"in the way")
    post.rule(DecisionKind.TAKE_DOWN)
    assert post.follow_ups.round() == 3, "the event, its answer, and a file that fails"
    assert post.follow_ups.round() == 1, "tried again"
    folder.unlink()
    assert post.follow_ups.round() == 1
    assert post.follow_ups.round() == 0
    assert post.statuses() == [GONE]


def test_all_answers_can_be_written_again(post: Post, tmp_path: Path) -> None:
    delivery = post.world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    before = {path: path.read_bytes() for path in post.files()}
    for path in before:
        path.unlink()
    with post.world.database.write() as session:
        told = tell_again(session, delivery.id, (), post.world.clock())
    assert {post.world.view / path for path in told["acknowledgement"]} == set(before)
    post.hear()
    assert {path: path.read_bytes() for path in post.files()} == before


def test_mails_and_posts_hear_of_every_answer(post: Post, tmp_path: Path) -> None:
    terms = {"notify": {"mail": ["a@label.example"], "webhook": "https://label.example/"}}
    post.world.change_feed(terms=terms)
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    assert post.notices() == [
        ("mail", "delivery.accepted"),
        ("mail", "release.taken_down"),
        ("webhook", "delivery.accepted"),
        ("webhook", "release.made_available"),
        ("webhook", "release.taken_down"),
    ]


def test_only_what_the_terms_name_is_told(post: Post, tmp_path: Path) -> None:
    notify = {"mail": ["a@label.example"], "webhook": "https://a.example", "events": ["refused"]}
    post.world.change_feed(terms={"notify": notify})
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    assert post.notices() == []
    shape = replace(SHORT, seed=7)
    post.world.send(batch(tmp_path / "2", broken_audio, minute=5, shapes=(shape,)).folder)
    post.hear()
    assert post.notices() == [("mail", "delivery.refused"), ("webhook", "delivery.refused")]
