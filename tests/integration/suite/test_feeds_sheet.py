"""The onboarding sheet: what it says holds, and its commands deliver as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from core import spawn
from tests.fixtures.senders import desk
from tests.fixtures.service import SEGUE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures.senders import Desk
    from tests.fixtures.service import Service

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(180)]

CASES = [
    ("sftp", "OpenSSH sftp"),
    ("sftp", "segue"),
    ("ftps", "lftp"),
    ("ftp", "curl"),
    ("http", "curl"),
]
"""The others differ from these by an address; the guides try them too."""


def sheet_of(at: Desk) -> dict[str, Any]:
    argv = [SEGUE, "feeds", "sheet", at.feed["id"], "--format", "json"]
    done = spawn.run(argv, timeout=60, env=at.service.env)
    assert done.code == 0, done.err
    import json  # noqa: PLC0415 - only here

    told: dict[str, Any] = json.loads(done.out)
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
    told = open_service.run(
        *("feeds", "create", "--name", "Sheet <b>", "--dpid", at.feed["dpid"]), *protocols, *terms
    )
    for form in ("text", "html", "json"):
        argv = [SEGUE, "feeds", "sheet", told["id"], "--format", form]
        done = spawn.run(argv, timeout=60, env=open_service.env)
        assert done.code == 0, done.err
        page = done.out.decode()
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
    stranger = httpx2.get(address)
    assert stranger.status_code in {302, 303, 401, 403}
    assert "Delivering to" not in stranger.text
