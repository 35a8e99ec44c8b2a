"""The real service, killed with SIGKILL again and again while it watches a real bucket: nothing is
lost, nothing comes twice, and each batch is answered by one object."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from catalog.models import Delivery, WatchedObject
from ddex.choreography import acknowledgement
from tests.fixtures.packages import Shape, good
from tests.fixtures.patience import seen
from tests.fixtures.service import Service
from tests.integration.watchers.services import watch

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder
    from tests.fixtures.ceph import Rados

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]

BATCHES, KILLS = 2, 2


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_while_it_watches(
    rados: Rados, tmp_path: Path, schema_folder: SchemaFolder, seed: int
) -> None:
    chosen = random.Random(seed)  # noqa: S311 - no secret
    bucket = rados.bucket()
    settings = {"SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
    service = Service(tmp_path / "data", schema_folder.root, settings=settings)
    keys = {"public": rados.access_key, "secret": rados.secret_key}
    feed = watch(service, "s3", f"s3://{bucket}/in", rados.endpoint, **keys)
    sent = _send(rados, bucket, tmp_path / "sent", seed)
    for _ in range(KILLS):
        service.start()
        _kill(service, already=_taken(service), more=chosen.randrange(sent // KILLS), rest=chosen)
    service.start()
    wanted = ["s3 live"] * BATCHES
    service.until(lambda: _deliveries(service, feed) == wanted, 120, "all albums are live")
    service.until(lambda: len(_answers(rados, bucket)) >= BATCHES, 60, "all are answered")
    assert service.stop() == 0
    assert _deliveries(service, feed) == wanted
    answers = _answers(rados, bucket)
    assert len(answers) == len(set(answers)) == BATCHES
    assert _taken(service) == sent
    assert seen(service.data / "partial") == []


def _send(rados: Rados, bucket: str, folder: Path, seed: int) -> int:
    """Some batches, completions last; the number of their objects."""
    client, sent = rados.client, 0
    for number in range(BATCHES):
        batch = good(folder, Shape(seed=600 + 10 * seed + number, tracks=1)).folder
        files = [path for path in batch.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda path: path.name.startswith("BatchComplete")):
            client.upload_file(str(path), bucket, f"in/{path.relative_to(folder)}")
        sent += len(files)
    return sent


def _kill(service: Service, *, already: int, more: int, rest: random.Random) -> None:
    """When so many more objects were taken, and a moment after."""
    assert service.child is not None
    deadline = time.monotonic() + 60
    while _taken(service) < already + more and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(rest.uniform(0, 0.3))
    service.child.kill()
    assert service.wait_killed() == -9


def _taken(service: Service) -> int:
    wanted = select(func.count()).where(WatchedObject.state == "taken")
    with service.database() as session:
        return session.scalar(wanted) or 0


def _deliveries(service: Service, feed: str) -> list[str]:
    with service.database() as session:
        rows = session.scalars(select(Delivery).where(Delivery.feed_id == feed))
        return [f"{row.protocol} {row.state}" for row in rows]


def _answers(rados: Rados, bucket: str) -> list[str]:
    """The message that each acknowledgement object is about."""
    client = rados.client
    found = client.list_objects_v2(Bucket=bucket, Prefix="in/").get("Contents", [])
    keys = [one["Key"] for one in found if "/ACK_" in one["Key"]]
    bodies = [client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [acknowledgement.read(body).acknowledged_message_id for body in bodies]
