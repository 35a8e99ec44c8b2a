"""What a sender may not do at the SFTP door, and that the answer teaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import paramiko
import pytest

from ingest.doors.common.upload import Intake
from tests.integration.doors.harness import (
    QUICK,
    paramiko_client,
    running_door,
    sftp,
    soon,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


def test_links_are_refused(door: Running, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    done = sftp(door, f"put {tmp_path / 'x'} a", "-ln -s /etc/passwd b", "-ln a c", "ls -1")
    assert "Permission denied" in done.err
    assert "does not support hardlink" in done.err
    assert b"\nb\n" not in done.out
    with paramiko_client(door) as client, pytest.raises(PermissionError, match="links are refused"):
        client.symlink("/etc/passwd", "b")
    assert sorted(p.name for p in door.finished("feed_alpha", "").iterdir()) == [
        "a",
        "acknowledgements",
        "reports",
    ]


def test_a_planted_link_is_not_followed(door: Running, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_text("secret")
    with paramiko_client(door) as client:
        door.finished("feed_alpha", "out").symlink_to(secret)
        door.finished("feed_alpha", "file").symlink_to(secret / "file")
        assert client.listdir("/") == ["acknowledgements", "reports"]
        for refused in (
            lambda: client.open("out/file").read(),
            lambda: client.open("file").read(),
            lambda: client.open("out/new", "wb"),
            lambda: client.listdir("out"),
            lambda: client.stat("out/file"),
            lambda: client.mkdir("out/d"),
            lambda: client.remove("out/file"),
            lambda: client.rename("out/file", "mine"),
        ):
            with pytest.raises(OSError):  # noqa: PT011 - several kinds
                refused()
        with client.open("file", "wb") as file:
            file.write(b"mine")
    assert (secret / "file").read_text() == "secret"
    assert sorted(p.name for p in secret.iterdir()) == ["file"]
    assert door.finished("feed_alpha", "file").read_bytes() == b"mine"


@pytest.mark.parametrize("path", ["../x", "/../../etc/x", "a/../../x", "../feed_beta/x"])
def test_paths_that_climb_out_are_refused(door: Running, path: str) -> None:
    with paramiko_client(door) as client, pytest.raises(PermissionError, match="climbs out"):
        client.open(path, "wb")
    assert door.inbox.events == []


def test_dots_inside_the_root_are_fine(door: Running) -> None:
    with paramiko_client(door) as client:
        client.mkdir("d")
        with client.open("d/.././d/./x", "wb") as file:
            file.write(b"1")
        client.chdir("d")
        client.chdir("..")
        assert client.getcwd() == "/"
        assert client.normalize("../..") == "/"
    assert door.inbox.events == [("received", "feed_alpha", "d/x")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"a\nb", "U\\+000A"),
        (b"a\x00b", "U\\+0000"),
        (b"\xff.wav", "not UTF-8"),
        ("a\u202evaw.exe".encode(), "U\\+202E"),
        (b"a\\b", "backslash"),
        (b"x" * 201, "longer than 200"),
        (b"/".join([b"d"] * 17), "more than 16"),
        (b"/".join([b"d" * 150] * 7), "longer than 1000"),
    ],
)
def test_hostile_names_are_refused_with_a_reason(door: Running, name: bytes, text: str) -> None:
    with paramiko_client(door) as client, pytest.raises(OSError, match=text):
        client.open(name, "wb")


def test_a_decomposed_name_is_the_composed_one(door: Running) -> None:
    with paramiko_client(door) as client:
        with client.open("Bjo\u0308rk.wav", "wb") as file:
            file.write(b"1")
        assert client.listdir("/")[0] == "Bj\u00f6rk.wav"
        assert client.stat("Bj\u00f6rk.wav").st_size == 1


def test_two_feeds_do_not_see_each_other(door: Running) -> None:
    with paramiko_client(door, "alpha") as alpha, paramiko_client(door, "beta") as beta:
        alpha.mkdir("shared")
        with alpha.open("shared/a.wav", "wb") as file:
            file.write(b"alpha")
        unfinished = alpha.open("half.wav", "wb")
        unfinished.write(b"half")
        unfinished.flush()
        assert beta.listdir("/") == ["acknowledgements", "reports"]
        for hidden in ("shared/a.wav", "half.wav", "/feed_alpha/shared/a.wav"):
            with pytest.raises(FileNotFoundError):
                beta.stat(hidden)
            with pytest.raises(FileNotFoundError):
                beta.open(hidden)
        with beta.open("half.wav", "wb") as file:
            file.write(b"beta's own")
        unfinished.close()
    assert door.finished("feed_alpha", "half.wav").read_bytes() == b"half"
    assert door.finished("feed_beta", "half.wav").read_bytes() == b"beta's own"


def test_a_second_writer_is_refused_and_the_first_goes_on(door: Running) -> None:
    with paramiko_client(door) as one, paramiko_client(door) as two:
        first = one.open("a.wav", "wb")
        first.write(b"first")
        first.flush()
        with pytest.raises(OSError, match="being uploaded by another session"):
            two.open("a.wav", "wb")
        with pytest.raises(OSError, match="being uploaded"):
            two.remove("a.wav")
        assert two.stat("a.wav").st_size == 5
        first.close()
    assert door.finished("feed_alpha", "a.wav").read_bytes() == b"first"


def test_a_silent_writer_gives_way(tmp_path: Path) -> None:
    settings = replace(QUICK, intake=Intake(watermark=0, takeover=0.0))
    with (
        running_door(tmp_path / "door", settings) as door,
        paramiko_client(door) as one,
        paramiko_client(door) as two,
    ):
        first = one.open("a.wav", "wb")
        first.write(b"first")
        first.flush()
        second = two.open("a.wav", "r+b")
        second.write(b"sec")
        second.flush()
        with pytest.raises(OSError, match="taken over"):
            first.write(b"more")
        first.close()
        assert door.inbox.events == []
        second.close()
        assert door.finished("feed_alpha", "a.wav").read_bytes() == b"secst"


def test_a_hole_is_no_file(tmp_path: Path) -> None:
    settings = replace(QUICK, intake=Intake(watermark=0, most=1 << 60))
    with running_door(tmp_path / "door", settings) as door, paramiko_client(door) as client:
        with client.open("a", "wb") as file, pytest.raises(OSError, match="nearly full"):
            file.truncate(1 << 50)
        with client.open("b", "wb") as file:
            file.seek(1 << 50)
            file.write(b"x")  # paramiko passes over what CLOSE answers
        assert door.partial("feed_alpha", "b").stat().st_size == 0
    assert ("received", "feed_alpha", "b") not in door.inbox.events


def test_files_have_a_greatest_size(tmp_path: Path) -> None:
    settings = replace(QUICK, intake=Intake(watermark=0, most=1000))
    with running_door(tmp_path / "door", settings) as door, paramiko_client(door) as client:
        with client.open("a", "wb") as file, pytest.raises(OSError, match="1000 bytes"):
            file.truncate(1001)
        with pytest.raises(OSError, match="1000 bytes"), client.open("b", "wb") as file:
            file.write(bytes(1001))
    assert [event[0] for event in door.inbox.events] == ["received"]


def test_a_folder_moves_only_where_all_in_it_may_be(door: Running) -> None:
    with paramiko_client(door) as client:
        deep, low = "/deep" + "/d" * 13, "/low" + "/l" * 3
        for path in (deep, low, "/high/n/acknowledgements"):
            parts = path.split("/")[1:]
            for count in range(1, len(parts) + 1):
                client.mkdir("/" + "/".join(parts[:count]))
        for old, new, said in (
            ("/low", f"{deep}/x", "folders deep"),
            ("/high/n", "/n", "written by us"),
            ("/low", "/low/x", "into itself"),
        ):
            with pytest.raises(OSError, match=said):
                client.rename(old, new)
        client.rename("/low", "/low2")


def test_a_connection_has_few_channels(door: Running) -> None:
    with paramiko_client(door) as client:
        channel = client.get_channel()
        assert channel is not None
        transport = channel.get_transport()
        more = [transport.open_session() for _ in range(9)]
        with pytest.raises(paramiko.ChannelException):
            transport.open_session()
        more[0].close()
        soon(lambda: bool(_opened(transport)), "room for another")


def _opened(transport: paramiko.Transport) -> bool:
    try:
        transport.open_session()
    except paramiko.ChannelException:
        return False
    return True


def test_errors_name_the_remedy(door: Running) -> None:
    with paramiko_client(door) as client:
        client.mkdir("d")
        with client.open("d/x", "wb") as file:
            file.write(b"1")
        cases: list[tuple[Callable[[], object], str]] = [
            (lambda: client.open("no/where", "wb"), "no such file or folder"),
            (lambda: client.mkdir("d"), "exists already"),
            (lambda: client.rmdir("d"), "not empty"),
            (lambda: client.open("d", "wb"), "is a folder"),
            (lambda: client.remove("d"), "is a folder"),
            (lambda: client.mkdir("d/x/y"), "not a folder"),
            (lambda: client.rename("d/x", "d/x"), "exists already"),
            (lambda: client.open("d/x", "wx"), "exists already"),
            (lambda: client.readlink("d/x"), "no links"),
            (lambda: client.truncate("d/x", 0), "open for writing"),
        ]
        for attempt, text in cases:
            with pytest.raises(OSError, match=text):
                attempt()
    assert door.finished("feed_alpha", "d/x").read_bytes() == b"1"


def test_setstat_is_tolerated(door: Running) -> None:
    with paramiko_client(door) as client:
        with client.open("a", "wb") as file:
            file.chmod(0o600)
            file.utime((5, 5))
            file.write(b"1")
        client.chmod("a", 0o777)
        client.chown("a", 1, 1)
        client.utime("a", (1_700_000_000, 1_700_000_000))
        assert client.stat("a").st_mtime == 1_700_000_000
    assert len(door.inbox.events) == 1


def test_a_folder_moves_with_what_is_unfinished_in_it(door: Running) -> None:
    with paramiko_client(door) as client:
        client.mkdir("d")
        with client.open("d/done", "wb") as file:
            file.write(b"done")
        half = client.open("d/half", "wb")
        half.write(b"half")
        half.flush()
        with pytest.raises(OSError, match="being uploaded"):
            client.rename("d", "e")
    with paramiko_client(door) as client:

        def moved() -> bool:
            try:
                client.rename("d", "e")
            except OSError:
                return False
            return True

        soon(moved, "the first session has ended")
        assert client.listdir("e") == ["done", "half"]
        client.remove("e/half")
        client.remove("e/done")
        client.rmdir("e")
    assert door.inbox.events == [
        ("received", "feed_alpha", "d/done"),
        ("renamed", "feed_alpha", "d/done", "e/done"),
        ("removed", "feed_alpha", "e/done"),
    ]
    assert not any(door.partial("feed_alpha", "").iterdir())
