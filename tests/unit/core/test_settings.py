"""Settings: who wins, what is refused and what is suggested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from core.errors import SettingsInvalid
from core.settings import Settings, load, variable, walk

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = """
data = "from-file"
[web]
port = 8001
[sftp]
port = 2201
[tiers]
free = ["FreeOfChargeModel/OnDemandStream"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "segue.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def _refused(
    file: Path | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load(file, env or {}, flags)
    assert refused.value.exit_code == 2
    return refused.value.message


def test_defaults(tmp_path: Path) -> None:
    found = load(environment={"SEGUE_DATA": str(tmp_path)})
    assert (found.web.port, found.sftp.port, found.party.name) == (8080, 2222, "Segue")
    assert found.database_url == f"sqlite:///{tmp_path.resolve() / 'segue.db'}"


def test_flags_beat_environment_beats_file_beats_defaults(file: Path) -> None:
    env = {"SEGUE_WEB_PORT": "8002", "SEGUE_DATA": "from-env"}
    found = load(file, env, {"data": Path("from-flag"), "sftp.port": None})
    assert found.data == Path("from-flag")
    assert found.web.port == 8002
    assert found.sftp.port == 2201
    assert found.web.host == "127.0.0.1"


def test_the_variable_names_the_file(file: Path) -> None:
    assert load(environment={"SEGUE_CONFIG": str(file)}).web.port == 8001
    assert "no settings file" in _refused(env={"SEGUE_CONFIG": f"{file}.gone"})


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    assert str(tmp_path / "gone.toml") in _refused(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\nprot = 1", "unknown setting web.prot; did you mean web.port?"),
        ("dat = 'x'", "unknown setting dat; did you mean data?"),
        ("[web]\nport = 70000", "setting web.port"),
        ("[web]\nport = 'many'", "setting web.port"),
        ("web = 5", "setting web"),
        ("log = 'loud'", "setting log"),
        ("[listen]\nterritory = 'GBR'", "setting listen.territory"),
        ("[work]\ndeliveries = 0", "setting work.deliveries"),
        ("= broken", "is not valid TOML"),
    ],
)
def test_a_file_that_cant_be_used(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "segue.toml"
    path.write_text(text, encoding="utf-8")
    assert said in _refused(path)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "segue.toml"
    path.write_bytes('[party]\nname = "Mühle"'.encode("latin-1"))
    assert "UTF-8" in _refused(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(tmp_path) in _refused(tmp_path)


def test_an_unknown_variable_has_a_suggestion() -> None:
    assert _refused(env={"SEGUE_WEB_PROT": "1"}) == (
        "unknown variable SEGUE_WEB_PROT; did you mean SEGUE_WEB_PORT?"
    )
    assert _refused(env={"SEGUE_ZZZZZZZZ": "1"}) == "unknown variable SEGUE_ZZZZZZZZ"


def test_foreign_variables_are_not_ours() -> None:
    env = {"PATH": "/bin", "XSEGUE_DATA": "x", "SEGUE_TEST_X": "1", "SEGUE_DELIVER_PASSWORD": "p"}
    assert load(environment=env) == load(environment={})


def test_an_unknown_flag_is_refused() -> None:
    assert "did you mean web.port" in _refused(flags={"web.prot": 1})
    assert "web.port" in _refused(flags={"web.port.deep": 1}, env={"SEGUE_WEB_PORT": "1"})


def test_an_argument_below_a_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "segue.toml"
    path.write_text("web = 5", encoding="utf-8")
    assert "web" in _refused(path, env={"SEGUE_WEB_PORT": "1"})


def test_values_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql+psycopg://segue@db/segue\n", encoding="utf-8")
    found = load(environment={"SEGUE_DATABASE_FILE": str(secret)})
    assert found.database_url == "postgresql+psycopg://segue@db/segue"
    assert f"{secret}.gone" in _refused(env={"SEGUE_DATABASE_FILE": f"{secret}.gone"})


def test_lists_in_the_environment() -> None:
    found = load(environment={"SEGUE_TIERS_FREE": " A/B, C/D "})
    assert found.tiers.free == ("A/B", "C/D")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load(environment={}).__setattr__("data", Path("other"))


def test_every_setting_says_what_it_is() -> None:
    settings = dict(walk())
    assert settings
    assert [name for name, field in settings.items() if not field.description] == []
    names = {variable(name) for name in settings}
    assert len(names) == len(settings)
    assert all(re.fullmatch(r"SEGUE_[A-Z_]+", name) for name in names)
    assert load(environment={}) == Settings()
