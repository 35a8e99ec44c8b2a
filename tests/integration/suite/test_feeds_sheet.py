"""The onboarding sheet: what it says holds, and its commands deliver as they stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.fixtures.senders import desk
from tests.fixtures.typed import ask, ask_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures.senders import Desk
    from tests.fixtures.service import Service

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]

CASES = [
    ("sftp", "OpenSSH sftp"),
    ("sftp", "segue"),
    ("ftps", "lftp"),
    ("ftp", "curl"),
    ("http", "curl"),
]
"""The others differ from these by an address; the guides try them too."""


def sheet_of(at: Desk) -> dict[str, Any]:
    page = ask(at.service.env, "feeds", "sheet", at.feed["id"], "--format", "json")
    told: dict[str, Any] = json.loads(page)
    return told


@pytest.mark.parametrize(("protocol", "client"), CASES)
def test_the_commands_of_a_sheet_deliver(
    open_service: Service, tmp_path: Path, protocol: str, client: str
) -> None:
    """The sender keeps the files that the sheet says, and types what it shows."""
    seed = 500 + CASES.index((protocol, client))
    at = desk(open_service, tmp_path / "desk", protocol, seed)
    (way,) = sheet_of(at)["ways"]
    for name, content in way["keep"]:
        (at.home / name).write_text(content)
    (command,) = [each["text"] for each in way["commands"] if each["client"] == client]
    # OpenSSH looks for ~ in the user database and not in HOME
    typed = command.replace("~/.ssh", str(at.home / ".ssh"))
    done = at.run(f"BATCH={at.batch}\n{typed}\n")
    assert done.code == 0, done.out.decode() + done.err
    at.live()


def test_a_sheet_has_no_secret_in_any_form(open_service: Service, tmp_path: Path) -> None:
    protocols = ("--protocol", "ftps", "--protocol", "http")
    terms = ("--set", "max_file_bytes=2GB", "--set", "schedule=mon-fri 08:00-18:00 Europe/Berlin")
    at = desk(open_service, tmp_path / "desk", "sftp", 530, *protocols)
    who = ("--name", "Sheet <b>", "--dpid", at.feed["dpid"])
    told = ask_json(open_service.env, "feeds", "create", *who, *protocols, *terms)
    for form in ("text", "html", "json"):
        page = ask(open_service.env, "feeds", "sheet", "Sheet <b>", "--format", form)
        assert told["password"] not in page
        assert told["api_key"] not in page
        assert "BEGIN CERTIFICATE" in page
        assert "PRIVATE KEY" not in page
        assert "2,000 MB" in page
        assert "08:00-18:00 Europe/Berlin" in page
        assert ("<b>" not in page) is (form == "html")


def test_the_sheet_is_a_page_of_the_console(open_service: Service, tmp_path: Path) -> None:
    at = desk(open_service, tmp_path / "desk", "http", 531)
    address = f"{open_service.addresses['player']}console/feeds/{at.feed['id']}/sheet"
    stranger = httpx2.get(address, timeout=60)
    assert stranger.status_code in {302, 303, 401, 403}
    assert "Delivering to" not in stranger.text
