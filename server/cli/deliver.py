"""`segue deliver`: a batch on its way to a recipient, and what the recipient says about it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from core.errors import NotFound, Unavailable
from distro import outbox
from distro.deliver import Delivered, Plan, deliver as send
from server.cli import recipients
from server.cli.context import err, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from distro.outbox import LocalBatch
    from distro.receipts import Receipt

INVALID = 3


Folder = Annotated[Path, typer.Argument(help="Batch folder, or a folder with one batch.")]
To = Annotated[
    str,
    typer.Option(
        help="sftp://user@host:port/, ftp://user@host:port/ (TLS), ftps://user@host:port/ "
        "(implicit TLS), https://host/api/v1/feeds/ID, s3://bucket/prefix, gs://…, az://…, or "
        "feed:ID (or name) for a feed of the service here, with a secret that dies afterwards."
    ),
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the acknowledgements.")]
Timeout = Annotated[float, typer.Option(min=0, help="Seconds to wait for acknowledgements.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="File whose first line is the password, key or secret.")
]
Password = Annotated[
    str, typer.Option(envvar="SEGUE_DELIVER_PASSWORD", hidden=True, show_envvar=False)
]
Key = Annotated[
    Path | None, typer.Option(help="OpenSSH private key; for gs:// the JSON of an account.")
]
Fingerprint = Annotated[
    str, typer.Option(help="Fingerprint of the host key (SHA256:…) or of the TLS certificate.")
]
KnownHosts = Annotated[
    Path | None, typer.Option(help="OpenSSH known_hosts; default ~/.ssh/known_hosts.")
]
Certificate = Annotated[
    Path | None, typer.Option(help="PEM file of the certificate to trust, for FTPS.")
]
PlainFtp = Annotated[
    bool, typer.Option("--plain-ftp", help="ftp:// without TLS: anybody on the way can read.")
]
KeyId = Annotated[str, typer.Option(help="Access key id (s3) that the secret belongs to.")]
Endpoint = Annotated[str, typer.Option(help="Address of an object store of one's own.")]
Region = Annotated[str, typer.Option(help="Region of an S3 bucket.")]
Parallel = Annotated[int, typer.Option(min=1, max=16, help="Files in flight.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def deliver(
    ctx: typer.Context,
    folder: Folder,
    to: To,
    wait: Wait = False,
    timeout: Timeout = 600.0,
    password_file: PasswordFile = None,
    password: Password = "",
    key: Key = None,
    fingerprint: Fingerprint = "",
    known_hosts: KnownHosts = None,
    certificate: Certificate = None,
    plain_ftp: PlainFtp = False,
    key_id: KeyId = "",
    endpoint: Endpoint = "",
    region: Region = "",
    parallel: Parallel = 4,
    as_json: AsJson = False,
) -> None:
    """Send a batch; exit code 3 when a release is refused, 6 without an answer."""
    given = recipients.Given(
        secret=_secret(password_file) or password,
        key=key,
        fingerprint=fingerprint,
        known_hosts=known_hosts or _own_known_hosts(),
        certificate=certificate,
        plain_ftp=plain_ftp,
        key_id=key_id,
        endpoint=endpoint,
        region=region,
        on_trust=_taken_on_trust,
    )
    with ExitStack() as stack:
        connect = recipients.connecting(ctx, to, given, stack)
        batch = outbox.find(folder)
        plan = Plan(parallel=parallel, wait=timeout if wait else None)
        with _bar(batch) as bar:
            task = bar.add_task(batch.name, total=batch.size)
            done = send(
                batch,
                connect,
                plan,
                lambda count: bar.advance(task, count),
                _teller(),
            )
    if as_json:
        print_json(done.to_json())
    else:
        _report(done)
    if done.missing:
        raise Unavailable(
            f"no acknowledgement within {timeout:.0f} s for {', '.join(done.missing)}",
            remedy="look into acknowledgements/ later; what was sent is there",
        )
    if not done.ok:
        raise typer.Exit(INVALID)


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotFound(f"can't read the password file {path}") from wrong
    return lines[0] if lines else ""


def _own_known_hosts() -> Path | None:
    path = Path("~/.ssh/known_hosts").expanduser()
    return path if path.is_file() else None


def _taken_on_trust(fingerprint: str) -> None:
    err.print(
        f"The server on this machine is taken on trust; its host key is {fingerprint}. "
        "Give it as --fingerprint to have it checked.",
        markup=False,
    )


def _bar(batch: LocalBatch) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal or batch.size == 0,
    )


def _teller() -> Callable[[Receipt], None]:
    def tell(receipt: Receipt) -> None:
        answer = receipt.to_json()
        err.print(f"{receipt.release}: {answer['status']}", markup=False)

    return tell


def _report(done: Delivered) -> None:
    typer.echo(
        f"{done.batch.name}: {len(done.batch.files) + 1} files, {done.batch.size} bytes "
        f"in {done.seconds:.1f} s"
    )
    for receipt in done.receipts:
        answer = receipt.to_json()
        typer.echo(f"{answer['release']}: {answer['status']} ({answer['file']})")
        for finding in answer["findings"]:
            typer.echo(f"  {finding['status']}: {finding['message']}")
            for name in ("place", "rule", "remedy"):
                if finding[name]:
                    typer.echo(f"    {name}: {finding[name]}")
