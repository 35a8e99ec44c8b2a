"""Least-privilege documents of AWS IAM. Pure: facts in, JSON out.

Actions, resources and condition keys as in AWS's Service Authorization Reference for Amazon S3,
SQS, STS and KMS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from core.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.cli.s3.places import Place

Document = dict[str, Any]
VERSION = "2012-10-17"
_EXTERNAL = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?", re.ASCII)
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def reader(
    place: Place,
    *,
    moves: bool = False,
    acknowledges: bool = True,
    versions: bool = False,
    presigns: bool = False,
    queue: str = "",
    key: str = "",
) -> Document:
    """What Segue's own role needs of one feed's part of a bucket.

    Args:
        place: the feed's part.
        moves: read objects go to `place.processed` or `place.errors` and leave the inbox.
        acknowledges: acknowledgements are put as objects.
        versions: the bucket keeps versions, and the version that was announced is read.
        presigns: uploads are signed with these credentials: an address can do what its signer can.
        queue: ARN of the SQS queue that S3 tells of new objects, empty when Segue polls alone.
        key: ARN of the KMS key of the bucket, empty without one.
    """
    if moves and not place.moved:
        raise Misuse(
            "read objects have no place to go", remedy="name the processed and errors prefixes"
        )
    answered = place.answered if acknowledges else ()
    written = [*answered, *(f"{one}*" for one in place.moved if moves)]
    gets = ["s3:GetObject", *(["s3:GetObjectVersion"] if versions else [])]
    statements = [
        _listing("ListInbox", place, [f"{place.prefix}*"]),
        _allow("ReadInbox", gets, [place.arn(f"{place.prefix}*")]),
    ]
    if written:
        puts = ["s3:PutObject", "s3:AbortMultipartUpload"]
        statements.append(_allow("WriteAnswers", puts, [place.arn(one) for one in written]))
    if presigns:
        puts = ["s3:PutObject", "s3:AbortMultipartUpload"]
        statements.append(_allow("SignUploads", puts, [place.arn(f"{place.prefix}*")]))
    if moves:
        inbox, kept = f"{place.prefix}*", [place.arn(one) for one in place.ours]
        statements.append(_allow("EmptyInbox", ["s3:DeleteObject"], [place.arn(inbox)]))
        statements.append(_deny("KeepAnswers", ["s3:DeleteObject"], kept))
    if queue:
        hears = [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
        ]
        statements.append(_allow("HearOfObjects", hears, [_judged(_QUEUE, queue, "queue")]))
    if key:
        statements.append(_crypt(place, key, ["kms:Decrypt", "kms:GenerateDataKey"]))
    return _document(statements)


def sender(place: Place, *, key: str = "") -> Document:
    """What a distributor needs: put whole or in parts below its prefix, read its
    acknowledgements; nothing of others, no listing of what it sent, no deleting."""
    ours = [place.arn(one) for one in place.ours]
    answered = [place.arn(one) for one in place.answered]
    puts = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    statements = [
        _allow("Deliver", puts, [place.arn(f"{place.prefix}*")]),
        _deny("NotIntoAnswers", ["s3:PutObject"], ours),
        _listing("ListAcknowledgements", place, place.answered),
        _allow("ReadAcknowledgements", ["s3:GetObject"], answered),
    ]
    if key:
        statements.append(_crypt(place, key, ["kms:GenerateDataKey", "kms:Decrypt"]))
    return _document(statements)


def trust(principal: str, external_id: str) -> Document:
    """Who may assume a role in the sender's account: Segue's principal, with the feed's external
    id only, so that nobody else's request can borrow the role (the confused deputy)."""
    if not external_id:
        raise Misuse("no external id is given", remedy="--external-id, drawn for the feed")
    if not _EXTERNAL.fullmatch(external_id):
        raise Misuse(
            f"{external_id!r} can't be an external id",
            remedy="2 to 1224 letters, digits and + = , . @ : / - _",
        )
    return _document(
        [
            {
                "Sid": "SegueWithExternalId",
                "Effect": "Allow",
                "Principal": {"AWS": _judged(_PRINCIPAL, principal, "principal")},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }
        ]
    )


LAMBDA = "lambda.amazonaws.com"


def lambda_trust() -> Document:
    """The service Lambda may assume the function's role."""
    statement = {"Sid": "RunFunction", "Effect": "Allow", "Principal": {"Service": LAMBDA}}
    return _document([{**statement, "Action": "sts:AssumeRole"}])


def function(queue_arn: str, name: str = "segue-notices") -> Document:
    """What the function's role needs: to read the queue, and to write its own log. No bucket."""
    partition, _, region, account = _judged(_QUEUE, queue_arn, "queue").split(":")[1:5]
    log = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{name}:*"
    reads = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    writes = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return _document([_allow("ReadQueue", reads, [queue_arn]), _allow("Log", writes, [log])])


def queue_for_events(text: str) -> str:
    """The ARN of a queue that S3 can tell.

    Raises:
        Misuse: it is none; S3 tells no queue that keeps an order.
    """
    if _judged(_QUEUE, text, "queue").endswith(".fifo"):
        raise Misuse(f"S3 tells no FIFO queue, and {text!r} is one", remedy="a standard queue")
    return text


def queue(place: Place, queue_arn: str, account: str) -> Document:
    """The queue's own policy: S3 may send to it for this bucket of this account, nobody else."""
    return _document(
        [
            {
                "Sid": "BucketTellsQueue",
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_for_events(queue_arn),
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": place.arn()},
                    "StringEquals": {"aws:SourceAccount": _judged(_ACCOUNT, account, "account")},
                },
            }
        ]
    )


def operator(place: Place) -> Document:
    """What `segue s3 check` reads of a bucket's configuration; no object."""
    actions = [
        "s3:GetBucketVersioning",
        "s3:GetBucketNotification",
        "s3:GetLifecycleConfiguration",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketPolicyStatus",
        "s3:GetEncryptionConfiguration",
    ]
    return _document([_allow("SeeConfiguration", actions, [place.arn()])])


def _document(statements: list[Document]) -> Document:
    return {"Version": VERSION, "Statement": statements}


def _allow(sid: str, actions: list[str], resources: list[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _deny(sid: str, actions: list[str], resources: list[str]) -> Document:
    return {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": resources}


def _listing(sid: str, place: Place, patterns: Sequence[str]) -> Document:
    """Listing is asked of the bucket, so the prefix stands in a condition. A request without a
    prefix lacks the key and matches nothing; the whole bucket needs no condition."""
    statement = _allow(sid, ["s3:ListBucket"], [place.arn()])
    if "*" not in patterns:
        statement["Condition"] = {"StringLike": {"s3:prefix": list(patterns)}}
    return statement


def _crypt(place: Place, key: str, actions: list[str]) -> Document:
    """The key, for this bucket's objects only."""
    statement = _allow("UseKeyOfBucket", actions, [_judged(_KEY, key, "key")])
    context = [place.arn(), place.arn("*")]
    statement["Condition"] = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": context}}
    return statement


def _judged(pattern: re.Pattern[str], text: str, name: str) -> str:
    if not text:
        raise Misuse(f"no {name} is given", remedy=f"--{name}")
    if not pattern.fullmatch(text):
        remedy = "12 digits" if name == "account" else f"the whole ARN of the {name}, no wildcard"
        raise Misuse(f"{text!r} is no {name}", remedy=remedy)
    return text
