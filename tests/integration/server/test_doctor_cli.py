"""`segue doctor` on installations that are new, used, and broken in one way each."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

import migrations
from core.database import Database
from core.folders import DataFolder
from core.settings import load
from ingest.doors.common.hostkey import KEY_NAME, ensure_host_key
from server.accounts.keys import load_secret
from server.cli.checkup import machine
from server.cli.checkup.verdict import Patient, State
from server.cli.context import Options
from server.cli.doctor import CHECKS, doctor
from server.local import open_local

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
app = typer.Typer()
app.command("doctor")(doctor)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"WEB_PORT": "0", "SFTP_PORT": "0", "DDEX_SCHEMAS": "none"}.items():
        monkeypatch.setenv(f"SEGUE_{name}", value)


def ask(folder: Path, code: int) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(app, ["--json"], obj=Options(data=folder / "data"))
    assert result.exit_code == code, result.output
    report = json.loads(result.stdout)
    assert report["ok"] is (code == 0)
    return {check["name"]: check for check in report["checks"]}


def used(folder: Path) -> DataFolder:
    data = DataFolder(folder / "data")
    with open_local(load(flags={"data": data.root})):
        ensure_host_key(data.keys)
        load_secret(data.keys)
    return data


def test_a_new_installation_can_serve_and_nothing_was_made(tmp_path: Path) -> None:
    found = ask(tmp_path, 0)
    assert list(found) == [name for name, _ in CHECKS]
    assert found["schemas"]["state"] == "warn"
    assert "ddex.net" in found["schemas"]["remedy"]
    assert not (tmp_path / "data").exists()


def test_a_used_one_is_fine_and_people_can_read_it(
    tmp_path: Path, schema_folder: SchemaFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(schema_folder.root))
    used(tmp_path)
    found = ask(tmp_path, 0)
    assert "at the head" in found["database"]["what"]
    assert found["host key"]["what"].startswith("SHA256:")
    assert "4.3" in found["schemas"]["what"]
    result = CliRunner().invoke(app, [], obj=Options(data=tmp_path / "data"))
    assert result.stdout.startswith("ok    python")


def test_keys_that_others_can_read(tmp_path: Path) -> None:
    data = used(tmp_path)
    (data.keys / KEY_NAME).chmod(0o644)
    (data.keys / "web.key").chmod(0o640)
    found = ask(tmp_path, 1)
    assert (found["host key"]["state"], found["secrets"]["state"]) == ("fail", "fail")
    assert "chmod 600" in found["host key"]["remedy"]


@pytest.mark.parametrize(("revision", "state"), [("0001", "warn"), ("9999", "fail")])
def test_a_database_of_another_version(tmp_path: Path, revision: str, state: str) -> None:
    data = used(tmp_path)
    database = Database(f"sqlite:///{data.root / 'segue.db'}")
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    database.close()
    found = ask(tmp_path, 1 if state == "fail" else 0)
    assert found["database"]["state"] == state
    assert revision in found["database"]["what"]
    assert migrations.head() not in {"0001", "9999"}


def test_a_database_that_is_not_there_hides_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "segue.db").write_bytes(b"no database at all" * 100)
    assert ask(tmp_path, 1)["database"]["state"] == "fail"
    monkeypatch.setenv("SEGUE_DATABASE", "nonsense://me:hunter2@nowhere/db")
    assert "hunter2" not in json.dumps(ask(tmp_path, 1))


@pytest.mark.enable_socket
def test_a_port_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("SEGUE_WEB_PORT", str(other.getsockname()[1]))
        assert ask(tmp_path, 1)["web port"]["state"] == "fail"
        with open_local(load(flags={"data": tmp_path / "data"})) as local, local.data.lock():
            found = ask(tmp_path, 0)["web port"]
            assert str(os.getpid()) in found["what"]


def test_no_ffmpeg_and_wrong_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_MEDIA_FFMPEG", "/bin/false")
    assert ask(tmp_path, 1)["ffmpeg"]["state"] == "fail"
    monkeypatch.setenv("SEGUE_WEB_PROT", "1")
    assert list(ask(tmp_path, 1)) == ["settings"]


def test_risky_settings_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_WEB_HOST", "192.0.2.1")
    monkeypatch.setenv("SEGUE_SFTP_FSYNC", "false")
    found = ask(tmp_path, 0)["settings"]
    assert found["state"] == "warn"
    assert "web.host" in found["what"]
    assert "sftp.fsync" in found["what"]


def test_a_clock_that_is_wrong(tmp_path: Path) -> None:
    settings = load(flags={"data": tmp_path})
    (tmp_path / "file").touch()
    old = Patient(settings, DataFolder(tmp_path), datetime(1970, 1, 1, tzinfo=UTC))
    assert machine.clock(old).state is State.FAIL
    late = datetime(2026, 1, 2, tzinfo=UTC)
    os.utime(tmp_path / "file", (late.timestamp() + 9000,) * 2)
    assert machine.clock(Patient(settings, DataFolder(tmp_path), late)).state is State.WARN
