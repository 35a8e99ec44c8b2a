"""`segue feeds create`: a feed, its secret (told once), and how to deliver to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Misuse, NotFound
from ingest.doors.common.hostkey import ensure_host_key
from ingest.feed_audit import Actor
from ingest.feed_credentials import Kind
from ingest.feed_terms import FeedTerms
from ingest.watchers.connect import read_secret
from ingest.watchers.place import Place
from server.cli.actors import command_line
from server.cli.context import err, opened, print_json
from server.services.feed_keeper import NewCredential, NewFeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.local import Local

Shape = dict[str, Any]
SETS_HELP = "TERM=VALUE, such as quota_bytes=50GB or process=hold; see the how-to on feeds."

Dpids = Annotated[
    list[str], typer.Option(help="DDEX party id of the sender; repeatable, the main one first.")
]
Protocols = Annotated[
    list[str] | None,
    typer.Option(
        help="Way in: sftp, ftps, ftp (plain, or with TLS), http, s3, gcs, azure or atom; "
        "repeatable. By default sftp, or that of --watch."
    ),
]
Watch = Annotated[
    str,
    typer.Option(
        "--watch",
        metavar="URL",
        help="The sender's store to look into: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or "
        "az://ACCOUNT/CONTAINER/PREFIX.",
    ),
]
Endpoint = Annotated[
    str, typer.Option(metavar="URL", help="Address of a store that is not the cloud's own.")
]
StoreKey = Annotated[
    str, typer.Option(metavar="ID", help="Id of the access key in --store-key-file, for S3.")
]
StoreKeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the key to the store: the secret of --store-key, an account's key or a SAS "
        "of Azure, or JSON such as that of Google's service account."
    ),
]
Key = Annotated[Path | None, typer.Option(help="OpenSSH public key file, instead of a password.")]
Authority = Annotated[
    Path | None,
    typer.Option(help="OpenSSH public key file of who signs the sender's user certificates."),
]


def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Option(help="Name of the feed, shown to people.")],
    dpid: Dpids,
    protocol: Protocols = None,
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
    watch: Watch = "",
    endpoint: Endpoint = "",
    region: Annotated[str, typer.Option(help="Region of the watched bucket.")] = "",
    store_key: StoreKey = "",
    store_key_file: StoreKeyFile = None,
    sets: Annotated[list[str] | None, typer.Option("--set", help=SETS_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a feed and print how to deliver to it; the password is shown this once."""
    way = Place.of(watch).protocol if watch else "sftp"
    watched = watch_terms(watch, endpoint, region)
    wanted = NewFeed(
        name=name,
        dpids=dpid,
        protocols=protocol or [way],
        acknowledgements=acknowledgement,
        choreography=choreography,
        policy=policy,
        terms=FeedTerms().changed([*watched, *(sets or ())]),
        public_keys=read_keys(public_key),
        certificate_authorities=read_keys(certificate_authority),
        store=read_store_key(watch, store_key, store_key_file),
        takes_tests=takes_tests,
    )
    with opened(ctx) as local:
        from server.wiring import feed_keeper

        made = feed_keeper(local).create(Actor(command_line()), wanted)
        told = _told(made, {each: way_in(local, made["id"], each) for each in made["protocols"]})
    if as_json:
        print_json(told)
        return
    for field, value in as_lines(told):
        typer.echo(f"{field:12} {value}")
    for kind in made["secrets"]:
        noun = "key" if kind == "api_key" else "password"
        err.print(f"The {noun} is shown this once; Segue keeps only its hash.")


def watch_terms(watch: str, endpoint: str, region: str) -> list[str]:
    """The options of a watched store as terms.

    Raises:
        Misuse: some of them without a store.
    """
    given = {"url": watch, "endpoint": endpoint, "region": region}
    terms = [f"watch.{name}={value}" for name, value in given.items() if value]
    if terms and not watch:
        raise Misuse("an endpoint or a region says not what to watch", remedy="give --watch too")
    return terms


def read_store_key(watch: str, key: str, file: Path | None) -> NewCredential | None:
    """The key to a watched store, tried to be understood before it is kept.

    Raises:
        NotFound: the file can't be read.
        Misuse: there is no such store, no secret, or it is none of this kind of store.
    """
    if not key and file is None:
        return None
    if not watch or file is None:
        raise Misuse(
            "a key to a store needs the store and the file of its secret",
            remedy="give --watch and --store-key-file too",
        )
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the key {file}: {wrong}") from wrong
    found = read_secret(Place.of(watch).scheme, key, secret.encode())
    if not secret or not all(found.get(name, "-") for name in ("access_key", "secret_key")):
        raise Misuse(
            "this is not all of a key to the store",
            remedy="name the access key by --store-key, and put its secret into the file",
        )
    return NewCredential(kind=Kind.STORE, public=key, secret=secret)


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


def as_lines(told: Shape) -> Iterator[tuple[str, str]]:
    """The same for people; several doors have a line each."""
    ways: dict[str, Shape] = told.get("ways", {})
    first = ways.get(told["protocol"], {})
    for field, value in told.items():
        if value is None:
            yield field, "(public key)"
        elif isinstance(value, list):
            yield field, ", ".join(value)
        elif field != "ways" and field not in first:
            yield field, str(value)
    for protocol, way in ways.items():
        yield protocol, ", ".join(f"{name} {value}" for name, value in way.items())


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
