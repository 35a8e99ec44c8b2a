"""The commands as a user runs them: JSON on stdout, exit codes, secrets from files and settings."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest
from typer.testing import CliRunner

from core.errors import Misuse, NotAllowed, NotFound, SegueError, Unavailable
from ddex.choreography import names
from server.cli import app
from tests.fixtures import packages
from tests.integration.distro.recipient import PASSWORD, Recipient, receiving
from tests.integration.distro.test_deliver import MISSING, Faults, answering, silent

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file and no known_hosts of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SEGUE_DELIVER_PASSWORD", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What the recipient serves."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env=env)


def deliver(batch: Path, to: Recipient, *more: object, env: dict[str, str] | None = None) -> Result:
    secret = env if env is not None else {"SEGUE_DELIVER_PASSWORD": PASSWORD}
    trust = ("--fingerprint", to.fingerprint)
    return run("deliver", batch, "--to", to.url, *trust, "--json", *more, env=secret)


def test_make_and_deliver(tmp_path: Path, root: Path) -> None:
    out = tmp_path / "out"
    made = run("distro", "make", "--tracks", 2, "--seconds", 1, "--seed", 3, "--out", out, "--json")
    assert made.exit_code == 0, made.output
    album: dict[str, Any] = json.loads(made.stdout)
    assert [track["seconds"] for track in album["tracks"]] == [1.0, 1.0]
    assert names.folder(out.glob("N_*").__next__().name) == names.BatchFolder(
        batch_id=album["batch_id"], priority="N"
    )
    with receiving(root, partial(answering, faults={})) as recipient:
        done = deliver(out, recipient, "--wait")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["ok"] is True
    assert set(answer) >= {"ok", "batch", "files", "bytes", "seconds", "acknowledgements"}
    (ack,) = answer["acknowledgements"]
    assert (ack["release"], ack["status"], ack["findings"]) == (album["icpn"], "FileOK", [])
    assert ack["message_id"] == album["message_id"]


def test_a_refused_release_exits_with_3(tmp_path: Path, root: Path) -> None:
    batch = packages.good(tmp_path / "out")
    faults: Faults = {batch.releases[0].icpn: (MISSING,)}
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    with receiving(root, partial(answering, faults=faults)) as recipient:
        done = deliver(batch.folder, recipient, "--wait", "--password-file", password, env={})
        plain = run(
            "deliver",
            packages.again(batch, tmp_path / "again").folder,
            "--to",
            recipient.url,
            "--fingerprint",
            recipient.fingerprint,
            "--password-file",
            password,
            "--wait",
        )
    assert done.exit_code == 3
    (ack,) = json.loads(done.stdout)["acknowledgements"]
    assert ack["status"] == "ResourceMissing"
    assert ack["findings"][0]["remedy"] == "Send the file."
    assert plain.exit_code == 3
    assert "remedy: Send the file." in plain.stdout
    assert PASSWORD not in plain.output


def test_no_answer_is_an_error_with_what_was_sent(tmp_path: Path, root: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(root, silent) as recipient:
        done = deliver(batch.folder, recipient, "--wait", "--timeout", "0.2")
    assert fault(done) is Unavailable
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert answer["missing"] == [batch.releases[0].icpn]


def test_without_waiting_the_upload_alone_counts(tmp_path: Path, root: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(root, silent) as recipient:
        done = deliver(batch.folder, recipient)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["acknowledgements"] == []


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("deliver", "nowhere", "--to", "sftp://u@127.0.0.1:1/"), NotFound),
        (("deliver", ".", "--to", "gopher://u@127.0.0.1:1/"), Misuse),
        (("deliver", ".", "--to", "sftp://u@h/", "--password-file", "nowhere"), NotFound),
        (("distro", "make", "--out", "x", "--start", "tomorrow"), Misuse),
    ],
)
def test_misuse_is_told(arguments: tuple[str, ...], kind: type[SegueError]) -> None:
    done = run(*arguments)
    assert fault(done) is kind
    assert done.stdout == ""


def test_the_login_must_be_right(tmp_path: Path, root: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(root, silent) as recipient:
        wrong = deliver(batch.folder, recipient, env={"SEGUE_DELIVER_PASSWORD": "wrong"})
    assert fault(wrong) is NotAllowed


def test_a_server_of_this_machine_is_trusted_unless_known_otherwise(
    tmp_path: Path, root: Path
) -> None:
    batch = packages.good(tmp_path / "out")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    secret = {"SEGUE_DELIVER_PASSWORD": PASSWORD}
    with receiving(root, silent) as recipient:
        to = ("deliver", batch.folder, "--to", recipient.url)
        stranger = run(*to, env=secret)
        (tmp_path / ".ssh").mkdir()
        known = tmp_path / ".ssh" / "known_hosts"
        known.write_text(f"[127.0.0.1]:{recipient.port} {other}\n")
        changed = run(*to, env=secret)
    assert stranger.exit_code == 0
    assert recipient.fingerprint in stranger.stderr.replace("\n", "")
    assert fault(changed) is NotAllowed
    assert recipient.fingerprint in str(changed.exception)


def fault(result: Result) -> type[BaseException]:
    """The error that `segue` turns into a sentence and an exit code."""
    assert result.exit_code != 0
    assert result.exception is not None
    return type(result.exception)
