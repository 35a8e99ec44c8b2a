"""docs/reference/commands.md from the command line itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from core import errors
from reference.markdown import code, page, table
from server.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

Command = Any  # typer keeps the types of its commands private
Parameter = Any

INTRODUCTION = """
Data goes to standard output, messages to standard error. Most commands take `--json`. Options of
`segue` itself stand before the command: `segue --data FOLDER deliveries list`.
"""


EXIT_CODES = {
    0: "ok",
    1: "failure",
    2: "usage",
    3: "document invalid",
    4: "not found",
    5: "not allowed",
    6: "network or lock: worth another try",
    7: "conflict",
}


def commands(
    command: Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command that does something, with its words; groups only lead to them."""
    if not getattr(command, "commands", None):
        yield path, command
        return
    for name in sorted(command.commands):
        yield from commands(command.commands[name], (*path, name))


def _usage(path: tuple[str, ...], command: Command) -> str:
    """The shortest line that can work: words, arguments, required options."""
    words = ["segue", *path]
    for parameter in command.params:
        if _is_argument(parameter):
            name = parameter.name.upper()
            words.append(name if parameter.required else f"[{name}]")
        elif parameter.required:
            words.append(f"{max(parameter.opts, key=len)} {parameter.name.upper()}")
    return " ".join(words)


def _is_argument(parameter: Parameter) -> bool:
    return bool(parameter.param_type_name == "argument")


def _default(parameter: Parameter) -> str:
    default = parameter.default
    if default is True:
        return code(parameter.opts[0])
    shown = isinstance(default, str | int | float) and default is not False and default != ""
    return code(default) if shown else ""


def _options(command: Command) -> list[tuple[str, str, str]]:
    rows = []
    for parameter in command.params:
        if getattr(parameter, "hidden", False) or parameter.name == "help":
            continue
        names = [*parameter.opts, *parameter.secondary_opts]
        shown = (
            code(parameter.name.upper()) if _is_argument(parameter) else ", ".join(map(code, names))
        )
        need = "required" if parameter.required else _default(parameter)
        rows.append((shown, need, getattr(parameter, "help", "") or ""))
    return rows


def _section(path: tuple[str, ...], command: Command) -> str:
    parts = [f"## segue {' '.join(path)}", f"`{_usage(path, command)}`", command.help or ""]
    options = _options(command)
    if options:
        parts.append(table(("option", "default", "meaning"), options))
    return "\n\n".join(part.strip() for part in parts if part)


def _exit_codes() -> str:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SegueError)
    ]
    by_code: dict[int, list[str]] = {}
    for kind in kinds:
        by_code.setdefault(kind.exit_code, []).append(kind.__name__)
    rows = [(code(n), text, ", ".join(by_code.get(n, ()))) for n, text in EXIT_CODES.items()]
    return table(("code", "meaning", "raised as"), rows)


def commands_page() -> str:
    """Every command with its options, then the exit codes."""
    root = typer.main.get_command(app)
    own = table(("option", "default", "meaning"), _options(root))
    sections = [_section(path, command) for path, command in commands(root)]
    return page(
        "Commands", INTRODUCTION, "## segue", own, *sections, "## Exit codes", _exit_codes()
    )
