"""`segue rights`: may a release be heard, there, then, on that plan, and by which deal?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.deal_dates import DateUnreadable, start_instant
from catalog.models import Feed
from catalog.queries.rights import stored_rows
from catalog.rights_answers import verdict_rows
from catalog.rights_policy import RightsPolicy
from catalog.rights_release import Audience, ReleaseRights
from catalog.rights_terms import release_terms
from core.clock import system_clock
from core.errors import Misuse, NotFound
from ddex.data.territories import find, territories
from ddex.data.words import COMMERCIAL_MODELS, USE_TYPES, nearest
from ddex.ern.reader import read
from ddex.errors import MessageUnreadable
from ddex.xml import Limits, parse
from server.cli import context
from server.cli.packages import open_file, packages, printable

if TYPE_CHECKING:
    from datetime import datetime

    from core.settings import Settings
    from ddex.data.territories import Territory

INVALID = 3
COLUMNS = ("release_reference", "identifier", "title", "allowed", "reason", "deal", "until")


@dataclass(frozen=True, slots=True)
class _Question:
    audience: Audience
    at: datetime


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
    asked = _question(settings, territory, at, model, use)
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


def _question(settings: Settings, territory: str, at: str, model: str, use: str) -> _Question:
    place = _place(territory or settings.listen.territory)
    model = _word(model, "commercial model", COMMERCIAL_MODELS)
    use = _word(use, "use type", USE_TYPES)
    wanted: tuple[tuple[str, str], ...] = ((model, use),)
    if not (model and use):
        usual = _tiers(settings).get(settings.listen.tier, ())
        wanted = tuple(dict.fromkeys((model or pair[0], use or pair[1]) for pair in usual))
    audience = Audience(territory=place.code, tier="", wanted=wanted)
    return _Question(audience, _instant(at, place))


def _tiers(settings: Settings) -> dict[str, tuple[tuple[str, str], ...]]:
    from server.wiring import tiers  # heavy, and a call that names model and use needs none of it

    return tiers(settings)


def _place(code: str) -> Territory:
    place = find(code)
    if place is not None:
        return place
    names = {t.name.casefold(): t.code for t in territories().values()}
    names |= {"uk": "GB", "england": "GB", "usa": "US", "el": "GR", "world": "Worldwide"}
    meant = get_close_matches(code.casefold(), [*names, *(c.casefold() for c in territories())], 1)
    near = names.get(meant[0], meant[0].upper()) if meant else ""
    raise Misuse(
        f"{code!r} is no territory",
        remedy=f"did you mean {near}?" if near else "give an ISO 3166-1 code such as FR",
    )


def _word(word: str, what: str, known: tuple[str, ...]) -> str:
    if not word or word in known:
        return word
    near = nearest(word, known)
    raise Misuse(
        f"{word!r} is no {what}",
        remedy=f"did you mean {near}?" if near else f"such as {known[-1]}",
    )


def _instant(text: str, place: Territory) -> datetime:
    if not text:
        return system_clock()
    try:  # in a URL or a shell a plus may have become a blank
        return start_instant(re.sub(r" (?=\d\d:\d\d$)", "+", text.strip()), place.tzinfo)
    except DateUnreadable as wrong:
        raise Misuse(
            f"{text!r} is no date", remedy="such as 2026-07-01 or 2026-07-01T00:00:00+02:00"
        ) from wrong


def _of_messages(
    ctx: typer.Context, path: Path, feed: str, asked: _Question
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
