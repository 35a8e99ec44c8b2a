"""Delivering to a real SFTP server: order, answers, resumption, trust, faults."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import asyncssh
import pytest

from core.errors import Misuse, NotAllowed, NotFound, Unavailable
from ddex.choreography import acknowledgement, names
from ddex.choreography.acknowledgement import Acknowledgement
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ddex.choreography.verdict import judge
from ddex.findings import Finding, Severity
from distro import outbox
from distro.deliver import Plan, deliver
from distro.targets import sftp
from tests.fixtures import packages
from tests.integration.distro.recipient import PASSWORD, Recipient, receiving

if TYPE_CHECKING:
    from pathlib import Path

    from distro.deliver import Delivered
    from distro.targets.base import Connect

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]

Faults = dict[str, tuple[Finding, ...]]

MISSING = Finding(
    code="ERN-1901",
    rule=19,
    severity=Severity.REJECT,
    ack_status="ResourceMissing",
    message="resources/x.flac is named but not there",
    remedy="Send the file.",
    file="x.xml",
    line=12,
    xpath="/NewReleaseMessage/ResourceList",
    resource="XSEGU2600001",
)


def connecting(
    to: Recipient,
    *,
    password: str = PASSWORD,
    trust: sftp.Trust | None = None,
    key: Path | None = None,
) -> Connect:
    login = sftp.Login(password=password, key=key)
    checked = trust or sftp.Trust(fingerprint=to.fingerprint)
    return partial(sftp.connect, sftp.address(to.url), login, checked)


def send(folder: Path, to: Recipient, wait: float | None = 60.0) -> Delivered:
    return deliver(outbox.find(folder), connecting(to), Plan(wait=wait, poll=0.05))


def silent(_root: Path, _name: str) -> None:
    """A recipient that never answers."""


def answering(root: Path, name: str, *, faults: Faults, version: str = "18") -> None:
    """Acknowledge every release in the batch; `faults` by release folder."""
    batch = root / name.lstrip("/").partition("/")[0]
    batch_id = names.completes(name.rpartition("/")[2]) or ""
    folder = root / "acknowledgements"
    folder.mkdir(exist_ok=True)
    for release in outbox.find(batch).releases:
        verdict = judge(faults.get(release.name, ()))
        ack = Acknowledgement(
            message_id=f"ACK-{release.name}",
            sender=MessagingParty(dpid=packages.RECIPIENT),
            recipient=MessagingParty(dpid=packages.SENDER),
            created=datetime(2026, 1, 5, tzinfo=UTC),
            release=ReleaseIds(icpn=release.name),
            release_status=verdict.release_status,
            statuses=verdict.statuses,
            acknowledged_message_id=release.message_id,
            batch_id=batch_id,
            proposed_action=verdict.proposed_action,
            isrcs=verdict.isrcs,
        )
        file = names.ack_name(release.message_id, release.name, batch_id)
        (folder / file).write_bytes(acknowledgement.write(ack, version))


def test_a_batch_arrives_whole_and_its_completion_last(tmp_path: Path) -> None:
    batch = packages.batch_of(tmp_path / "out", [packages.Shape(seed=n) for n in (1, 2)])
    root = tmp_path / "root"
    root.mkdir()
    with receiving(root, partial(answering, faults={})) as recipient:
        done = send(tmp_path / "out", recipient)
    assert done.ok
    assert recipient.closed[-1].endswith(f"BatchComplete_{batch.batch_id}.xml")
    sent = {p.relative_to(batch.folder): p.read_bytes() for p in files(batch.folder)}
    arrived = root / batch.folder.name
    assert {p.relative_to(arrived): p.read_bytes() for p in files(arrived)} == sent
    answer = done.to_json()
    assert answer["files"] == len(sent)
    assert answer["bytes"] == sum(len(data) for data in sent.values())
    assert [each["status"] for each in answer["acknowledgements"]] == ["FileOK", "FileOK"]


@pytest.mark.parametrize("version", ["16", "18"])
def test_a_refusal_is_understood(tmp_path: Path, version: str) -> None:
    batch = packages.batch_of(tmp_path / "out", [packages.Shape(seed=n) for n in (1, 2)])
    bad = batch.releases[1].icpn
    root = tmp_path / "root"
    root.mkdir()
    answer = partial(answering, faults={bad: (MISSING,)}, version=version)
    with receiving(root, answer) as recipient:
        done = send(batch.folder, recipient)
    assert not done.ok
    by_release = {each["release"]: each for each in done.to_json()["acknowledgements"]}
    good_one, bad_one = by_release[batch.releases[0].icpn], by_release[bad]
    assert good_one["status"] == "FileOK"
    assert bad_one["status"] == "ResourceMissing"
    assert bad_one["proposed_action"] == "ResendXmlAndResources"
    assert bad_one["isrcs"] == ["XSEGU2600001"]
    assert bad_one["file"].startswith("acknowledgements/ACK_")
    (reason,) = bad_one["findings"]
    assert reason["place"] == "x.xml:12 /NewReleaseMessage/ResourceList"
    assert reason["rule"] == "19 (ERN-1901)"
    assert reason["remedy"] == "Send the file."


def test_old_acknowledgements_are_not_taken_for_new_ones(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    root = tmp_path / "root"
    root.mkdir()
    with receiving(root, partial(answering, faults={})) as recipient:
        send(batch.folder, recipient)
        recipient.answer = silent
        done = send(batch.folder, recipient, wait=0.3)
    assert done.receipts == ()
    assert done.missing == (batch.releases[0].icpn,)
    assert not done.ok


def test_a_cut_connection_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out", packages.Shape(tracks=1))
    big = batch.releases[0].folder / "resources" / "noise.bin"
    big.write_bytes(bytes(range(256)) * 40_000)
    root = tmp_path / "root"
    root.mkdir()
    heard: list[int] = []
    with receiving(root, partial(answering, faults={}), cut_after=6_000_000) as recipient:
        plan = Plan(wait=60.0, poll=0.05, parallel=1)
        found = outbox.find(batch.folder)
        done = deliver(found, connecting(recipient), plan, heard.append)
    assert done.ok
    arrived = root / batch.folder.name / big.relative_to(batch.folder)
    assert arrived.read_bytes() == big.read_bytes()
    times = [flags for name, flags in recipient.opened if name.endswith("noise.bin")]
    assert len(times) == 2
    assert not times[1] & asyncssh.FXF_TRUNC, "the second upload must not begin again"
    assert recipient.received < found.size + 2_500_000
    assert sum(heard) == found.size


def test_a_changed_file_is_sent_anew(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out", packages.Shape(tracks=1))
    big = batch.releases[0].folder / "resources" / "noise.bin"
    big.write_bytes(b"new" * 1_500_000)
    root = tmp_path / "root"
    there = root / batch.folder.name / big.relative_to(batch.folder)
    there.parent.mkdir(parents=True)
    there.write_bytes(b"old" * 1_200_000)
    with receiving(root, silent) as recipient:
        done = send(batch.folder, recipient, wait=None)
    assert done.ok
    assert there.read_bytes() == big.read_bytes()


@pytest.mark.parametrize("there", [6_000_000, 8_000_000])
def test_holes_of_a_cut_upload_are_filled(tmp_path: Path, there: int) -> None:
    """Parts of the last chunk travel together, so the last may arrive and one before it not."""
    batch = packages.good(tmp_path / "out", packages.Shape(tracks=1))
    big = batch.releases[0].folder / "resources" / "noise.bin"
    content = bytes(range(250)) * 32_000
    big.write_bytes(content)
    root = tmp_path / "root"
    partial_file = root / batch.folder.name / big.relative_to(batch.folder)
    partial_file.parent.mkdir(parents=True)
    holed = content[: there - 900_000] + bytes(500_000) + content[there - 400_000 : there]
    partial_file.write_bytes(holed)
    with receiving(root, silent) as recipient:
        assert send(batch.folder, recipient, wait=None).ok
    assert partial_file.read_bytes() == content
    (flags,) = [flags for name, flags in recipient.opened if name.endswith("noise.bin")]
    assert not flags & asyncssh.FXF_TRUNC


def test_a_wrong_password_is_not_tried_again(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with (
        receiving(tmp_path, silent) as recipient,
        pytest.raises(NotAllowed, match="refused the login"),
    ):
        deliver(outbox.find(batch.folder), connecting(recipient, password="wrong"))


@pytest.mark.parametrize("fingerprint", ["", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_an_unknown_host_key_is_shown_and_refused(tmp_path: Path, fingerprint: str) -> None:
    batch = packages.good(tmp_path / "out")
    trust = sftp.Trust(fingerprint=fingerprint)
    with receiving(tmp_path, silent) as recipient:
        with pytest.raises(NotAllowed) as refused:
            deliver(outbox.find(batch.folder), connecting(recipient, trust=trust))
        assert recipient.fingerprint in refused.value.message
    assert recipient.closed == []


def test_known_hosts_and_a_key_file_will_do(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    ours = asyncssh.generate_private_key("ssh-ed25519")
    key = tmp_path / "id_ed25519"
    ours.write_private_key(key)
    authorized = tmp_path / "authorized"
    ours.write_public_key(authorized)
    root = tmp_path / "root"
    root.mkdir()
    with receiving(root, silent, authorized=authorized) as recipient:
        known = tmp_path / "known_hosts"
        seen = scan(recipient)
        known.write_text(f"[127.0.0.1]:{recipient.port} {seen}\n")
        trust = sftp.Trust(known_hosts=known)
        done = deliver(
            outbox.find(batch.folder), connecting(recipient, password="", trust=trust, key=key)
        )
    assert done.ok
    assert len(recipient.closed) == len(files(batch.folder))


def test_nobody_listening_is_worth_another_try(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(tmp_path, silent) as gone:
        pass
    with pytest.raises(Unavailable) as fault:
        deliver(outbox.find(batch.folder), connecting(gone), Plan(attempts=2))
    assert fault.value.retryable
    assert fault.value.exit_code == 6
    assert PASSWORD not in str(fault.value)


def test_without_a_secret_nothing_is_tried(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(tmp_path, silent) as recipient, pytest.raises(Misuse, match="neither"):
        deliver(outbox.find(batch.folder), connecting(recipient, password=""))


def test_missing_files_of_the_caller_are_named(tmp_path: Path) -> None:
    batch = packages.good(tmp_path / "out")
    with receiving(tmp_path, silent) as recipient:
        trust = sftp.Trust(known_hosts=tmp_path / "nowhere")
        with pytest.raises(NotFound, match="nowhere"):
            deliver(outbox.find(batch.folder), connecting(recipient, trust=trust))
        with pytest.raises(NotFound, match="no-key"):
            deliver(outbox.find(batch.folder), connecting(recipient, key=tmp_path / "no-key"))


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def scan(recipient: Recipient) -> str:
    """The public host key, as ssh-keyscan would tell it."""
    import asyncio  # noqa: PLC0415 - only here

    async def ask() -> str:
        key = await asyncssh.get_server_host_key("127.0.0.1", recipient.port)
        assert key is not None
        return key.export_public_key().decode()

    return asyncio.run(ask())
