"""`segue listeners` and `segue operators` on a data folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from core.database import Database
from core.errors import Conflict, Misuse, NotFound
from server.accounts.store import sign_in
from server.cli.context import Options
from server.cli.listeners import listeners_app
from server.cli.operators import operators_app

if TYPE_CHECKING:
    from pathlib import Path

    import typer
    from typer.testing import Result

pytestmark = pytest.mark.integration


def call(app: typer.Typer, folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), obj=Options(data=folder))


def made(app: typer.Typer, folder: Path, *words: str) -> dict[str, Any]:
    result = call(app, folder, "create", *words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_password_is_printed_once_and_signs_in(tmp_path: Path) -> None:
    listener = made(listeners_app, tmp_path, "--name", "ada")
    assert (listener["role"], listener["territory"], listener["tier"]) == (
        "listener",
        "GB",
        "premium",
    )
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    with database.read() as session:
        identity = sign_in(session, "ADA", listener["password"])
        assert identity is not None
        assert identity.id == listener["id"]
    database.close()
    listed = call(listeners_app, tmp_path, "list", "--json").stdout
    assert "ada" in listed
    assert "password" not in listed


def test_an_operator_is_made_with_a_password_of_ones_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n", encoding="utf-8")
    operator = made(
        operators_app, tmp_path, "--name", "olga", "--territory", "de", "--password-file",
        str(secret),
    )  # fmt: skip
    assert (operator["role"], operator["territory"]) == ("operator", "DE")
    assert operator["password"] == "correct horse"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--name", "ada"], Conflict),
        (["--name", "ADA"], Conflict),
        (["--name", ""], Misuse),
        (["--name", " ada"], Misuse),
        (["--name", "a\nb"], Misuse),
        (["--name", "x" * 101], Misuse),
        (["--name", "eve", "--tier", "gold"], Misuse),
        (["--name", "eve", "--territory", "Europe"], Misuse),
        (["--name", "eve", "--territory", "ZZ"], Misuse),
        (["--name", "eve", "--password-file", "/nowhere"], NotFound),
    ],
)
def test_what_can_not_be_used_is_refused_with_a_remedy(
    tmp_path: Path, words: list[str], error: type[Exception]
) -> None:
    made(listeners_app, tmp_path, "--name", "ada")
    result = call(listeners_app, tmp_path, "create", *words)
    assert isinstance(result.exception, error)


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short", encoding="utf-8")
    words = ["create", "--name", "eve", "--password-file", str(secret)]
    result = call(listeners_app, tmp_path, *words)
    assert isinstance(result.exception, Misuse)
    assert "8 to 1024" in str(result.exception)


def test_a_plan_is_changed_and_an_account_signed_out(tmp_path: Path) -> None:
    account = made(listeners_app, tmp_path, "--name", "ada")
    said = call(
        listeners_app, tmp_path, "edit", "ADA", "--tier", "free", "--territory", "de",
        "--sign-out", "--json",
    )  # fmt: skip
    assert json.loads(said.stdout) == {
        "id": account["id"],
        "name": "ada",
        "territory": "DE",
        "tier": "free",
    }
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    with database.read() as session:
        identity = sign_in(session, "ada", account["password"])
        assert identity is not None
        assert (identity.tier, identity.territory, identity.epoch) == ("free", "DE", 2)
    database.close()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["ada"], Misuse),
        (["ada", "--tier", "gold"], Misuse),
        (["ada", "--territory", "ZZ"], Misuse),
        (["bob", "--tier", "free"], NotFound),
        (["olga", "--tier", "free"], NotFound),
    ],
)
def test_an_edit_that_can_not_be_changes_nothing(
    tmp_path: Path, words: list[str], error: type[Exception]
) -> None:
    made(listeners_app, tmp_path, "--name", "ada")
    made(operators_app, tmp_path, "--name", "olga")
    before = call(listeners_app, tmp_path, "list", "--json").stdout
    result = call(listeners_app, tmp_path, "edit", *words)
    assert isinstance(result.exception, error)
    assert call(listeners_app, tmp_path, "list", "--json").stdout == before
