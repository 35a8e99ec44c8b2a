"""`segue validate` on messages in every encoding, and on hostile ones: a report, and no more."""

from __future__ import annotations

import codecs
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from core.spawn import run as spawn
from server.cli.context import Options
from server.cli.validate import validate
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.ern_messages import base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
app = typer.Typer()
app.command("validate")(validate)
TITLE = "Fährlichter"
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LONG = 10_500_000


def declared(text: str, encoding: str) -> str:
    return text.replace('encoding="UTF-8"', f'encoding="{encoding}"')


def fair(text: str) -> Iterator[tuple[str, bytes]]:
    """Ways of sending the same faultless message."""
    yield "utf-8", text.encode()
    yield "mark", codecs.BOM_UTF8 + text.encode()
    yield "utf-16", declared(text, "UTF-16").encode("utf-16")
    yield "utf-16-be", codecs.BOM_UTF16_BE + declared(text, "UTF-16").encode("utf-16-be")
    yield "utf-16 undeclared", text.removeprefix(PROLOG).encode("utf-16")
    yield "latin-1", declared(text, "ISO-8859-1").encode("latin-1")
    yield "windows", declared(text, "windows-1252").encode("cp1252")
    yield "one line", re.sub(r">\s+<", "><", text).encode()
    yield "returns", text.replace("\n", "\r\n").encode()
    yield "comments", re.sub("QZNWL", "QZ<!-- < > -->NWL<?x <Release/>?>", text).encode()
    yield "long comment", text.replace("?>\n", f"?>\n<!-- {'x' * 99_000} -->\n", 1).encode()
    yield "instruction", text.replace("?>\n", "?>\n<?xml-stylesheet href='x'?>\n", 1).encode()
    yield "section", text.replace(TITLE, f"<![CDATA[{TITLE} & <b>]]>").encode()
    yield "references", text.replace(TITLE, "F&#228;hr&amp;&lt;&#x1F3B5;").encode()
    for name, title in (
        ("right to left", "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d"),
        ("combining", "e\u0301\u0323\u20dd" + "\u0301" * 300),
        ("joined", "\U0001f3b5\u200d\U0001f3a4"),
        ("control", "a\x85\x9fb"),
    ):
        yield name, text.replace(TITLE, title).encode()


def foul(text: str) -> Iterator[tuple[str, bytes]]:
    """Bytes that can't be read, or not be taken."""
    data, title = text.encode(), TITLE.encode()
    yield "latin-1 said to be utf-8", text.encode("latin-1")
    yield "utf-8 said to be utf-16", declared(text, "UTF-16").encode()
    yield "no such encoding", declared(text, "klingon").encode()
    yield "entity", text.replace(TITLE, "&title;").encode()
    doctype = '?>\n<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
    yield "external entity", text.replace("?>\n", doctype, 1).replace(TITLE, "&a;").encode()
    for depth in (250, 257, 100_000):
        nest = b"<a>" * depth + b"</a>" * depth + b"<ReleaseList>"
        yield f"{depth} deep", data.replace(b"<ReleaseList>", nest)
    attribute = f'<MessageHeader LanguageAndScriptCode="{"x" * _LONG}">'
    yield "10 MB attribute", text.replace("<MessageHeader>", attribute).encode()
    yield "10 MB text", text.replace(TITLE, "x" * _LONG).encode()
    yield "NUL", data.replace(title, b"a\x00b")
    yield "NUL after", data + b"\x00\x00"
    yield "NUL by number", data.replace(title, b"&#0;")
    yield "surrogate", data.replace(title, b"a\xed\xa0\x80b")
    yield "surrogate by number", data.replace(title, b"&#xD800;")
    yield "half a pair", declared(text, "UTF-16").encode("utf-16").replace(b"F\x00", b"\x00\xd8", 1)
    yield "not a character", data.replace(title, b"\xef\xbf\xbf")
    yield "nothing", b""
    yield "no XML", b"\x1f\x8b\x08" + bytes(range(256))
    yield "declared late", b" \n" + data


def report(folder: Path, messages: Iterator[tuple[str, bytes]], *words: str) -> dict[str, Any]:
    """The JSON of one run over all messages, by name."""
    paths = []
    for name, data in messages:
        path = folder / f"{name}.xml"
        path.write_bytes(data)
        paths.append(str(path))
    found = CliRunner().invoke(app, ["--json", *words, *paths], obj=Options(data=folder / "data"))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    files = json.loads(found.stdout)["files"]
    return dict(zip((path.rpartition("/")[2] for path in paths), files, strict=True))


@pytest.fixture(autouse=True)
def _schemas(monkeypatch: pytest.MonkeyPatch, schema_folder: SchemaFolder) -> None:
    monkeypatch.setenv("SEGUE_DDEX_SCHEMAS", str(schema_folder.root))


@pytest.mark.parametrize("version", ["382", "43"])
def test_a_message_may_come_in_any_encoding(tmp_path: Path, version: str) -> None:
    text = base(version).decode().replace("Ferry Lights", TITLE)
    found = report(tmp_path, fair(text))
    assert {name: file["findings"] for name, file in found.items() if file["findings"]} == {}
    assert {file["outcome"] for file in found.values()} == {"accept"}


@pytest.mark.parametrize("version", ["382", "43"])
def test_what_is_hostile_is_rejected_with_a_reason(tmp_path: Path, version: str) -> None:
    text = base(version).decode().replace("Ferry Lights", TITLE)
    found = report(tmp_path, foul(text))
    assert {name: file["outcome"] for name, file in found.items()} == dict.fromkeys(found, "reject")
    rules = {name: {each["rule"] for each in file["findings"]} for name, file in found.items()}
    # 250 levels may be read, and stand where no schema has them.
    assert {name for name, told in rules.items() if told != {1}} == {"250 deep.xml"}


@pytest.mark.parametrize("words", [("--json",), ()])
def test_a_terminal_of_few_letters_sees_the_report(tmp_path: Path, words: tuple[str, ...]) -> None:
    message = tmp_path / "m.xml"
    message.write_text(base("43").decode().replace("QZNWL2600001", "\u05e9\u05dc"), "utf-8")
    segue = [sys.executable, "-c", "from server.cli import main; main()"]
    found = spawn(
        [*segue, "validate", *words, str(message)],
        cwd=REPOSITORY,
        env={"PYTHONIOENCODING": "ascii", "SEGUE_DATA": str(tmp_path)},
        timeout=200,
    )
    assert (found.code, found.err) == (3, "")
    assert b"ERN-1101" in found.out
    assert found.out.isascii()
