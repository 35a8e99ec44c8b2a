from __future__ import annotations

import asyncssh
import pytest

from core.errors import Misuse, NotAllowed, NotFound, SegueError, Unavailable
from distro.targets import sftp

TO = sftp.Address(host="h", port=22, username="u", path="/", password="secret")


def test_addresses_are_taken_apart() -> None:
    found = sftp.address("sftp://feed%40one:p%2Fw@[::1]:2222/in%20box")
    assert (found.host, found.port, found.username) == ("::1", 2222, "feed@one")
    assert (found.password, found.path) == ("p/w", "/in box")
    assert sftp.address("sftp://u@host").port == 22


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "ftp://u:secret@h/",
        "sftp://h/",
        "sftp://u:secret@/",
        "sftp://u:secret@h:x/",
        "sftp://u:secret@h:99999/",
    ],
)
def test_other_addresses_are_refused_without_showing_secrets(url: str) -> None:
    with pytest.raises(Misuse) as fault:
        sftp.address(url)
    assert "secret" not in fault.value.message + fault.value.remedy
    assert fault.value.remedy


def test_secrets_are_not_in_representations() -> None:
    assert "secret" not in repr(TO)
    assert "secret" not in repr(sftp.Login(password="secret"))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (asyncssh.PermissionDenied("no"), NotAllowed),
        (asyncssh.HostKeyNotVerifiable("no"), NotAllowed),
        (asyncssh.SFTPPermissionDenied("read only"), NotAllowed),
        (asyncssh.SFTPNoSuchFile("gone"), NotFound),
        (asyncssh.SFTPFailure("no space left"), Unavailable),
        (asyncssh.ConnectionLost("cut"), Unavailable),
        (TimeoutError(), Unavailable),
        (ConnectionRefusedError(111, "Connection refused"), Unavailable),
    ],
)
def test_faults_become_ours(fault: Exception, kind: type[SegueError]) -> None:
    found = sftp.explained(fault, TO, "SHA256:x")
    assert type(found) is kind
    assert "secret" not in found.message
    reason = getattr(fault, "reason", "")
    if kind is Unavailable and reason:
        assert reason in found.message


@pytest.mark.parametrize(
    ("host", "trust", "stranger"),
    [
        ("127.0.0.1", sftp.Trust(), True),
        ("localhost", sftp.Trust(), True),
        ("::1", sftp.Trust(fingerprint="SHA256:x"), False),
        ("music.example", sftp.Trust(), False),
        ("127.0.0.1.example", sftp.Trust(), False),
    ],
)
def test_only_this_machine_may_be_taken_on_trust(
    host: str,
    trust: sftp.Trust,
    stranger: bool,  # noqa: FBT001 - a column of the table
) -> None:
    to = sftp.Address(host=host, port=22, username="u", path="/")
    assert sftp._is_stranger(to, trust, sftp._known_hosts(trust)) is stranger
