"""`segue catalog`: rebuild it, look at another time, see what a message changes, and decide."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog import enrichment
from catalog.lifecycle import DecisionKind
from catalog.rebuild import Rebuilder
from catalog.scratch import scratch
from ingest.kept import StoredBooks
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json
from server.services.chronicle import Chronicle, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.local import Local

catalog_app = typer.Typer(
    help="Rebuild the catalogue, look back, and decide about releases.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the log.")]
Named = Annotated[str, typer.Argument(help="Release id, ICPN or GRid.")]


@catalog_app.command("rebuild")
def rebuild(
    ctx: typer.Context,
    fresh: Annotated[
        bool, typer.Option(help="Read every message from its bytes again, under today's reader.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build the catalogue anew from the message log, beside the running service, and swap."""
    from server.cli.progress import Told

    with opened(ctx) as local, Told(err) as told:
        began = time.monotonic()
        with scratch(local.data.root / "rebuild.db") as made:
            books = StoredBooks(local.store)
            rebuilder = Rebuilder(local.database, books, local.clock, told)
            found = rebuilder.run(made, fresh=fresh)
        with local.database.write() as session:
            enriched = enrichment.rebuild(session, books.raw)
        seconds = time.monotonic() - began
    answer = {
        "entries": found.entries,
        "releases": found.releases,
        "read": found.read,
        "changed": list(found.changed),
        "enrichments": enriched,
        "before": found.before,
        "digest": found.digest,
        "after": found.after,
        "seconds": round(seconds, 3),
        "entries_per_second": round(found.entries / seconds, 1) if seconds else 0.0,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    if as_json:
        print_json(answer)
        return
    typer.echo(f"digest    {found.after}")
    same = "as it was" if found.before == found.after else f"it was {found.before}"
    typer.echo(f"catalogue {found.releases} releases from {found.entries} entries, {same}")
    typer.echo(f"changed   {len(found.changed)}")


@catalog_app.command("digest")
def digest(ctx: typer.Context, as_json: Json = False) -> None:
    """Print the digest of the catalogue that is there."""
    from catalog import census

    with opened(ctx) as local, local.database.read() as session:
        found = census.of(session).text
    if as_json:
        print_json({"digest": found})
    else:
        typer.echo(found)


@catalog_app.command("at")
def at(
    ctx: typer.Context,
    instant: Annotated[str, typer.Argument(help="ISO 8601; a date is its end, in UTC.")],
    release: Annotated[str, typer.Option(help="Release id, ICPN or GRid.")],
    as_json: Json = False,
) -> None:
    """Show a release as it was at an instant."""
    when = parse_instant(instant)
    with opened(ctx) as local:
        found = _chronicle(local).at(release, when)
    if as_json:
        print_json({"releases": found})
        return
    for one in found:
        for line in _then(one):
            typer.echo(line)


@catalog_app.command("diff")
def diff(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Delivery, MessageId, or a message's file.")],
    as_json: Json = False,
) -> None:
    """Show what a message changes, or would change."""
    with opened(ctx) as local:
        found = _chronicle(local).diff(what)
    if as_json:
        print_json(found)
        return
    for line in changes(found):
        typer.echo(line)


@catalog_app.command("transfer")
def transfer(
    ctx: typer.Context,
    release: Named,
    to: Annotated[str, typer.Option(help="Id or name of the feed that speaks for it from now on.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Move a release to another feed; its ids and play counts stay."""
    with opened(ctx) as local:
        found = _chronicle(local).decide(
            DecisionKind.TRANSFER, release, by=command_line(), reason=reason, feed=to
        )
    _tell(found, as_json=as_json)


@catalog_app.command("take-down")
def take_down(ctx: typer.Context, release: Named, reason: Reason, as_json: Json = False) -> None:
    """Keep a release down, whatever its messages say, until it is restored."""
    _rule(ctx, DecisionKind.TAKE_DOWN, release, reason, as_json=as_json)


@catalog_app.command("restore")
def restore(ctx: typer.Context, release: Named, reason: Reason, as_json: Json = False) -> None:
    """Let a release that was kept down be what its messages say again."""
    _rule(ctx, DecisionKind.RESTORE, release, reason, as_json=as_json)


@catalog_app.command("purge")
def purge(ctx: typer.Context, release: Named, reason: Reason, as_json: Json = False) -> None:
    """Remove a release from the catalogue, search and the gate; its log stays."""
    _rule(ctx, DecisionKind.PURGE, release, reason, as_json=as_json)


def _rule(
    ctx: typer.Context, kind: DecisionKind, release: str, reason: str, *, as_json: bool
) -> None:
    with opened(ctx) as local:
        found = _chronicle(local).decide(kind, release, by=command_line(), reason=reason)
    _tell(found, as_json=as_json)


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        err.print(f"{found['release']}: {found['event'] or 'nothing changed'}")


def _chronicle(local: Local) -> Chronicle:
    return Chronicle(local.database, local.store, local.clock)


def _then(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['id']}  {one['state']} at {one['at']}"
    release, message = one["release"], one["message"]
    if release:
        yield f"  {release['title']} by {release['artist']}, {len(one['tracks'])} tracks"
    if message:
        yield f"  by message {message['id']} of {message['batch']}, delivery {message['delivery']}"
    for entry in one["entries"]:
        yield f"  {entry['order']}  {entry['type']}  {entry['id']}"


def changes(found: dict[str, Any]) -> Iterator[str]:
    """The lines of a difference, for people."""
    tense = "changed" if found["applied"] else "would change"
    yield f"{found['release']}  {found['title']}: {found['effect']} ({tense})"
    for one in found["fields"]:
        yield f"  {one['field']}: {one['before']!r} -> {one['after']!r}"
    for one in found["tracks"]:
        moved = f"{one['before'] or '-'} -> {one['after'] or '-'}"
        yield f"  track {moved}: {one['title']} {one['change']}"
        for field in one["fields"]:
            yield f"    {field['field']}: {field['before']!r} -> {field['after']!r}"
    for one in found["deals"]:
        yield f"  {one['territory']}"
        yield from (f"    - {text}" for text in one["before"] if text not in one["after"])
        yield from (f"    + {text}" for text in one["after"] if text not in one["before"])
