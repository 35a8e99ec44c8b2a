"""The operator's page of encodings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import lxml.html
import pytest

from core.auth import Role
from server.app import create_app
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from server.services.encodings_desk import EncodingsDesk
    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
EVIL = "<script>alert(1)</script>"


class Told:
    """What a desk of encodings tells, and how often it was hurried."""

    def __init__(self, **change: Any) -> None:
        self.started = 0
        self._found = {
            "tracks": 10, "ready": 10, "older": 0, "apart": 0, "silent": 0, "releases": (),
            "spare": 0, "failures": [], "left": 0, "waiting": [], "doing": None, "queued": 0,
            **change,
        }  # fmt: skip

    def show(self, _most: int) -> dict[str, Any]:
        return self._found

    def start(self) -> int:
        self.started += 1
        return 1


def made(tmp_path: Path, desk: Told) -> World:
    world = make_world(tmp_path)
    world.app = create_app(replace(world.parts, encodings=cast("EncodingsDesk", desk)))
    return world


def test_what_failed_is_shown_and_tried_again(tmp_path: Path) -> None:
    failure = {"release": "r1", "at": "2026-11-21T11:00:00+00:00", "tries": 3, "text": EVIL,
               "id": "r1", "title": EVIL, "artist": "A"}  # fmt: skip
    release = {"id": "r2", "title": EVIL, "artist": "A"}
    desk = Told(ready=7, older=2, silent=1, left=3, releases=("r1", "r2"), failures=[failure],
                waiting=[release], doing=release, queued=4)  # fmt: skip
    world = made(tmp_path, desk)
    olga = world.signed_in("olga", Role.OPERATOR)
    answer = olga.get("/console/encodings")
    assert EVIL not in answer.text
    page = lxml.html.fromstring(answer.text)
    assert page.xpath("//nav//a[@aria-current='page']/@href") == ["/console/encodings"]
    (bar,) = page.xpath("//progress")
    assert (bar.get("max"), bar.get("value")) == ("10", "7")
    (text,) = [main.text_content() for main in page.xpath("//main")]
    assert "4 releases after it" in text
    assert "1 more" in text
    (button,) = page.xpath("//form[@action='/console/encodings/start']//button")
    assert button.text_content().strip() == "Try them all now"
    assert olga.post("/console/encodings/start").status_code == 200
    assert desk.started == 1


def test_all_is_ready_or_there_is_nothing_yet(tmp_path: Path) -> None:
    world = made(tmp_path, Told())
    page = world.signed_in("olga", Role.OPERATOR).get("/console/encodings").text
    assert "All tracks are ready" in page
    assert "/console/encodings/start" not in page
    (tmp_path / "empty").mkdir()
    empty = made(tmp_path / "empty", Told(tracks=0, ready=0))
    page = empty.signed_in("olga", Role.OPERATOR).get("/console/encodings").text
    assert "No track is on a release yet" in page


def test_only_operators(tmp_path: Path) -> None:
    desk = Told()
    listener = made(tmp_path, desk).signed_in()
    assert listener.get("/console/encodings").status_code == 403
    assert listener.post("/console/encodings/start").status_code == 403
    assert desk.started == 0
