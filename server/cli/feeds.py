"""`segue feeds`: the senders that may deliver."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import select

from catalog.models import Feed
from catalog.queries.enrichment import OTHERS
from core.errors import Misuse, NotFound
from ingest import feed_agreements, feeds
from ingest.doors.common.hostkey import ensure_host_key
from server.cli import feed_test
from server.cli.context import err, opened, print_json, print_table

if TYPE_CHECKING:
    from server.local import Local

feeds_app = typer.Typer(help="Senders that may deliver.", no_args_is_help=True)
feeds_app.command("test")(feed_test.try_out)


@dataclass(frozen=True, slots=True)
class Created:
    """What `feeds create` tells, once."""

    id: str
    name: str
    dpid: str
    protocol: str
    username: str
    policy: str
    password: str | None = None
    api_key: str | None = None
    host: str | None = None
    port: int | None = None
    url: str | None = None
    fingerprint: str | None = None
    implicit_port: int | None = None
    certificate: str | None = None


@feeds_app.command("create")
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="Name of the feed, shown to people.")],
    dpid: Annotated[str, typer.Option(help="DDEX party id of the sender.")],
    protocol: Annotated[
        str, typer.Option(help="Door: sftp, ftps, ftp (plain, or with TLS) or http.")
    ] = "sftp",
    public_key: Annotated[
        Path | None, typer.Option(help="OpenSSH public key file, instead of a password.")
    ] = None,
    acknowledgement: Annotated[
        str, typer.Option(help="ERN-C version of the acknowledgements: 18 or 16.")
    ] = "18",
    policy: Annotated[
        str, typer.Option(help="How severe rules are: strict, normal or lenient.")
    ] = "normal",
    takes_tests: Annotated[
        bool,
        typer.Option("--takes-tests", help="Check and answer test messages; never publish them."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a feed and print how to deliver to it; the password is shown this once."""
    keys = _read_keys(public_key)
    with opened(ctx) as local:
        with local.database.write() as session:
            feed, password = feeds.create(
                session,
                local.clock,
                name=name,
                dpid=dpid,
                protocol=protocol,
                public_keys=keys,
                acknowledgements=acknowledgement,
                policy=policy,
            )
            feed_agreements.agree(session, feed, {feed_agreements.TAKES_TESTS: takes_tests or None})
        made = Created(
            id=feed.id,
            name=feed.name,
            dpid=feed.dpid,
            protocol=feed.protocol,
            username=feed.username,
            policy=policy,
            password=None if protocol == "http" else password,
            api_key=password if protocol == "http" else None,
            **_way_in(local, feed),
        )
    told = {
        field: value
        for field, value in asdict(made).items()
        if value is not None or (field == "password" and keys)
    }
    if as_json:
        print_json(told)
        return
    for field, value in told.items():
        typer.echo(f"{field:12} {value if value is not None else '(public key)'}")
    secret = "key" if made.api_key else "password"
    err.print(f"The {secret} is shown this once; Segue keeps only its hash." if password else "")


def _way_in(local: Local, feed: Feed) -> dict[str, Any]:
    """Where the door of the feed's protocol is, and how a sender knows it."""
    protocol = feed.protocol
    if protocol == "sftp":
        host, port = local.sftp_address()
        return {"host": host, "port": port, "fingerprint": ensure_host_key(local.data.keys)}
    if protocol == "http":
        return {"url": f"{local.api_address()}/feeds/{feed.id}"}
    from server.wiring import ftp_certificate

    chosen = local.settings.doors.ftp
    if not chosen.enabled or (protocol == "ftp" and not chosen.plain):
        switch = "doors.ftp.plain" if chosen.enabled else "doors.ftp.enabled"
        err.print(f"The door for {protocol} is closed: set `{switch}` to true and restart.")
    host, port, implicit = local.ftp_address()
    certificate = ftp_certificate(local)
    return {
        "host": host,
        "port": port,
        "implicit_port": implicit,
        "fingerprint": certificate.fingerprint(),
        "certificate": str(certificate.public),
    }


def _read_keys(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the public key {path}: {wrong}") from wrong
    keys = [line for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise Misuse(f"there is no public key in {path}", remedy="give the .pub file of a key pair")
    return keys


@feeds_app.command("list")
def list_feeds(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the feeds."""
    with opened(ctx) as local, local.database.read() as session:
        rows = session.scalars(select(Feed).order_by(Feed.name)).all()
    found = [
        {
            "id": row.id,
            "name": row.name,
            "dpid": row.dpid,
            "protocol": row.protocol,
            "username": row.username,
            "acknowledgement": row.acknowledgements,
            "policy": feeds.policy_of(row).name,
            "disabled": row.disabled,
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]
    if as_json:
        print_json(found)
    elif not found:
        err.print("No feeds yet. Make one: segue feeds create --name NAME --dpid DPID")
    else:
        print_table(("id", "name", "dpid", "protocol", "username"), found)


@feeds_app.command("policy")
def policy(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")],
    name: Annotated[str, typer.Option(help="strict, normal or lenient.")] = "",
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="CODE=SEVERITY or RULE=SEVERITY (reject, hold, warn, off), NUMBER=VALUE, or "
            "TERM=true|false.",
        ),
    ] = None,
    unsets: Annotated[
        list[str] | None,
        typer.Option("--unset", help="Forget what was set for a code, rule, number or term."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is agreed with a feed, or change it: severities, codes before rules; numbers; and
    terms: takes_tests, album_covers_tracks, tracks_open_album, tis, announce_undated."""
    with opened(ctx) as local, local.database.write() as session:
        feed = session.get(Feed, feed_id)
        if feed is None:
            raise NotFound(f"no feed {feed_id}", remedy="list them: segue feeds list")
        sets, unsets = feed_agreements.change(session, feed, sets or (), unsets or ())
        if name or sets or unsets:
            feeds.change_policy(feed, name=name, sets=sets, unsets=unsets)
        terms = feed_agreements.terms_of(feed)
        shown = {"feed": feed.id, **feeds.policy_json(feed), "terms": terms}
    if as_json:
        print_json(shown)
        return
    typer.echo(f"{shown['feed']}: {shown['name']}")
    for key, value in {**shown["overrides"], **shown["numbers"]}.items():
        typer.echo(f"  {key:20} {value}")
    for key, agreed in terms.items():
        typer.echo(f"  {key:20} {'yes' if agreed else 'no'}")


@feeds_app.command("enrichment")
def enrichment(
    ctx: typer.Context,
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")],
    others: Annotated[
        bool | None,
        typer.Option("--others/--own", help="Also of others' releases, or of its own only."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show whose releases a feed's MEAD messages may enrich, or change it."""
    with opened(ctx) as local, local.database.write() as session:
        feed = session.get(Feed, feed_id)
        if feed is None:
            raise NotFound(f"no feed {feed_id}", remedy="list them: segue feeds list")
        if others is not None:
            feed.policy = {**(feed.policy or {}), OTHERS: others}
        allowed = (feed.policy or {}).get(OTHERS) is True
    if as_json:
        print_json({"feed": feed_id, OTHERS: allowed})
    else:
        typer.echo(
            f"{feed_id}: {'also releases of others' if allowed else 'its own releases only'}"
        )
