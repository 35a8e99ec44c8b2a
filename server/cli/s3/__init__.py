"""`segue s3`: documents and checks for operators of S3 buckets; heavy parts load when called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import Misuse
from server.cli import context
from server.cli.s3 import documents, policies
from server.cli.s3.places import place as judged_place

if TYPE_CHECKING:
    from server.cli.s3.trial import Needs, Report

s3_app = typer.Typer(help="S3 buckets that senders deliver into.", no_args_is_help=True)

Bucket = Annotated[str, typer.Option(help="Name of the bucket.")]
Prefix = Annotated[str, typer.Option(help="The feed's prefix, such as feeds/label/.")]
Processed = Annotated[str, typer.Option(help="Where read objects go, when they are moved.")]
Errors = Annotated[str, typer.Option(help="Where objects of refused deliveries go, when moved.")]
Partition = Annotated[str, typer.Option(help="aws, aws-cn or aws-us-gov.")]
Endpoint = Annotated[str, typer.Option(help="Address of a store that is not AWS.")]
Region = Annotated[str, typer.Option(help="Region; by default the profile's.")]
Profile = Annotated[str, typer.Option(help="Profile of ~/.aws with the credentials to use.")]
Presigns = Annotated[bool, typer.Option("--presigns", help="Segue signs uploads for the sender.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FOR = ("reader", "sender", "trust", "queue", "events", "lambda", "operator")


@s3_app.callback()
def _group() -> None:
    """S3 buckets that senders deliver into."""


@s3_app.command("policy")
def policy(
    bucket: Bucket = "",
    prefix: Prefix = "",
    for_: Annotated[
        str,
        typer.Option(
            "--for", help="Of reader (Segue), sender, trust, queue, events, lambda, operator."
        ),
    ] = "reader",
    processed: Processed = "",
    errors: Errors = "",
    moves: Annotated[bool, typer.Option(help="Read objects are moved away.")] = False,
    acknowledge: Annotated[bool, typer.Option(help="Acknowledgements are put as objects.")] = True,
    versions: Annotated[bool, typer.Option(help="The bucket keeps versions.")] = False,
    presigns: Presigns = False,
    queue: Annotated[str, typer.Option(help="ARN of the SQS queue.")] = "",
    account: Annotated[str, typer.Option(help="The bucket's account (for a queue).")] = "",
    key: Annotated[str, typer.Option(help="ARN of the bucket's KMS key.")] = "",
    principal: Annotated[
        str,
        typer.Option(help="ARN that may assume the role (for trust), or lambda.amazonaws.com."),
    ] = "",
    external_id: Annotated[str, typer.Option(help="The feed's external id (for trust).")] = "",
    partition: Partition = "aws",
) -> None:
    """Print a least-privilege document: JSON for `aws iam`, `sqs` or `s3api`."""
    if for_ == "trust":
        by_function = principal == policies.LAMBDA
        made = policies.lambda_trust() if by_function else policies.trust(principal, external_id)
        context.print_json(made)
        return
    if for_ == "lambda":
        context.print_json(policies.function(queue))
        return
    where = judged_place(bucket, prefix, processed, errors, partition)
    documents_of = {
        "reader": lambda: policies.reader(
            where,
            moves=moves,
            acknowledges=acknowledge,
            versions=versions,
            presigns=presigns,
            queue=queue,
            key=key,
        ),
        "sender": lambda: policies.sender(where, key=key),
        "queue": lambda: policies.queue(where, queue, account),
        "events": lambda: documents.notifications(where, queue),
        "operator": lambda: policies.operator(where),
    }
    if for_ not in documents_of:
        raise Misuse(f"no document for {for_!r}", remedy=f"one of: {', '.join(FOR)}")
    context.print_json(documents_of[for_]())


@s3_app.command("lifecycle")
def lifecycle(
    bucket: Bucket,
    prefix: Prefix = "",
    processed: Processed = "",
    errors: Errors = "",
    abort_days: Annotated[int, typer.Option(help="Days until unfinished uploads go.")] = 7,
    expire_days: Annotated[int, typer.Option(help="Days until moved objects go.")] = 30,
) -> None:
    """Print lifecycle rules: unfinished uploads and moved objects go, the inbox never does."""
    where = judged_place(bucket, prefix, processed, errors)
    context.print_json(documents.lifecycle(where, abort_days=abort_days, expire_days=expire_days))


@s3_app.command("cors")
def cors(
    origin: Annotated[list[str], typer.Option(help="Origin of the uploading page; repeatable.")],
    seconds: Annotated[int, typer.Option(help="How long browsers remember it.")] = 3000,
) -> None:
    """Print CORS rules under which browsers may PUT to presigned addresses."""
    context.print_json(documents.cors(origin, seconds=seconds))


@s3_app.command("presign")
def presign(
    folder: Annotated[Path, typer.Argument(help="Folder to upload; its files are measured.")],
    bucket: Bucket,
    prefix: Prefix = "",
    expires: Annotated[int, typer.Option(help="Seconds until the addresses end.")] = 3600,
    part_mb: Annotated[int, typer.Option(help="MiB of a part; larger files go in parts.")] = 64,
    sha256: Annotated[bool, typer.Option(help="Bind SHA-256 in place of MD5.")] = False,
    as_script: Annotated[
        bool, typer.Option("--script", help="Print a script of sh and curl.")
    ] = False,
    endpoint: Endpoint = "",
    region: Region = "",
    profile: Profile = "",
    as_json: AsJson = False,
) -> None:
    """Print addresses by which a folder is uploaded without credentials: TSV, JSON or a script.

    Paths are those inside the folder, so a batch wants its own name at the end of the prefix."""
    from core.clock import system_clock
    from ingest.watchers import presigned
    from server.cli.s3 import connect, script

    if not folder.is_dir():
        raise Misuse(f"{folder} is no folder", remedy="name the folder of a delivery")
    if as_script and as_json:
        raise Misuse("a script is no JSON", remedy="one of --script and --json")
    where = judged_place(bucket, prefix)
    _warn_of_bare_batch(folder, where.prefix)
    client = connect.s3(endpoint=endpoint, region=region, profile=profile)
    part = part_mb << 20
    signer = presigned.Presigner(
        client, where.bucket, where.prefix, clock=system_clock, seconds=expires, part=part
    )
    wanted = presigned.wanted_of(folder, part=part, sha256=sha256)
    ends = signer.ends
    uploads = [signer.sign(each) for each in wanted]
    context.err.print(f"The addresses are keys until {ends}: pass them on with care.", markup=False)
    if as_script:
        typer.echo(script.script(uploads, ends), nl=False)
    elif as_json:
        files = [each.to_json() for each in uploads]
        context.print_json(
            {"bucket": bucket, "prefix": where.prefix, "expires_at": ends, "files": files}
        )
    else:
        typer.echo(script.table(uploads), nl=False)


def _warn_of_bare_batch(folder: Path, prefix: str) -> None:
    """A batch whose folder is lost on the way is none to whoever reads the bucket."""
    name = folder.resolve().name
    if any(folder.glob("BatchComplete_*")) and not f"/{prefix}".endswith(f"/{name}/"):
        where = prefix or "the bucket itself"
        context.err.print(
            f"The batch would lie in {where} without a folder of its own: "
            f"give --prefix {prefix}{name} unless that is meant.",
            markup=False,
        )


@s3_app.command("check")
def check(
    ctx: typer.Context,
    bucket: Bucket = "",
    prefix: Prefix = "",
    processed: Processed = "",
    errors: Errors = "",
    feed: Annotated[
        str,
        typer.Option(help="A feed's id or name: place, endpoint, queue, credentials are its own."),
    ] = "",
    moves: Annotated[bool, typer.Option(help="Read objects are moved away.")] = False,
    acknowledge: Annotated[bool, typer.Option(help="Acknowledgements are put as objects.")] = True,
    queue: Annotated[str, typer.Option(help="ARN of the SQS queue.")] = "",
    sender: Annotated[bool, typer.Option("--sender", help="Judge a sender's credentials.")] = False,
    presigns: Presigns = False,
    operator_profile: Annotated[
        str, typer.Option(help="Profile that may read the bucket's configuration.")
    ] = "",
    endpoint: Endpoint = "",
    queue_endpoint: Annotated[str, typer.Option(help="Address of an SQS that is not AWS.")] = "",
    region: Region = "",
    profile: Profile = "",
    as_json: AsJson = False,
) -> None:
    """Try what a feed needs of a bucket, and that nothing more is allowed. Exit 0, 1, 4, 5, 6."""
    from core.clock import system_clock
    from server.cli.s3 import connect, trial

    needs = trial.Needs(
        moves=moves, acknowledges=acknowledge, queue=queue, sender=sender, presigns=presigns
    )
    if feed:
        report = _check_feed(ctx, feed, needs, operator_profile)
    else:
        where = judged_place(bucket, prefix, processed, errors)
        named = {"region": region}
        judge = operator_profile or profile
        clients = trial.Clients(
            service=connect.s3(endpoint=endpoint, profile=profile, **named),
            operator=connect.s3(endpoint=endpoint, profile=judge, **named),
            queues=connect.sqs(endpoint=queue_endpoint, profile=profile, **named)
            if queue
            else None,
        )
        report = trial.check(where, needs, clients, system_clock)
    _print(report, as_json=as_json)
    raise typer.Exit(report.exit_code)


def _check_feed(ctx: typer.Context, feed: str, needs: Needs, operator: str) -> Report:
    """The feed's bucket with the very clients that Segue uses."""
    from dataclasses import replace

    from server.cli.s3 import connect, trial
    from server.cli.s3.of_feed import feed_bucket

    with context.opened(ctx) as local, feed_bucket(local, feed) as found:
        needs = replace(needs, moves=bool(found.place.moved), queue=needs.queue or found.queue)
        clients = trial.Clients(
            service=found.s3,
            operator=connect.s3(endpoint=found.endpoint, region=found.region, profile=operator)
            if operator
            else found.s3,
            queues=found.sqs,
        )
        return trial.check(found.place, needs, clients, local.clock)


def _print(report: Report, *, as_json: bool) -> None:
    told = report.to_json()
    if as_json:
        context.print_json(told)
        return
    context.print_table(("check", "verdict", "found", "remedy"), told["checks"])
    typer.echo("ok" if told["ok"] else "not ok")


@s3_app.command("lambda-package")
def lambda_package(
    out: Annotated[Path, typer.Option(help="Where to write the zip.")] = Path("segue-lambda.zip"),
    as_json: AsJson = False,
) -> None:
    """Write the zip for AWS Lambda, and measure it: bytes, and milliseconds to import it here."""
    from server.cli.s3 import packing

    made = packing.package()
    try:
        out.write_bytes(made)
    except OSError as fault:
        raise Misuse(f"can't write {out}: {fault.strerror}") from fault
    told: dict[str, Any] = {
        "path": os.fspath(out),
        "bytes": len(made),
        "sha256": packing.digest(made),
        "handler": packing.HANDLER,
        "import_ms": round(packing.import_ms(out), 1),
    }
    if as_json:
        context.print_json(told)
        return
    for name, value in told.items():
        typer.echo(f"{name:10} {value}")
