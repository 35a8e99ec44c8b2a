"""A feed's own certificate authority at the SFTP door, with certificates that ssh-keygen signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core import spawn
from ingest.doors.common.ports import FeedLogin
from tests.fixtures.environment import program
from tests.integration.doors.harness import make_key, sftp, ssh_options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
ALPHA = FeedLogin("feed_alpha", "Alpha")


@pytest.fixture
def authority(door: Running, tmp_path: Path) -> Path:
    """The authority of feed alpha; alpha's own key is known no more."""
    (tmp_path / "ca").mkdir()
    key = make_key(tmp_path / "ca")
    door.accounts.keys.clear()
    door.accounts.authorities["alpha"] = (key.with_suffix(".pub").read_text(), ALPHA)
    return key


def _sign(authority: Path, key: Path, *options: str) -> None:
    keygen = program("openssh-client", "ssh-keygen")
    argv = [keygen, "-q", "-s", str(authority), "-I", "test", *options]
    done = spawn.run([*argv, str(key.with_suffix(".pub"))], timeout=120)
    assert done.code == 0, done.err


def test_a_certificate_lets_in_by_its_principal(door: Running, authority: Path, wav: Path) -> None:
    assert sftp(door, "ls").code != 0
    _sign(authority, door.key, "-n", "someone,alpha", "-V", "+1h")
    done = sftp(door, f"put {wav} a.wav")
    assert done.code == 0, done.err
    assert door.finished("feed_alpha", "a.wav").read_bytes() == wav.read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ("-n", "beta"),
        (),
        ("-n", "alpha", "-V", "-2h:-1h"),
        ("-n", "alpha", "-V", "+1h:+2h"),
        ("-n", "alpha", "-h"),
        ("-n", "alpha", "-O", "source-address=192.0.2.0/24"),
        ("-n", "alpha", "-O", "critical:unheard-of@example.com=1"),
    ],
    ids=["other", "nobody", "expired", "early", "host", "elsewhere", "unknown-option"],
)
def test_a_certificate_of_another_kind_is_refused(
    door: Running, authority: Path, options: tuple[str, ...]
) -> None:
    _sign(authority, door.key, *options)
    done = sftp(door, "ls")
    assert done.code != 0
    assert "Permission denied" in done.err


def test_an_authority_that_was_taken_away_lets_nobody_in(door: Running, authority: Path) -> None:
    _sign(authority, door.key, "-n", "alpha")
    assert sftp(door, "ls").code == 0
    del door.accounts.authorities["alpha"]
    assert sftp(door, "ls").code != 0


def test_a_strange_authority_is_refused(door: Running, authority: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    _sign(make_key(tmp_path / "other"), door.key, "-n", "alpha")
    assert authority.exists()
    assert sftp(door, "ls").code != 0


def test_a_certificate_that_forces_sftp_does(door: Running, authority: Path) -> None:
    _sign(authority, door.key, "-n", "alpha", "-O", "force-command=internal-sftp")
    assert sftp(door, "mkdir Batch").code == 0
    assert door.finished("feed_alpha", "Batch").is_dir()


def test_the_authority_itself_is_no_key_of_the_feed(door: Running, authority: Path) -> None:
    argv = [program("openssh-client", "sftp"), *ssh_options(door)]
    argv[argv.index(str(door.key))] = str(authority)
    argv += ["-P", str(door.port), "-b", "-", f"alpha@{door.host}"]
    assert spawn.run(argv, timeout=200, stdin=b"ls\n").code != 0
