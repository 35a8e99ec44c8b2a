"""Is a bucket fit for a feed? Every right is tried, not read: what is needed must work, and what is
not needed must be refused. No object is made, changed or removed.

    put     begin a multipart upload, and give it up: no object, no event
    get     read one byte of an object that is there; else ask for a key that nobody has
    delete  a key that nobody has; where versions are kept a marker of that key stays

S3 answers 403 for absent keys too when listing is bound to a prefix: with nothing there to read,
a right to get can't be told from its lack.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from server.cli.s3 import configuration

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

    from core.clock import Clock
    from server.cli.s3.places import Place

_SKEW_WARN, _SKEW_FAIL = 60.0, 900.0
_STRANGER = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "InvalidClientTokenId",
        "AuthFailure",
        "TokenRefreshRequired",
    }
)
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "InvalidRange"})
_REFUSED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled"})

_EMPTY = "nothing is there to read"


class Verdict(StrEnum):
    """`unseen`: these credentials may not look, or the store has no such thing."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what was looked at, how it is, and what to do about it."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(slots=True)
class Report:
    """All rows, and the exit code of the command."""

    rows: list[Row] = field(default_factory=list)
    stopped: int = 0
    """Exit code of what made further checks useless: 4 no bucket, 5 credentials, 6 network."""

    @property
    def exit_code(self) -> int:
        """0 when nothing failed."""
        failed = any(row.verdict is Verdict.FAIL for row in self.rows)
        return self.stopped or int(failed)

    def to_json(self) -> dict[str, Any]:
        """As printed by `--json`."""
        return {"ok": self.exit_code == 0, "checks": [asdict(row) for row in self.rows]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the feed asks of the bucket; `queue` is the ARN of its queue, empty without one."""

    moves: bool = False
    acknowledges: bool = True
    queue: str = ""
    sender: bool = False
    """Judge the sender's credentials instead of Segue's own."""
    presigns: bool = False
    """Segue signs uploads, so its own credentials may put into the inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """`service` has the credentials to judge, `operator` may read the bucket's configuration."""

    service: S3Client
    operator: S3Client | None = None
    queues: SQSClient | None = None


def check(place: Place, needs: Needs, clients: Clients, clock: Clock) -> Report:
    """Try everything; stops where nothing further can be seen."""
    report = Report()
    if _reach(report, place, needs, clients.service, clock):
        document = f"`segue s3 policy{' --for sender' if needs.sender else ''}`"
        rights = _rights(place, needs, clients.service)
        report.rows += [_row(right, document) for right in rights]
        if needs.queue and clients.queues is not None and not needs.sender:
            report.rows.append(_queue(needs.queue, clients.queues))
        if clients.operator is not None:
            report.rows += [
                Row(name, Verdict(verdict), found, remedy)
                for name, verdict, found, remedy in configuration.judged(
                    clients.operator, place, needs.queue
                )
            ]
    return report


# ---- is it there, and are we somebody?


def _reach(report: Report, place: Place, needs: Needs, client: S3Client, clock: Clock) -> bool:
    prefix = place.answers if needs.sender else place.prefix
    try:
        answer: Any = client.list_objects_v2(Bucket=place.bucket, Prefix=prefix, MaxKeys=1)
    except ClientError as refused:
        answer = refused.response
    except BotoCoreError as fault:
        remedy = "is the endpoint right, and is a network there?"
        report.rows.append(Row("endpoint", Verdict.FAIL, str(fault), remedy))
        report.stopped = 6
        return False
    code = answer.get("Error", {}).get("Code", "")
    report.rows.append(Row("endpoint", Verdict.OK, client.meta.endpoint_url))
    report.rows.append(_skew(answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""), clock()))
    if code in _STRANGER:
        report.rows.append(
            Row("credentials", Verdict.FAIL, code, "the key is wrong, or has ended; make a new one")
        )
        report.stopped = 5
    elif code == "NoSuchBucket":
        report.rows.append(Row("bucket", Verdict.FAIL, "there is none of this name", "make it"))
        report.stopped = 4
    elif code == "RequestTimeTooSkewed":
        report.stopped = 1
    else:
        report.rows.append(Row("credentials", Verdict.OK, "known to the store"))
    return not report.stopped


def _skew(date: str, now: datetime) -> Row:
    from email.utils import parsedate_to_datetime

    try:
        seconds = (now - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):
        return Row("clock", Verdict.UNSEEN, "the store tells no date")
    found = f"{seconds:+.0f} s from the store's"
    if abs(seconds) < _SKEW_WARN:
        return Row("clock", Verdict.OK, found)
    verdict = Verdict.WARN if abs(seconds) < _SKEW_FAIL else Verdict.FAIL
    return Row("clock", verdict, found, "keep the clock by NTP; S3 refuses more than 15 minutes")


# ---- rights


@dataclass(frozen=True, slots=True)
class _Right:
    name: str
    needed: bool
    probe: Callable[[], str]


def _rights(place: Place, needs: Needs, client: S3Client) -> list[_Right]:
    key = f".segue-check-{secrets.token_hex(8)}"

    def put(prefix: str) -> Callable[[], str]:
        return lambda: _put(client, place.bucket, prefix + key)

    def get(prefix: str) -> Callable[[], str]:
        beyond = "" if prefix else place.prefix
        return lambda: _get(client, place.bucket, prefix, key, beyond)

    def delete(prefix: str) -> Callable[[], str]:
        return lambda: _asked(client.delete_object, Bucket=place.bucket, Key=prefix + key)

    def listing(prefix: str) -> Callable[[], str]:
        return lambda: _asked(client.list_objects_v2, Bucket=place.bucket, Prefix=prefix, MaxKeys=1)

    ours, moves = not needs.sender, needs.moves and not needs.sender
    answers = needs.acknowledges and ours
    beyond = (
        [
            _Right("list the bucket", False, listing("")),
            _Right("get beyond the prefix", False, get("")),
            _Right("put beyond the prefix", False, put("")),
            _Right("delete beyond the prefix", False, delete("")),
        ]
        if place.prefix
        else []
    )
    return [
        _Right("list the inbox", ours, listing(place.prefix)),
        _Right("get from the inbox", ours, get(place.prefix)),
        _Right("put into the inbox", needs.sender or needs.presigns, put(place.prefix)),
        _Right("delete from the inbox", moves, delete(place.prefix)),
        _Right("put acknowledgements", answers, put(place.answers)),
        _Right("delete acknowledgements", False, delete(place.answers)),
        *([_Right("get acknowledgements", True, get(place.answers))] if needs.sender else []),
        *(_Right(f"put into {moved}", moves, put(moved)) for moved in place.moved),
        *beyond,
    ]


def _row(right: _Right, document: str) -> Row:
    outcome = right.probe()
    name = right.name
    if outcome == "allowed":
        if right.needed:
            return Row(name, Verdict.OK, "works")
        return Row(name, Verdict.FAIL, "works, not needed", f"take it away: {document}")
    if outcome == "refused":
        if right.needed:
            return Row(name, Verdict.FAIL, "refused", f"allow it: {document}")
        return Row(name, Verdict.OK, "refused, as it should be")
    if outcome == _EMPTY:
        return Row(name, Verdict.UNSEEN, outcome, "put an object there, and check again")
    verdict = Verdict.FAIL if right.needed else Verdict.UNSEEN
    return Row(name, verdict, outcome, "try again, or look into the store's log")


def _get(client: S3Client, bucket: str, prefix: str, absent: str, not_below: str) -> str:
    there = _something(client, bucket, prefix, not_below)
    if there:
        return _asked(client.get_object, Bucket=bucket, Key=there, Range="bytes=0-0")
    outcome = _asked(client.get_object, Bucket=bucket, Key=prefix + absent)
    return _EMPTY if outcome == "refused" and prefix else outcome


def _something(client: S3Client, bucket: str, prefix: str, not_below: str) -> str:
    """A key below the prefix, and not below the other; empty when none can be seen."""
    try:
        listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
    except (ClientError, BotoCoreError):
        return ""  # the right to list is judged by itself
    keys = (each["Key"] for each in listed.get("Contents", []))
    return next((key for key in keys if not not_below or not key.startswith(not_below)), "")


def _put(client: S3Client, bucket: str, key: str) -> str:
    begun: list[str] = []

    def begin(**where: str) -> None:
        begun.append(client.create_multipart_upload(**where)["UploadId"])  # type: ignore[arg-type]

    outcome = _asked(begin, Bucket=bucket, Key=key)
    for upload in begun:
        given_up = _asked(client.abort_multipart_upload, Bucket=bucket, Key=key, UploadId=upload)
        if given_up == "refused":
            return "allowed, but an upload can't be given up (s3:AbortMultipartUpload)"
    return outcome


def _asked(call: Callable[..., Any], **given: Any) -> str:
    """`allowed`, `refused`, or what else was said."""
    try:
        answer = call(**given)
    except ClientError as refused:
        code = refused.response["Error"]["Code"]
        if code in _ABSENT:
            return "allowed"
        return "refused" if code in _REFUSED else code
    except BotoCoreError as fault:
        return str(fault)
    body = answer.get("Body") if isinstance(answer, dict) else None
    if body is not None:
        body.close()
    return "allowed"


def _queue(arn: str, client: SQSClient) -> Row:
    name, account = arn.rsplit(":", 1)[1], arn.rsplit(":", 2)[1]
    try:
        url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        told = client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
    except ClientError as refused:
        said = refused.response["Error"]
        if "NonExistentQueue" in said["Code"] or "QueueDoesNotExist" in said["Code"]:
            return Row(
                "queue", Verdict.FAIL, "there is none of this name", "make it, or mend --queue"
            )
        why = f"refused: {said['Code']}"
        return Row("queue", Verdict.FAIL, why, "allow it: `segue s3 policy --queue ARN`")
    except BotoCoreError as fault:
        return Row("queue", Verdict.FAIL, str(fault), "mend --queue-endpoint, or the network")
    waiting = told["Attributes"]["ApproximateNumberOfMessages"]
    return Row("queue", Verdict.OK, f"{waiting} messages wait")
