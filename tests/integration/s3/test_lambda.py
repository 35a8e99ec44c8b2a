"""The packed Lambda function with the events that moto emits, against the real service.

AWS itself is not reached: how Lambda invokes the function is taken from its documentation, what S3
writes into a queue comes from moto.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from typer.testing import CliRunner

from core import spawn
from server.cli import app
from server.cli.s3 import documents, lambda_entry
from server.cli.s3.places import place
from tests.fixtures.packages import SIDES, Shape, good
from tests.fixtures.service import SEGUE, Service
from tests.integration.s3.conftest import ACCOUNT, REGION, ROOT, Moto

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
INVOKE = """\
import json, sys
sys.path.insert(0, sys.argv[1])
import segue_lambda
print("\\n" + json.dumps(segue_lambda.lambda_handler(json.load(sys.stdin))))
"""


@dataclass(slots=True)
class Packed:
    """The zip that `segue s3 lambda-package` made, and what it told."""

    path: Path
    told: dict[str, Any]

    def invoke(self, event: Any, **settings: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """In a fresh Python with nothing but the zip. Raises AssertionError when it fails."""
        argv = [sys.executable, "-I", "-c", INVOKE, str(self.path)]
        done = spawn.run(argv, stdin=json.dumps(event).encode(), timeout=240, env=settings)
        assert done.code == 0, done.err
        return dict(json.loads(done.out.splitlines()[-1]))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    path = tmp_path_factory.mktemp("lambda") / "function.zip"
    done = CliRunner().invoke(app, ["s3", "lambda-package", "--out", str(path), "--json"])
    assert done.exit_code == 0, done.output
    return Packed(path, json.loads(done.stdout))


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, schema_folder: SchemaFolder, moto: Moto
) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("told") / "data", schema_folder.root)
    made.settings = {"SEGUE_WATCHERS_ENDPOINTS": moto.endpoint}
    made.start()
    yield made
    made.stop()


@dataclass(slots=True)
class Bucket:
    """A bucket that tells a queue, and the feed that watches it but once a day."""

    name: str
    queue: str
    feed: dict[str, Any]
    moto: Moto

    def told(self) -> dict[str, Any]:
        """Everything in the queue, as Lambda hands it to a function."""
        queues = self.moto.client("sqs")
        records: list[dict[str, Any]] = []
        while got := queues.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in got:
                queues.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
            records += [_record(one) for one in got]
        return {"Records": records}


def _record(message: dict[str, str]) -> dict[str, Any]:
    """AWS Lambda Developer Guide, "Example Amazon SQS message event"."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q",
        "awsRegion": REGION,
    }


@pytest.fixture
def bucket(service: Service, moto: Moto) -> Bucket:
    where = moto.feed()
    made = place(where.bucket, "in/acme")
    name = f"q-{where.bucket}"
    queue = moto.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    moto.client("s3").put_bucket_notification_configuration(
        Bucket=where.bucket,
        NotificationConfiguration=documents.notifications(
            made, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        ),
    )
    terms = {
        "watch.url": f"s3://{where.bucket}/in/acme",
        "watch.endpoint": moto.endpoint,
        "watch.interval_s": "86400",
    }
    feed = service.run(
        *("feeds", "create", "--name", name, "--dpid", SIDES.sender_dpid, "--protocol", "s3"),
        *(part for key, value in terms.items() for part in ("--set", f"{key}={value}")),
    )
    secret = service.home / "secret"
    secret.write_text(ROOT[1], encoding="ascii")
    service.run(
        *("feeds", "credentials", "add", feed["id"], "--kind", "store"),
        *("--public", ROOT[0], "--secret-file", str(secret)),
    )
    return Bucket(where.bucket, queue, feed, moto)


def put_presigned(service: Service, bucket: Bucket, folder: Path) -> None:
    """As a sender without credentials: ask Segue for addresses, and PUT."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files.sort(key=lambda path: path.name.startswith("BatchComplete"))
    wanted = [
        {"path": str(path.relative_to(folder.parent)), "size": path.stat().st_size}
        for path in files
    ]
    answer = httpx2.post(
        f"{service.addresses['api']}/feeds/{bucket.feed['id']}/presigned",
        json={"files": wanted},
        headers={"authorization": f"Bearer {bucket.feed['api_key']}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    for path, upload in zip(files, answer.json()["uploads"], strict=True):
        (piece,) = upload["pieces"]
        body = {"content": path.read_bytes(), "headers": piece["headers"]}
        put = httpx2.put(piece["url"], **body, timeout=60)
        assert put.status_code == 200, put.text


def test_an_album_that_only_lambda_told_of_goes_live(
    service: Service, bucket: Bucket, packed: Packed, tmp_path: Path
) -> None:
    batch = good(tmp_path, Shape(seed=31))
    put_presigned(service, bucket, batch.folder)
    event = bucket.told()
    assert len(event["Records"]) >= 3
    base = service.addresses["api"].removesuffix("/api/v1")
    settings = {"NOTICES_URL": base, "NOTICES_KEY": bucket.feed["api_key"], "NOTICES_AUTH": "token"}
    assert packed.invoke(event, **settings) == {"batchItemFailures": []}
    service.feed = bucket.feed
    service.until(lambda: service.states() == ["live"], 60, "the album is live")
    assert packed.invoke(event, **settings) == {"batchItemFailures": []}
    assert service.states() == ["live"]


def test_the_bucket_of_a_feed_is_checked(service: Service, bucket: Bucket) -> None:
    told = service.run("s3", "check", "--feed", bucket.feed["id"], ok=(1,))
    found = {row["check"]: row["verdict"] for row in told["checks"]}
    assert found["endpoint"] == found["credentials"] == found["put acknowledgements"] == "ok"
    assert found["put into the inbox"] == "fail"  # these credentials are the root's
    wrong = spawn.run([SEGUE, "s3", "check", "--feed", "feed_x"], timeout=240, env=service.env)
    assert wrong.code == 4


def test_the_package_is_small_and_the_same_each_time(packed: Packed, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    done = CliRunner().invoke(app, ["s3", "lambda-package", "--out", str(again)])
    assert done.exit_code == 0
    assert again.read_bytes() == packed.path.read_bytes()
    told = packed.told
    assert told["bytes"] == packed.path.stat().st_size < 8192
    assert told["handler"] == "segue_lambda.lambda_handler"
    digest = hashlib.sha256(again.read_bytes()).digest()
    assert told["sha256"] == base64.b64encode(digest).decode()
    assert told["import_ms"] > 0


# ---- where Segue is not well


@dataclass(slots=True)
class Stand:
    """Answers with these statuses in turn, the last for ever."""

    statuses: list[int]
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def stand() -> Iterator[Stand]:
    state = Stand([202])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.asked.append((self.path, self.headers["authorization"], body))
            status = state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0]
            self.send_response(status)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


KEY = "segue_0123456789ab_" + "k" * 43


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda gives: the time that is left, in milliseconds."""

    left: int = 100_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


def event(*keys: str) -> dict[str, Any]:
    objects = [{"bucket": {"name": "b"}, "object": {"key": key}} for key in keys]
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": one} for one in objects]}


def asked(stand: Stand) -> Sequence[str]:
    return [one["key"] for _, _, body in stand.asked for one in json.loads(body)["notices"]]


def test_a_passing_fault_is_tried_again(stand: Stand) -> None:
    stand.statuses = [503, 202]
    told = lambda_entry.notices(event("a"))
    lambda_entry.deliver(told, {"NOTICES_URL": stand.url, "NOTICES_KEY": KEY}, Context())
    assert asked(stand) == ["a", "a"]
    path, bearer, _ = stand.asked[0]
    assert path == "/api/v1/feeds/feed_0123456789ab/notices"
    assert bearer == f"Bearer {KEY}"


@pytest.mark.parametrize(("status", "left", "tries"), [(401, 100_000, 1), (503, 5_000, 1)])
def test_what_can_not_pass_is_raised_at_once(
    stand: Stand, status: int, left: int, tries: int
) -> None:
    stand.statuses = [status]
    told = lambda_entry.notices(event("a"))
    settings = {"NOTICES_URL": stand.url, "NOTICES_KEY": KEY}
    with pytest.raises(lambda_entry.NotTaken, match=f"HTTP {status}"):
        lambda_entry.deliver(told, settings, Context(left))
    assert len(stand.asked) == tries


def test_many_notices_are_several_bounded_requests(stand: Stand) -> None:
    keys = [f"{number:04}" + "x" * 1000 for number in range(120)]
    told = lambda_entry.notices(event(*keys))
    lambda_entry.deliver(told, {"NOTICES_URL": stand.url, "NOTICES_KEY": KEY})
    assert asked(stand) == keys
    assert max(len(body) for _, _, body in stand.asked) < 64_000


def test_only_the_messages_that_failed_come_again(stand: Stand, packed: Packed) -> None:
    stand.statuses = [202, 401]
    records = [
        {"messageId": name, "eventSource": "aws:sqs", "body": body}
        for name, body in (
            ("good", json.dumps(event("a"))),
            ("refused", json.dumps(event("b"))),
            ("broken", "{"),
            ("foreign", json.dumps({"Records": [{"eventName": "ObjectCreated:Put"}]})),
            ("test", json.dumps({"Event": "s3:TestEvent"})),
        )
    ]
    told = packed.invoke({"Records": records}, NOTICES_URL=stand.url, NOTICES_KEY=KEY)
    failed = [one["itemIdentifier"] for one in told["batchItemFailures"]]
    assert failed == ["refused", "broken", "foreign"]
