"""`segue feeds test` against a real service: all well, and each way of being broken."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Delivery, Feed, FeedCredential, Release
from core import spawn
from distro.suite import run as suite
from ingest.doors.common.hostkey import KEY_NAME, ensure_host_key
from ingest.inbox_rows import INCOMPLETE
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import SENDER
from tests.fixtures.patience import seen
from tests.fixtures.service import SEGUE, Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]

HELD = ("--set", "types=flac,jpg", "--set", "process=hold")
IDLE = str(REPOSITORY / "tests" / "fixtures" / "idle_root.py")


def feed_of(service: Service, name: str, *options: str) -> str:
    made = service.run("feeds", "create", "--name", name, "--dpid", SENDER, *options)
    return str(made["id"])


def states(report: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["state"] for step in report["steps"]}


def failed(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {step["step"]: step for step in report["steps"] if step["state"] == "failed"}
    for step in found.values():
        assert step["rule"], step
        assert step["remedy"], step
        assert step["told"], step
    return found


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--protocol", "sftp"), ["sftp"]),
        (("--protocol", "ftps"), ["ftps", "ftps implicit"]),
        (("--protocol", "ftp", "--protocol", "http"), ["ftp", "http"]),
        (("--choreography", "batch-1.6", "--acknowledgement", "16", *HELD), ["sftp"]),
    ],
    ids=["sftp", "ftps", "ftp and http", "1.6, held, without WAV"],
)
def test_every_step_goes_well(
    open_service: Service, options: tuple[str, ...], names: list[str]
) -> None:
    feed = feed_of(open_service, f"suite {names} {options[-1]}", *options)
    told = open_service.run("feeds", "test", feed)
    assert told["ok"] is True, told
    assert [report["protocol"] for report in told["protocols"]] == names
    for report in told["protocols"]:
        lacking = {"rename"} if report["protocol"] == "http" else set()
        assert [step["step"] for step in report["steps"]] == list(suite.names())
        assert states(report) == {
            name: "not offered" if name in lacking else "passed" for name in suite.names()
        }
        bad = next(step for step in report["steps"] if step["step"] == "bad delivery")
        assert "SHA-256" in bad["told"], "the finding is told"
    nothing_stays(open_service, feed)


def nothing_stays(service: Service, feed: str) -> None:
    """No file, no secret, no right to tests, no release."""
    for folder in ("inbox", "partial"):
        assert seen(service.data / folder / feed) == []
    with service.database() as session:
        row = session.get_one(Feed, feed)
        assert "tests_until" not in row.policy
        labels = select(FeedCredential.label).where(FeedCredential.feed_id == feed)
        assert "trial" not in session.scalars(labels).all()
        released = select(Release.id).where(Release.feed_id == feed)
        assert session.scalars(released).all() == []
        waiting = select(Delivery.id).where(Delivery.feed_id == feed, INCOMPLETE)
        assert session.scalars(waiting).all() == []


def test_a_stranger_at_the_address_of_the_door(open_service: Service) -> None:
    """The service goes on with the key that it has; what senders are told is another one."""
    feed = feed_of(open_service, "suite of a stranger")
    with other_host_key(open_service.data / "keys"):
        told = open_service.run("feeds", "test", feed, ok=(3,))
    (report,) = told["protocols"]
    assert set(failed(report)) == {"log in"}
    assert "shows the host key SHA256:" in failed(report)["log in"]["told"]
    assert states(report)["upload"] == "not run"
    nothing_stays(open_service, feed)


@contextmanager
def other_host_key(keys: Path) -> Iterator[None]:
    path, aside = keys / KEY_NAME, keys / "aside"
    path.rename(aside)
    try:
        ensure_host_key(keys)
        yield
    finally:
        aside.replace(path)


def test_a_disk_that_takes_nothing(open_service: Service) -> None:
    feed = feed_of(open_service, "suite of a broken disk")
    partial = open_service.data / "partial"
    partial.mkdir(exist_ok=True)
    (partial / feed).write_bytes(b"no folder")
    told = open_service.run("feeds", "test", feed, "--wait", "1", ok=(3,))
    (partial / feed).unlink()
    (report,) = told["protocols"]
    assert states(report)["connect"] == "passed"
    assert {"upload", "large file", "many small files"} <= {
        name for name, state in states(report).items() if state in {"failed", "not run"}
    }
    assert failed(report)


def test_a_service_without_its_worker(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    service = Service(tmp_path / "data", schema_folder.root)
    feed = feed_of(service, "suite without a worker")
    service.start(sys.executable, IDLE)
    told = service.run("feeds", "test", feed, "--wait", "1", ok=(3,))
    assert service.stop() == 0
    (report,) = told["protocols"]
    assert set(failed(report)) == {"good delivery", "bad delivery"}
    assert "no acknowledgement within 1 s" in failed(report)["good delivery"]["told"]
    assert "worker" in failed(report)["good delivery"]["remedy"]


def test_no_service_at_all(tmp_path: Path) -> None:
    """As a table: the rows, the rule and the remedy are there, and the secret is not."""
    service = Service(tmp_path / "data")
    feed = feed_of(service, "suite of nobody", "--protocol", "sftp", "--protocol", "http")
    done = spawn.run([SEGUE, "feeds", "test", feed], timeout=240, env=service.env)
    assert done.code == 3, done.err
    table = done.out.decode()
    assert table.count("takes no connection") == 2
    assert table.count("rule: The door can be reached") == 2
    assert table.count("remedy: see that the service runs") == 2
    assert table.count("not run") == 2 * (len(suite.names()) - 1)


@pytest.mark.parametrize(
    ("given", "code"),
    [(("feed_none",), 4), (("FEED", "--protocol", "http"), 2)],
    ids=["no feed", "another protocol"],
)
def test_what_can_not_be_tested(open_service: Service, given: tuple[str, ...], code: int) -> None:
    feed = feed_of(open_service, f"suite refused {given[-1]}")
    argv = [feed if each == "FEED" else each for each in given]
    done = spawn.run([SEGUE, "feeds", "test", *argv], timeout=240, env=open_service.env)
    assert done.code == code, done.err


def test_a_batch_is_delivered_to_a_feed_by_its_id(open_service: Service, tmp_path: Path) -> None:
    """The one-shot delivery: no address, no secret."""
    from tests.fixtures.packages import Shape, good  # noqa: PLC0415 - slow to import

    feed = feed_of(open_service, "suite one shot", "--protocol", "ftps")
    batch = good(tmp_path, Shape(seed=401, tracks=1)).folder
    told = open_service.run(
        "deliver", str(batch), "--to", f"feed:{feed}", "--wait", "--timeout", "60"
    )
    assert [each["status"] for each in told["acknowledgements"]] == ["FileOK"]
    with open_service.database() as session:
        labels = select(FeedCredential.label).where(FeedCredential.feed_id == feed)
        assert "trial" not in session.scalars(labels).all()
