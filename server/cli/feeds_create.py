"""`segue feeds create`: a feed, its secret (told once), and how to deliver to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Misuse, NotFound
from ingest.doors.common.hostkey import ensure_host_key
from ingest.feed_audit import Actor
from ingest.feed_terms import FeedTerms
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json
from server.services.feed_keeper import NewFeed

if TYPE_CHECKING:
    from server.local import Local

Shape = dict[str, Any]
SETS_HELP = "TERM=VALUE, such as quota_bytes=50GB or process=hold; see the how-to on feeds."

Key = Annotated[Path | None, typer.Option(help="OpenSSH public key file, instead of a password.")]
Authority = Annotated[
    Path | None,
    typer.Option(help="OpenSSH public key file of who signs the sender's user certificates."),
]


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="Name of the feed, shown to people.")],
    dpid: Annotated[
        list[str], typer.Option(help="DDEX party id of the sender; repeatable, the main one first.")
    ],
    protocol: Annotated[
        list[str] | None,
        typer.Option(
            help="Way in: sftp, ftps, ftp (plain, or with TLS), http, s3, gcs, azure or atom; "
            "repeatable. By default sftp."
        ),
    ] = None,
    public_key: Key = None,
    certificate_authority: Authority = None,
    acknowledgement: Annotated[
        str, typer.Option(help="ERN-C version of the acknowledgements: 18, 16 or none.")
    ] = "18",
    choreography: Annotated[
        str, typer.Option(help="Such as batch-1.8 or release-1.7; by default batch-1.8.")
    ] = "",
    policy: Annotated[
        str, typer.Option(help="How severe rules are: strict, normal or lenient.")
    ] = "normal",
    takes_tests: Annotated[
        bool,
        typer.Option("--takes-tests", help="Check and answer test messages; never publish them."),
    ] = False,
    sets: Annotated[list[str] | None, typer.Option("--set", help=SETS_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a feed and print how to deliver to it; the password is shown this once."""
    wanted = NewFeed(
        name=name,
        dpids=dpid,
        protocols=protocol or ["sftp"],
        acknowledgements=acknowledgement,
        choreography=choreography,
        policy=policy,
        terms=FeedTerms().changed(sets or ()),
        public_keys=read_keys(public_key),
        certificate_authorities=read_keys(certificate_authority),
        takes_tests=takes_tests,
    )
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        made = feed_keeper(local).create(Actor(command_line()), wanted)
        told = _told(made, {each: way_in(local, made["id"], each) for each in made["protocols"]})
    if as_json:
        print_json(told)
        return
    for field, value in told.items():
        shown = "(public key)" if value is None else value
        typer.echo(f"{field:12} {', '.join(value) if isinstance(value, list) else shown}")
    for kind in made["secrets"]:
        noun = "key" if kind == "api_key" else "password"
        err.print(f"The {noun} is shown this once; Segue keeps only its hash.")


def _told(made: Shape, ways: dict[str, Shape]) -> Shape:
    """One feed, one door: flat. What only some feeds have is told of those alone."""
    several = len(ways) > 1
    told = {
        **{key: made[key] for key in ("id", "name", "dpid", "protocol", "username")},
        "policy": made["policy_name"],
        "password": made["secrets"].get("password"),
        "api_key": made["secrets"].get("api_key"),
        **ways[made["protocol"]],
        "dpids": made["dpids"] if len(made["dpids"]) > 1 else None,
        "protocols": made["protocols"] if several else None,
        "ways": ways if several else None,
    }
    by_key = not made["secrets"]
    return {
        field: value
        for field, value in told.items()
        if value is not None or (field == "password" and by_key)
    }


def way_in(local: Local, feed_id: str, protocol: str) -> Shape:
    """Where a door is, and how a sender knows it; empty for what we poll ourselves."""
    if protocol == "sftp":
        host, port = local.sftp_address()
        return {"host": host, "port": port, "fingerprint": ensure_host_key(local.data.keys)}
    if protocol == "http":
        return {"url": f"{local.api_address()}/feeds/{feed_id}"}
    return _ftp(local, protocol) if protocol in {"ftp", "ftps"} else {}


def _ftp(local: Local, protocol: str) -> Shape:
    """The door may be closed, and its certificate away: the feed is made all the same."""
    from server.wiring import ftp_certificate

    chosen = local.settings.doors.ftp
    if not chosen.enabled or (protocol == "ftp" and not chosen.plain):
        switch = "doors.ftp.plain" if chosen.enabled else "doors.ftp.enabled"
        err.print(f"The door for {protocol} is closed: set `{switch}` to true and restart.")
    host, port, implicit = local.ftp_address()
    told: Shape = {"host": host, "port": port, "implicit_port": implicit}
    certificate = ftp_certificate(local)
    try:
        shown = certificate.fingerprint()
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or "it is no certificate in PEM"
        err.print(
            f"The certificate {certificate.chain} can't be read ({why}): set "
            "`doors.ftp.certificate` to a PEM file; until then the door does not open."
        )
        return told
    return {**told, "fingerprint": shown, "certificate": str(certificate.public)}


def read_keys(path: Path | None) -> list[str]:
    """The lines of a public key file.

    Raises:
        NotFound: it can't be read.
        Misuse: it holds none.
    """
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
