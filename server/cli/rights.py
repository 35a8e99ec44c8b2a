"""`segue rights`: may a release be heard, there, then, on that plan, and by which deal?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.models import Feed
from catalog.queries.rights import stored_rows
from catalog.rights_answers import verdict_rows
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import ReleaseRights
from catalog.rights_terms import release_terms
from core.clock import system_clock
from core.errors import NotFound
from ddex.ern.reader import read
from ddex.errors import MessageUnreadable
from ddex.xml import Limits, parse
from server.cli import context
from server.services.packages import open_file, packages, printable
from server.services.questions import question

if TYPE_CHECKING:
    from core.settings import Settings
    from server.services.questions import Question

INVALID = 3
COLUMNS = ("release_reference", "identifier", "title", "allowed", "reason", "deal", "until")


def rights(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(help="Release (id, ICPN, GRid), ISRC, or message, folder or batch.")
    ],
    territory: Annotated[str, typer.Option(help="ISO 3166-1 code; else that of visitors.")] = "",
    at: Annotated[
        str, typer.Option(help="Date or date-time; local there without an offset; else now.")
    ] = "",
    model: Annotated[str, typer.Option(help="CommercialModelType; else the visitors' tier.")] = "",
    use: Annotated[str, typer.Option(help="UseType; else the visitors' tier.")] = "",
    feed: Annotated[
        str, typer.Option(help="For a message: the policy of this feed (its id).")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether a release and each of its tracks may be heard, and why. Exit 0 either way."""
    settings = context.settings(ctx)
    asked = question(
        territory=territory or settings.listen.territory,
        at=at,
        model=model,
        use=use,
        usual=lambda: _tiers(settings).get(settings.listen.tier, ()),
        now=system_clock,
    )
    path = Path(target)
    if _is_path(path):
        rows = _of_messages(ctx, path, feed, asked)
    else:
        with context.opened(ctx) as local, local.database.read() as session:
            rows = stored_rows(session, target, asked.audience, asked.at)
    if not rows:
        raise NotFound(
            f"no release, ISRC or message {target!r}", remedy="search for it by title in the player"
        )
    if as_json:
        context.print_json({"verdicts": rows})
    else:
        context.print_table(COLUMNS, rows)


def _is_path(path: Path) -> bool:
    try:
        return path.is_symlink() or path.exists() or path.suffix.lower() == ".xml"
    except (OSError, ValueError):
        return False


def _tiers(settings: Settings) -> dict[str, tuple[tuple[str, str], ...]]:
    from server.wiring import tiers  # heavy, and a call that names model and use needs none of it

    return tiers(settings)


def _of_messages(
    ctx: typer.Context, path: Path, feed: str, asked: Question
) -> list[dict[str, Any]]:
    policy = _policy(ctx, feed)
    rows = []
    for package in packages(path):
        with open_file(package.message) as file:
            data = file.read(Limits().max_bytes + 1)
        try:
            message = read(parse(data))
        except MessageUnreadable as wrong:
            context.err.print(f"{printable(package.message)}: {wrong}", markup=False)
            raise typer.Exit(INVALID) from None
        terms = release_terms(message)
        if terms.subjects:
            rows += verdict_rows(ReleaseRights(terms, policy), asked.audience, asked.at)
    return rows


def _policy(ctx: typer.Context, feed: str) -> RightsPolicy:
    if not feed:
        return RightsPolicy()
    with context.opened(ctx) as local, local.database.read() as session:
        row = session.get(Feed, feed)
        if row is None:
            raise NotFound(f"no feed {feed}", remedy="list them: segue feeds list")
        return RightsPolicy.from_json(row.policy)
