"""`segue feeds` and `segue deliveries` beside a stopped server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from core.errors import Conflict, Misuse, NotFound, SegueError
from server.cli.context import Options
from server.cli.deliveries import deliveries_app
from server.cli.feeds import feeds_app
from server.cli.lazy import COMMANDS, Commands
from tests.fixtures.packages import SENDER

if TYPE_CHECKING:
    from pathlib import Path

    import typer

pytestmark = pytest.mark.integration
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1bp0Y3cX0m8n0oFh1Yb0gE4j5Ck0e0o3m8Lq3x0b7h me@here\n"


def _run(app: typer.Typer, folder: Path, *argv: str) -> Any:  # noqa: ANN401 - JSON
    done = CliRunner().invoke(app, [*argv, "--json"], obj=Options(data=folder))
    if isinstance(done.exception, SegueError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _create(folder: Path, *options: str) -> Any:  # noqa: ANN401 - JSON
    return _run(feeds_app, folder, "create", "--dpid", SENDER, *options)


def test_a_feed_is_made_with_the_server_stopped(tmp_path: Path) -> None:
    made = _create(tmp_path, "--name", "Lantern Hill")
    assert set(made) == {
        *("id", "name", "dpid", "protocol", "host", "port", "username", "password", "fingerprint"),
        "policy",
    }
    assert (made["name"], made["dpid"], made["protocol"]) == ("Lantern Hill", SENDER, "sftp")
    assert (made["host"], made["port"]) == ("127.0.0.1", 2222)
    again = _create(tmp_path, "--name", "Another")
    assert again["fingerprint"] == made["fingerprint"], "the host key is made once"
    key = next(path for path in (tmp_path / "keys").iterdir() if not path.name.endswith(".lock"))
    assert key.stat().st_mode & 0o077 == 0
    listed = _run(feeds_app, tmp_path, "list")
    assert [feed["username"] for feed in listed] == ["another", "lantern-hill"]
    assert all("password" not in feed for feed in listed)


def test_the_policy_of_a_feed_is_shown_and_changed(tmp_path: Path) -> None:
    feed = _create(tmp_path, "--name", "Careful", "--policy", "strict")
    shown = _run(feeds_app, tmp_path, "policy", feed["id"])
    assert shown.pop("terms")["takes_tests"] is False
    assert shown == {
        "feed": feed["id"],
        "name": "strict",
        "overrides": {},
        "numbers": {"cover_hold_px": 600, "cover_warn_px": 1400},
    }
    sets = ("ern-1201=hold", "17=off", "cover_warn_px=3000")
    changed = [part for each in sets for part in ("--set", each)]
    shown = _run(feeds_app, tmp_path, "policy", feed["id"], "--name", "lenient", *changed)
    assert shown["name"] == "lenient"
    assert shown["overrides"] == {"17": "off", "ERN-1201": "hold"}
    assert shown["numbers"]["cover_warn_px"] == 3000
    shown = _run(feeds_app, tmp_path, "policy", feed["id"], "--unset", "17")
    assert shown["overrides"] == {"ERN-1201": "hold"}
    [listed] = _run(feeds_app, tmp_path, "list")
    assert listed["policy"] == "lenient"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--set", "ERN-1299=hold"), "no rule 'ERN-1299'"),
        (("--set", "26=hold"), "no rule '26'"),
        (("--set", "17=holt"), "no severity 'holt'"),
        (("--set", "ERN-1901=warn"), "can't be softer than reject"),
        (("--set", "17"), "sets nothing"),
        (("--name", "kind"), "no policy 'kind'"),
    ],
)
def test_a_policy_that_can_not_be_is_refused(
    tmp_path: Path, change: tuple[str, ...], words: str
) -> None:
    feed = _create(tmp_path, "--name", "Careful")
    with pytest.raises(Misuse, match=words):
        _run(feeds_app, tmp_path, "policy", feed["id"], *change)


def test_a_public_key_instead_of_a_password(tmp_path: Path) -> None:
    path = tmp_path / "id.pub"
    path.write_text(f"# mine\n\n{KEY}", encoding="utf-8")
    made = _create(tmp_path / "data", "--name", "Keyed", "--public-key", str(path))
    assert made["password"] is None


@pytest.mark.parametrize(
    ("content", "error"), [(None, NotFound), (b"\xff\xfe", NotFound), (b"no key\n", Misuse)]
)
def test_a_key_that_cant_be_read(
    tmp_path: Path, content: bytes | None, error: type[Exception]
) -> None:
    path = tmp_path / "id.pub"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        _create(tmp_path / "data", "--name", "Keyed", "--public-key", str(path))


def test_a_file_without_any_key_makes_no_feed(tmp_path: Path) -> None:
    """Not a feed with a password: that is not what was asked for."""
    path = tmp_path / "id.pub"
    path.write_bytes(b"\n# nothing\n")
    with pytest.raises(Misuse):
        _create(tmp_path / "data", "--name", "Keyed", "--public-key", str(path))


def test_the_same_name_twice(tmp_path: Path) -> None:
    _create(tmp_path, "--name", "label")
    with pytest.raises(Conflict):
        _create(tmp_path, "--name", "label")


@pytest.mark.parametrize("command", ["show", "retry"])
def test_an_unknown_delivery(tmp_path: Path, command: str) -> None:
    with pytest.raises(NotFound, match="no delivery dlv_none") as refused:
        _run(deliveries_app, tmp_path, command, "dlv_none")
    assert refused.value.exit_code == 4


def test_no_deliveries_yet(tmp_path: Path) -> None:
    assert _run(deliveries_app, tmp_path, "list") == []


def test_every_command_can_be_loaded() -> None:
    commands = Commands()
    assert len(commands) == len(COMMANDS)
    assert [commands[name].name for name in commands] == list(COMMANDS)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), ("nothing", "it is no certificate in PEM")]
)
def test_a_feed_is_made_while_the_certificate_of_its_door_is_away(
    tmp_path: Path, content: str | None, why: str
) -> None:
    chain = tmp_path / "chain.pem"
    if content:
        chain.write_text(content)
    env = {"SEGUE_DOORS_FTP_ENABLED": "true", "SEGUE_DOORS_FTP_CERTIFICATE": str(chain)}
    argv = ["create", "--name", "Away", "--dpid", SENDER, "--protocol", "ftps", "--json"]
    done = CliRunner().invoke(feeds_app, argv, obj=Options(data=tmp_path / "data"), env=env)
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert (made["protocol"], "fingerprint" in made) == ("ftps", False)
    assert made["password"]
    said = " ".join(done.stderr.split())
    assert "chain.pem" in said
    assert f"can't be read ({why}" in said
    assert "set `doors.ftp.certificate` to a PEM file" in said
