"""Clients of AWS for the commands: credentials come as everywhere from profiles and environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from core.errors import Misuse, NotFound

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

_REGION = "us-east-1"


def s3(*, endpoint: str = "", region: str = "", profile: str = "") -> S3Client:
    """An S3 client; with an endpoint of one's own buckets stand in the path, as all stores know."""
    return _session(profile).client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or _session(profile).region_name or _REGION,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",
            connect_timeout=5,
            read_timeout=15,
            retries={"total_max_attempts": 2},
        ),
    )


def sqs(*, endpoint: str = "", region: str = "", profile: str = "") -> SQSClient:
    """An SQS client."""
    return _session(profile).client(
        "sqs",
        endpoint_url=endpoint or None,
        region_name=region or _session(profile).region_name or _REGION,
        config=Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 2}),
    )


def _session(profile: str) -> Session:
    try:
        session = Session(profile_name=profile or None)
    except BotoCoreError as wrong:
        raise NotFound(str(wrong), remedy="see `aws configure list-profiles`") from wrong
    if session.get_credentials() is None:
        raise Misuse(
            "there are no credentials",
            remedy="name a --profile, or set AWS_ACCESS_KEY_ID",
        )
    return session
