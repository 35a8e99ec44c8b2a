"""`segue schemas` on folders and archives, good and hostile."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from core.errors import Conflict, Misuse, NotFound
from server.cli import schema_sources
from server.cli.context import Options
from server.cli.schemas import schemas_app

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
FILES = ("ern/43/release-notification.xsd", "ern/43/allowed-value-sets.xsd")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SEGUE_DDEX_SCHEMAS", raising=False)
    monkeypatch.chdir(tmp_path)


def run(*words: str, folder: Path, code: int = 0) -> dict[str, Any]:
    options = Options(data=folder / "data")
    result = CliRunner().invoke(schemas_app, [*words, "--json"], obj=options)
    if isinstance(result.exception, Exception):
        raise result.exception
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def archive(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def row(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in report["schemas"] if each["name"] == name)


def test_a_zip_in_another_layout_is_installed(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    entries = {f"DDEX/ERN 4.3/{n.rpartition('/')[2]}": schema_folder(n) for n in FILES}
    zipped = archive(tmp_path / "ern.zip", {**entries, "../../evil.xsd": b"<x/>"})
    made = run("install", str(zipped), folder=tmp_path)
    assert [(file["name"], file["state"]) for file in made["files"]] == [
        (name, "new") for name in sorted(FILES)
    ]
    listed = run("list", folder=tmp_path)
    ern = row(listed, FILES[0])
    assert (ern["state"], ern["avs"], len(ern["files"][0]["sha256"])) == ("found", "3", 64)
    assert row(listed, "ern/382/release-notification.xsd")["state"] == "absent"
    checked = run("check", folder=tmp_path)
    assert row(checked, FILES[0])["state"] == "ok"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "ern.zip"]
    assert {f["state"] for f in run("install", str(zipped), folder=tmp_path)["files"]} == {"same"}


def test_other_bytes_are_never_overwritten_unasked(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    source = tmp_path / "given"
    source.mkdir()
    for name in FILES:
        (source / name.rpartition("/")[2]).write_bytes(schema_folder(name))
    run("install", str(source), folder=tmp_path)
    changed = source / "allowed-value-sets.xsd"
    changed.write_bytes(changed.read_bytes() + b"<!-- newer -->")
    with pytest.raises(Conflict, match="allowed-value-sets"):
        run("install", str(source), folder=tmp_path)
    made = run("install", str(source), "--replace", folder=tmp_path)
    assert [file["state"] for file in made["files"]] == ["replaced", "same"]


def test_a_schema_that_does_not_compile_is_told(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    zipped = archive(tmp_path / "half.zip", {"a.xsd": schema_folder(FILES[0])})
    made = run("install", str(zipped), folder=tmp_path, code=1)
    assert made["missing"] == {FILES[1]: FILES[0]}
    assert row(run("check", folder=tmp_path, code=1), FILES[0])["state"] == "failed"


def test_links_are_not_followed(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    source = tmp_path / "given"
    source.mkdir()
    assert schema_folder.root is not None
    (source / "a.xsd").symlink_to(schema_folder.root / FILES[0])
    (source / "more").symlink_to(schema_folder.root)
    with pytest.raises(NotFound):
        run("install", str(source), folder=tmp_path)
    zipped = tmp_path / "link.zip"
    with zipfile.ZipFile(zipped, "w") as made:
        link = zipfile.ZipInfo("a.xsd")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert schema_sources.read_source(zipped) == {}


def test_bombs_and_broken_archives_are_refused(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "bomb.zip", {"a.xsd": b" " * (schema_sources.MAX_FILE + 1)})
    with pytest.raises(Misuse, match="no schema"):
        run("install", str(bomb), folder=tmp_path)
    broken = archive(tmp_path / "broken.zip", {"a.xsd": b"<a/>" * 1000})
    data = bytearray(broken.read_bytes())
    data[40:60] = b"x" * 20
    broken.write_bytes(data)
    with pytest.raises(Misuse, match="zip"):
        run("install", str(broken), folder=tmp_path)
    (tmp_path / "no.zip").write_bytes(b"PK")
    with pytest.raises(Misuse, match="neither"):
        run("install", str(tmp_path / "no.zip"), folder=tmp_path)


def test_without_schemas_one_hears_where_they_are(tmp_path: Path) -> None:
    assert "https://ddex.net" in run("list", folder=tmp_path)["licence"]
    with pytest.raises(NotFound) as none:
        run("check", folder=tmp_path)
    assert "ddex.net" in none.value.remedy
