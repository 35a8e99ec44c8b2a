"""Makes the judge of a command: schemas of the settings, a probe if there is ffmpeg, a feed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import Misuse, PartMissing
from core.schemas import SchemaFolder
from ddex.ern.rules import PolicyInvalid, read_policy
from server.cli import context
from server.services.judging import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import typer

    from ddex.ern.rules import Policy
    from ingest.ports import Probe
    from server.local import Local
    from server.services.account import Account
    from server.services.packages import Package


@contextmanager
def opened_judge(
    ctx: typer.Context, packages: Sequence[Package], *, feed: str = "", policy: str = ""
) -> Iterator[Judge]:
    """For these packages: by a named policy, or as if they came by a feed, which has its own.

    Raises:
        NotFound: no such feed.
        Misuse: no such policy.
    """
    settings = context.settings(ctx)
    schemas = SchemaFolder(settings.schema_folder)
    with_media = any(package.folder is not None for package in packages)
    probe = _probe(settings.media.ffmpeg) if with_media else None
    judge = Judge(schemas=schemas, probe=probe, policy=_policy(policy))
    if not feed:
        yield judge
        return
    with context.opened(ctx) as local:
        yield replace(judge, account=_account(local, feed))


def _account(local: Local, feed_id: str) -> Account:
    from server.services.account import Account

    return Account.of(local.database, local.clock, local.settings.party.dpid, feed_id)


def _policy(name: str) -> Policy:
    try:
        return read_policy({"name": name or "normal"}, ())
    except PolicyInvalid as wrong:
        raise Misuse(wrong.message, remedy=wrong.remedy) from None


def _probe(setting: str) -> Probe | None:
    from server.adapters import Probe as MediaProbe
    from transcode import ffmpeg

    try:
        return MediaProbe(ffmpeg.locate(setting))
    except PartMissing as missing:
        context.err.print(f"media are not looked into: {missing.message}", markup=False)
        return None
