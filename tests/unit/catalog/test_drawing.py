"""The picture of the docs is what the timetables say."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest  # noqa: TC002 - fixtures are typed at run time

from tests.fixtures.environment import REPOSITORY


def test_the_picture_of_the_time_line_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(REPOSITORY / "scripts"), *sys.path])
    picture = import_module("draw_rights")
    assert picture.PICTURE.read_text("utf-8") == picture.draw()
