"""The guide for webhooks and mail, followed to the letter: its commands, its receiver, its mails.

Only the values are those of the feed at hand.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.mailbox import mailbox
from tests.fixtures.packages import good
from tests.fixtures.ports import free_port
from tests.fixtures.service import SEGUE, Service

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
GUIDE = (REPOSITORY / "docs" / "how-to" / "webhooks-and-mail.md").read_text(encoding="utf-8")
SECTIONS = dict(
    zip(*[iter(re.split(r"^## (.+)$", GUIDE, flags=re.MULTILINE)[1:])] * 2, strict=True)
)


def block(heading: str, language: str = "sh") -> str:
    """What is typed under a heading."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[heading], re.MULTILINE | re.DOTALL)
    assert found, heading
    return "".join(found)


class Desk:
    """The operator's shell."""

    def __init__(self, service: Service, folder: Path, values: dict[str, str]) -> None:
        self.service = service
        self.folder = folder
        self.values = values
        folder.mkdir()

    def types(self, text: str) -> str:
        path = f"{SEGUE.rpartition('/')[0]}:/usr/bin:/bin"
        env = {**self.service.env, **self.values, "PATH": path}
        done = spawn.run(["sh", "-euc", text], timeout=300, cwd=self.folder, env=env)
        assert done.code == 0, done.err
        return done.out.decode()


def test_what_the_guide_says_works(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    with mailbox() as box:
        port = str(free_port())
        service = Service(tmp_path / "data", schema_folder.root)
        service.settings = {
            "SEGUE_OUTBOUND_ALLOW_PRIVATE": "true",
            "SEGUE_MAIL_HOST": "127.0.0.1",
            "SEGUE_MAIL_PORT": str(box.port),
            "SEGUE_MAIL_SECURITY": "none",
            "SEGUE_MAIL_SENDER": "segue@music.example",
        }
        service.make_feed()
        values = {
            "FEED": str(service.feed["id"]),
            "HOOK": f"http://127.0.0.1:{port}/segue",
            "PEOPLE": "delivery@label.example",
        }
        assert set(re.findall(r"export ([A-Z]+)=", block("Your values"))) == set(values)
        desk = Desk(service, tmp_path / "desk", values)
        desk.types(block("Tell a feed by webhook") + block("Tell a feed by mail"))
        receiver = tmp_path / "receiver.py"
        receiver.write_text(block("Receive", "python"), encoding="utf-8")
        secret = json.loads((desk.folder / "webhook.json").read_text(encoding="utf-8"))["secret"]
        told = tmp_path / "told"
        with told.open("wb") as out:
            child = spawn.start(
                *([sys.executable, str(receiver), port],),
                stdout=out,
                stderr=None,
                env={"SECRET": secret, "HOME": str(tmp_path)},
            )
        try:
            service.start()
            service.deliver(good(tmp_path / "out").folder)
            _told(service, told, ["delivery.accepted", "release.made_available"])
            service.until(lambda: box.got, 30, "the mail")
            assert "FileOK" not in box.got[0]["Subject"]
            assert box.got[0]["Subject"].startswith("Accepted: ")
            [delivery] = service.deliveries()
            desk.values["DELIVERY"] = delivery["id"]
            shown = desk.types(block("See what became of it, and send it again"))
            assert "webhook          delivery.accepted sent after 1 tries" in shown
            _told(service, told, ["delivery.accepted", "release.made_available"] * 2)
            service.until(lambda: len(box.got) == 2, 30, "the mail again")
            assert box.got[0]["Message-ID"] == box.got[1]["Message-ID"]
            ids = [line.split()[0] for line in told.read_text(encoding="utf-8").splitlines()]
            assert len(ids) == 4
            assert len(set(ids)) == 2, "the same ids again"
        finally:
            child.terminate()
            child.wait(timeout=120)
            assert service.stop() == 0


def _told(service: Service, told: Path, types: list[str]) -> None:
    def heard() -> bool:
        lines = told.read_text(encoding="utf-8").splitlines()
        return sorted(line.split()[1] for line in lines) == sorted(types)

    service.until(heard, 30, f"the receiver hears {types}")
