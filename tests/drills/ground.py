"""What all drills stand on, made once: feeds by each door, and a bucket that one of them is polled
from."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import SIDES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from types_boto3_s3 import S3Client

    from tests.fixtures.stores import Moto

MAKER = str(REPOSITORY / "tests" / "drills" / "make_feeds.py")
SERVERS = ("sftp", "http", "ftps")
"""Doors that are servers of ours."""
BUCKET, PREFIX = "drills", "in"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "secret"
SETTINGS = {"SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
"""The bucket is on this machine."""
Feeds = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A sender's bucket: what it has, as the sender sees it."""

    endpoint: str
    client: S3Client

    def clear(self) -> None:
        """As new."""
        if not any(each["Name"] == BUCKET for each in self.client.list_buckets()["Buckets"]):
            self.client.create_bucket(Bucket=BUCKET)
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)

    def keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def answers(self) -> list[bytes]:
        """The acknowledgements that came."""
        keys = [key for key in self.keys() if "/ACK_" in key]
        found = [self.client.get_object(Bucket=BUCKET, Key=key) for key in keys]
        return [each["Body"].read() for each in found]


@dataclass(frozen=True, slots=True)
class Ground:
    """`data` is a data folder with the feeds, to be copied."""

    bucket: Bucket
    data: Path
    feeds: Feeds = field(default_factory=dict)


def make(moto: Moto, data: Path, env: Mapping[str, str]) -> Ground:
    """Feeds in a new data folder."""
    bucket = Bucket(moto.endpoint, moto.s3)
    return Ground(bucket, data, make_feeds(bucket, {**env, "SEGUE_DATA": str(data)}))


def make_feeds(bucket: Bucket, env: Mapping[str, str]) -> Feeds:
    """By the shipped command, all in one process, because its start takes longer than it does."""
    orders = {door: _order(door, "--protocol", door) for door in SERVERS}
    watched = ("--watch", f"s3://{BUCKET}/{PREFIX}", "--endpoint", bucket.endpoint)
    orders["s3"] = _order(
        *("s3", *watched, "--store-key", KEY, "--store-key-file", "-"),
        *("--set", "watch.interval_s=1"),
    )
    given = json.dumps({"orders": orders, "secret": SECRET}).encode()
    done = spawn.run([sys.executable, MAKER], timeout=120, stdin=given, env=env)
    assert done.code == 0, done.err
    made: Feeds = json.loads(done.out)
    return made


def _order(door: str, *more: str) -> list[str]:
    named = ("feeds", "create", "--name", f"{door} feed", "--dpid", SIDES.sender_dpid)
    return [*named, *more, "--json"]
