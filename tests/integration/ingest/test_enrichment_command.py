"""`segue feeds enrichment`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from core.errors import NotFound
from server.cli.context import Options
from server.cli.feeds import feeds_app
from tests.integration.ingest.test_commands import _create, _run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def test_the_operator_lets_a_feed_speak_of_others_releases(tmp_path: Path) -> None:
    feed = _create(tmp_path, "--name", "Lantern Hill")["id"]
    ask = ("enrichment", feed)
    assert _run(feeds_app, tmp_path, *ask) == {"feed": feed, "enriches_others": False}
    assert _run(feeds_app, tmp_path, *ask, "--others")["enriches_others"] is True
    _run(feeds_app, tmp_path, "policy", feed, "--name", "lenient")
    assert _run(feeds_app, tmp_path, *ask)["enriches_others"] is True
    assert _run(feeds_app, tmp_path, *ask, "--own")["enriches_others"] is False
    shown = CliRunner().invoke(feeds_app, [*ask], obj=Options(data=tmp_path))
    assert "its own releases only" in shown.stdout
    with pytest.raises(NotFound):
        _run(feeds_app, tmp_path, "enrichment", "feed_nobody")
