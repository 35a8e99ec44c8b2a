"""Commands by name, each imported when it is called: a call pays for what it uses."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

Command = Any  # typer keeps the types of its commands private

COMMANDS: dict[str, str] = {
    "serve": "server.cli.serve:serve",
    "demo": "server.cli.demo:demo",
    "feeds": "server.cli.feeds:feeds_app",
    "bans": "server.cli.bans:bans_app",
    "audit": "server.cli.audit:audit",
    "catalog": "server.cli.catalog:catalog_app",
    "deliveries": "server.cli.deliveries:deliveries_app",
    "listeners": "server.cli.listeners:listeners_app",
    "operators": "server.cli.operators:operators_app",
    "validate": "server.cli.validate:validate",
    "explain": "server.cli.explain:explain",
    "repair": "server.cli.repair:repair",
    "doctor": "server.cli.doctor:doctor",
    "schemas": "server.cli.schemas:schemas_app",
    "media": "server.cli.media:media_app",
    "hls": "server.cli.hls:hls_app",
    "dsr": "server.cli.dsr:dsr_app",
    "usage": "server.cli.usage:usage_app",
    "rights": "server.cli.rights:rights",
    "revenue": "server.cli.revenue:revenue_app",
    "agreements": "server.cli.agreements:agreements_app",
    "rates": "server.cli.rates:rates_app",
    "royalties": "server.cli.royalties:royalties_app",
    "distro": "server.cli.distro:distro_app",
    "deliver": "server.cli.deliver:deliver",
    "s3": "server.cli.s3:s3_app",
    "keys": "server.cli.keys:keys_app",
    "bench": "server.cli.bench:bench",
}
"""`module:name` of a Typer application or of a function."""


class Commands(Mapping[str, Command]):
    """The table as commands, each imported when it is asked for."""

    def __getitem__(self, name: str) -> Command:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        made: Command
        if isinstance(found, typer.Typer):
            found.rich_markup_mode = None
            made = typer.main.get_group(found)
        else:
            single = typer.Typer(rich_markup_mode=None, add_completion=False)
            single.command(name)(found)
            made = typer.main.get_command(single)
        made.name = name
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    """The root of the command line."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": None})
        self.commands: Any = Commands()
