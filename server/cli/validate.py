"""`segue validate` and `segue explain`: what is wrong with a message, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from blake3 import blake3

from catalog.models import Feed
from core.clock import system_clock
from core.errors import NotFound
from core.schemas import SchemaFolder
from ddex.ern import rules
from ddex.ern.examine import Examination, examine
from ddex.ern.reader import read
from ddex.errors import MessageUnreadable
from ddex.findings import Outcome
from ddex.xml import Limits, parse
from ingest.phase_03_check import History
from server.cli import context
from server.cli.excerpts import excerpt
from server.cli.packages import Package, digests, packages

if TYPE_CHECKING:
    from core.settings import Settings
    from ddex.findings import Rule
    from server.local import Local

INVALID = 3
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Judged:
    """One message with what came of it."""

    path: Path
    data: bytes
    examination: Examination

    def to_json(self) -> dict[str, Any]:
        """The documented shape of one file."""
        message = self.examination.message
        return {
            "path": str(self.path),
            "message_type": message.type if message else None,
            "version": self.examination.version or None,
            "message_id": message.header.message_id if message else None,
            "outcome": self.examination.outcome.value,
            "schema": self.examination.schema,
            "skipped": list(self.examination.skipped),
            "findings": [
                {**finding.to_json(), "file": finding.file or self.path.name}
                for finding in self.examination.findings
            ],
        }


def validate(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Messages, release folders or batches.")],
    feed: Annotated[str, typer.Option(help="Judge as if it came by this feed (its id).")] = "",
    as_json: Json = False,
) -> None:
    """Check ERN messages and their files. Exit 0 when all are accepted, else 3."""
    settings = context.settings(ctx)
    found = [package for path in paths for package in _packages(path)]
    if feed:
        with context.opened(ctx) as local:
            judged = [_judge(package, settings, (local, feed)) for package in found]
    else:
        judged = [_judge(package, settings, None) for package in found]
    ok = all(each.examination.outcome is Outcome.ACCEPT for each in judged)
    if as_json:
        context.print_json({"ok": ok, "files": [each.to_json() for each in judged]})
    else:
        _print(judged)
    raise typer.Exit(0 if ok else INVALID)


def _packages(path: Path) -> list[Package]:
    if not path.exists():
        raise NotFound(f"{path} is not there", remedy="name a message, a folder or a batch")
    found = packages(path)
    if not found:
        raise NotFound(f"no message in {path}", remedy="a release folder holds <ReleaseId>.xml")
    return found


def _judge(package: Package, settings: Settings, feed: tuple[Local, str] | None) -> Judged:
    limits = Limits()
    with package.message.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    about = rules.Context(today=system_clock().date(), files=package.files)
    try:
        message = read(parse(data, limits))
    except MessageUnreadable:
        pass  # examine says why
    else:
        if package.files is not None:
            wanted = rules.needed_hashes(message, package.files)
            about = replace(about, hashes=digests(package.message.parent, wanted))
        if feed is not None:
            local, name = feed
            about = replace(
                about,
                feed=_facts(local, name, settings),
                history=History(local.database, name, message),
                digest=blake3(data).hexdigest(),
            )
    schemas = SchemaFolder(settings.ddex.schemas)
    return Judged(package.message, data, examine(data, resource=schemas, context=about))


def _facts(local: Local, name: str, settings: Settings) -> rules.Feed:
    with local.database.read() as session:
        row = session.get(Feed, name)
    if row is None:
        raise NotFound(f"no feed {name}", remedy="list them: segue feeds list")
    return rules.Feed(dpids=frozenset({row.dpid}), our_dpid=settings.party.dpid)


def _print(judged: list[Judged]) -> None:
    for each in judged:
        found = each.examination
        typer.echo(f"{each.path}: {found.outcome.value.upper()}")
        for finding in found.findings:
            typer.echo(f"\n{finding.severity.value}: {finding.code} {finding.message}")
            place = ":".join(str(part) for part in (finding.line, finding.column) if part)
            if place:
                typer.echo(f"  --> {each.path}:{place}  {finding.xpath}")
                typer.echo(excerpt(each.data, finding.line, finding.column))
            elif finding.file:
                typer.echo(f"  --> {finding.file}")
            times = f" ({finding.count} times)" if finding.count > 1 else ""
            typer.echo(f"  remedy: {finding.remedy}{times}")
        _print_skipped(found)


def _print_skipped(found: Examination) -> None:
    if found.message is not None and found.schema == "absent":
        remedy = "set ddex.schemas (SEGUE_DDEX_SCHEMAS) to the folder of the DDEX schemas"
        context.err.print(f"the schema was not checked: {remedy}", markup=False)
    if found.skipped:
        numbers = ", ".join(map(str, found.skipped))
        context.err.print(f"rules not (wholly) judged: {numbers}", markup=False)


def explain(
    code: Annotated[str, typer.Argument(help="A code such as ERN-1101; without one, all.")] = "",
    as_json: Json = False,
) -> None:
    """Explain a finding's code: what the rule demands, how to mend, wrong and right."""
    entry = rules.rule(code) if code else None
    if code and entry is None:
        raise NotFound(f"no code {code}", remedy="list them: segue explain")
    every = [_described(each) for each in rules.all_rules()]
    if as_json:
        context.print_json(_described(entry) if entry else every)
    elif entry is None:
        context.print_table(("code", "severity", "text"), every)
    else:
        for name, value in _described(entry).items():
            typer.echo(f"{name:11} {value}")


def _described(entry: Rule) -> dict[str, Any]:
    return {
        "code": entry.code,
        "rule": entry.number,
        "severity": entry.severity.value,
        "ack_status": entry.ack_status,
        "clause": entry.clause,
        "text": entry.text,
        "remedy": entry.remedy,
        "wrong": entry.wrong,
        "right": entry.right,
    }
