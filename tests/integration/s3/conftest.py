"""A moto server of our own: these tests switch its enforcement of IAM on and off."""

from __future__ import annotations

import json
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx2
import pytest
from botocore.config import Config

from core import spawn
from server.cli.s3.places import Place, place
from tests.fixtures.ports import free_port
from tests.integration.s3.api import api, told

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["api", "told"]

Keys = tuple[str, str]
ROOT: Keys = ("test", "test")
REGION = "us-east-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Moto:
    """Where the server listens."""

    endpoint: str

    def client(self, service: str, keys: Keys = ROOT, region: str = REGION) -> Any:  # noqa: ANN401 - by service
        make: Any = boto3.client  # typed by overloads for each service
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            config=Config(
                signature_version="s3v4" if service == "s3" else None,
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 1},
            ),
        )

    def feed(self) -> Place:
        """A feed's part of a new bucket; something lies in it, and beside it."""
        name = f"b-{uuid.uuid4().hex[:12]}"
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name)
        found = place(name, "feeds/one", "done/one", "bad/one")
        for key in ("feeds/one/B/B.xml", "feeds/one/acknowledgements/A.xml", "feeds/two/x", "x"):
            s3.put_object(Bucket=name, Key=key, Body=b"<x/>")
        return found

    def user(self, *documents: dict[str, Any]) -> Keys:
        """A new user with these policies."""
        iam = self.client("iam")
        name = f"u-{uuid.uuid4().hex[:12]}"
        iam.create_user(UserName=name)
        for number, document in enumerate(documents):
            text = json.dumps(document)
            iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=text)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    @contextmanager
    def enforcing(self) -> Iterator[None]:
        """Every request needs a right inside the block."""
        self._free_requests("0")
        try:
            yield
        finally:
            self._free_requests("inf")

    def _free_requests(self, count: str) -> None:
        address = f"{self.endpoint}/moto-api/reset-auth"
        httpx2.post(address, content=count, timeout=60).raise_for_status()


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    """The server, for all tests of this folder."""
    port = free_port()
    program = Path(sys.executable).parent / "moto_server"
    child = spawn.start([str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=-3, stderr=-3)
    made = Moto(f"http://127.0.0.1:{port}")
    try:
        _wait(made)
        yield made
    finally:
        child.kill()
        child.wait(80)


def _wait(made: Moto) -> None:
    deadline = time.monotonic() + 160
    while True:
        try:
            httpx2.get(f"{made.endpoint}/moto-api/", timeout=5)
        except httpx2.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
