"""Docs are tests: the docs name all that the program has, and the program has all they name."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer

from catalog.lifecycle import DeliveryState
from catalog.rights import ReasonCode
from core import spawn
from core.settings import variable, walk
from ingest.pipeline import WORKFLOW
from server.cli import app
from server.errors import DOOR, TABLE
from server.services.codes import every_rule
from tests.fixtures.environment import REPOSITORY
from tests.meta.tree import documents, files, python_files, read, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.findings import Rule

DOCUMENTS = documents()
EVERYTHING = "\n".join(DOCUMENTS.values())
WORDS = set(re.findall(r"`([^`\n]+)`", EVERYTHING))
# Variables that are no settings: those of the tests, of the sender, and the file of the settings.
OTHER_VARIABLES = re.compile(r"SEGUE_(TEST|DELIVER)_\w+|SEGUE_CONFIG|SEGUE_SECTION_NAME")
Command = Any  # typer keeps the types of its commands private
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """(document, text) of each fenced block of a language."""
    for name, document in DOCUMENTS.items():
        for block in re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL):
            yield name, block


def shell_lines() -> list[tuple[str, str]]:
    """(document, command line) of every shell block, continued lines joined, prompts removed."""
    return [
        (name, line.strip().removeprefix("$ "))
        for name, block in blocks("sh")
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def leaves(
    command: Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that does something, with its words."""
    if not getattr(command, "commands", None):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, (*path, name))


ROOT = typer.main.get_command(app)
COMMANDS = dict(leaves(ROOT))
SEGUE_LINES = sorted(
    {
        (name, found[1])
        for name, line in shell_lines()
        for part in re.split(r"&&|\|", line)
        if (found := re.match(r"\s*(?:\w+=\S+ )*(segue .*)", part))
    }
)


def options(command: Command) -> set[str]:
    """All that may stand after a command: options as written, arguments in capitals."""
    found = {"--help"}
    for one in command.params:
        is_argument = one.param_type_name == "argument"
        found |= {one.name.upper()} if is_argument else {*one.opts, *one.secondary_opts}
    return found


@pytest.mark.parametrize("name", [name for name, _ in walk()])
def test_every_setting_is_documented(name: str) -> None:
    assert name in WORDS
    assert variable(name) in WORDS


def test_every_variable_that_is_mentioned_is_a_setting() -> None:
    known = {variable(name) for name, _ in walk()}
    places = [*DOCUMENTS, "Dockerfile", "Makefile", *(n for n in files() if n.endswith(".sh"))]
    mentioned = {
        (name, found)
        for name in places
        for found in re.findall(r"\bSEGUE_[A-Z_]+[A-Z]\b", text(name) or "")
    }
    unknown = {
        (name, found)
        for name, found in mentioned
        if found.removesuffix("_FILE") not in known and not OTHER_VARIABLES.fullmatch(found)
    }
    assert mentioned
    assert unknown == set()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    page = DOCUMENTS["docs/reference/commands.md"]
    section = page.partition(f"## segue {' '.join(path)}\n")[2].partition("\n## ")[0]
    assert section
    missing = {option for option in options(COMMANDS[path]) - {"--help"} if option not in section}
    assert missing == set()


@pytest.mark.parametrize(("document", "line"), SEGUE_LINES)
def test_every_command_line_in_the_docs_exists(document: str, line: str) -> None:
    words = [word for word in shlex.split(line, comments=True) if word not in {"&", ">"}][1:]
    while words and words[0].startswith("--"):  # options of segue itself
        assert words[0].partition("=")[0] in options(ROOT), f"{document}: {line}"
        words = words[2:] if words[0] in {"--data", "--config", "--log"} else words[1:]
    if not words:
        return
    depth = next((n for n in (3, 2, 1) if tuple(words[:n]) in COMMANDS), 0)
    assert depth, f"{document}: no command `segue {' '.join(words[:2])}`"
    given = {word.partition("=")[0] for word in words[depth:] if word.startswith("--")}
    assert given - options(COMMANDS[tuple(words[:depth])]) == set(), f"{document}: {line}"


def test_every_make_target_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(REPOSITORY / "Makefile"), re.MULTILINE))
    mentioned = set(re.findall(r"(?:`|^)(?:\w+=\S+ )?make ([a-z]+)", EVERYTHING, re.MULTILINE))
    assert {"setup", "run", "check", "test", "bench"} <= targets
    assert mentioned - targets == set()


def test_every_state_reason_error_and_rule_is_documented() -> None:
    codes = [
        *DeliveryState,
        *ReasonCode,
        *(name for _, _, name in TABLE),
        *(name for _, name, _ in DOOR.values()),
    ]
    assert [code for code in codes if str(code) not in WORDS] == []


@pytest.mark.parametrize("rule", every_rule(), ids=lambda rule: rule.code)
def test_every_code_has_a_page_with_remedy_and_examples(rule: Rule) -> None:
    document = DOCUMENTS[f"docs/reference/codes/{rule.code}.md"]
    assert document.startswith(f"# {rule.code}\n")
    for part in (rule.text, rule.remedy, rule.wrong, rule.right):
        assert part in document
    assert f"(codes/{rule.code}.md)" in DOCUMENTS["docs/reference/ern-rules.md"]


def test_every_code_that_the_product_gives_is_documented() -> None:
    given = {
        (name, code)
        for name in python_files()
        if not name.startswith(("tests/", "scripts/"))
        for code in re.findall(r'"((?:ERN|DSR|HLS)-\w+)"', text(name) or "")
    }
    assert given
    assert {(name, code) for name, code in given if code not in EVERYTHING} == set()


def test_every_phase_is_documented() -> None:
    page = DOCUMENTS["docs/reference/states.md"]
    phases = re.findall(r"ingest/phase_(\d\d)_(\w+)\.py", "\n".join(files()))
    assert len(phases) >= 10
    assert [p for p in phases if f"| {int(p[0])} | `{p[1]}` |" not in page] == []


def test_every_workflow_and_round_is_documented() -> None:
    rounds = re.findall(r'\(\s*"([a-z ]+)",\s*[\d.]+,', read(REPOSITORY / "server/caretaker.py"))
    assert len(rounds) >= 5
    assert {WORKFLOW, *rounds} - WORDS == set()


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_links_lead_somewhere(name: str) -> None:
    folder = (REPOSITORY / name).parent
    prose = re.sub(r"```.*?```", "", DOCUMENTS[name], flags=re.DOTALL)
    for target in LINK.findall(prose):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        aim = (folder / path).resolve() if path else REPOSITORY / name
        assert aim.exists(), target
        if anchor:
            assert anchor in anchors(aim.read_text("utf-8")), target


def anchors(document: str) -> set[str]:
    """Anchors of the headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_generated_pages_are_as_the_code_says() -> None:
    python = str(REPOSITORY / ".venv" / "bin" / "python")
    result = spawn.run([python, "scripts/generate_docs.py", "--check"], timeout=240, cwd=REPOSITORY)
    assert (result.code, result.err) == (0, "")
