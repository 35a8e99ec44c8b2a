"""A distributor with stock clients, a real S3 server, the real service: an album goes live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Delivery
from core import spawn
from ddex.choreography import acknowledgement
from tests.fixtures.environment import program
from tests.fixtures.packages import SIDES, Shape, good
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.schemas import SchemaFolder
    from tests.fixtures.ceph import Rados

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(180)]
AWS = str(Path(sys.executable).with_name("aws"))


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, schema_folder: SchemaFolder, rados: Rados
) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("watch") / "data", schema_folder.root)
    made.settings = {"SEGUE_WATCHERS_ENDPOINTS": rados.endpoint}
    made.start()
    yield made
    made.stop()


def watch(service: Service, rados: Rados, name: str, *sets: str) -> tuple[str, str]:
    """A feed that watches a new bucket; its id and the bucket."""
    bucket = rados.bucket()
    terms = [f"watch.url=s3://{bucket}/acme", f"watch.endpoint={rados.endpoint}", *sets]
    feed = service.run(
        *("feeds", "create", "--name", name, "--dpid", SIDES.sender_dpid, "--protocol", "s3"),
        *(part for term in ("watch.interval_s=1", *terms) for part in ("--set", term)),
    )
    secret = service.home / "secret"
    secret.write_text(rados.secret_key, encoding="ascii")
    service.run(
        *("feeds", "credentials", "add", feed["id"], "--kind", "store"),
        *("--public", rados.access_key, "--secret-file", str(secret)),
    )
    return str(feed["id"]), bucket


def state_of(service: Service, feed_id: str) -> list[str]:
    with service.database() as session:
        rows = session.scalars(select(Delivery).where(Delivery.feed_id == feed_id))
        return [f"{row.protocol} {row.state}" for row in rows]


def aws(rados: Rados, *argv: str) -> str:
    done = spawn.run([AWS, *argv], timeout=60, env={**rados.environment})
    assert done.code == 0, done.err
    return done.out.decode()


def keys(rados: Rados, bucket: str) -> list[str]:
    said = rados.client.list_objects_v2(Bucket=bucket)
    return [one["Key"] for one in said.get("Contents", ())]


def answered(rados: Rados, bucket: str) -> Any:  # noqa: ANN401
    """The acknowledgement that came back as an object."""
    for key in keys(rados, bucket):
        if "/acknowledgements/ACK_" in key:
            body = rados.client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return acknowledgement.read(body)
    return None


def test_an_album_by_aws_s3_cp_goes_live(service: Service, rados: Rados, tmp_path: Path) -> None:
    feed, bucket = watch(service, rados, "by aws", "watch.processed=processed")
    batch = good(tmp_path, Shape(seed=11))
    aws(
        rados,
        "s3",
        "cp",
        "--recursive",
        str(batch.folder),
        f"s3://{bucket}/acme/{batch.folder.name}/",
    )
    service.until(lambda: state_of(service, feed) == ["s3 live"], 60, "the album is live")
    told = service.until(lambda: answered(rados, bucket), 30, "the acknowledgement is an object")
    assert told.release_status == "SuccessfullyIngestedByReleaseDistributor"
    service.until(
        lambda: all(
            "/processed/" in key or "/acknowledgements/" in key for key in keys(rados, bucket)
        ),
        30,
        "what was processed is moved",
    )
    assert len(state_of(service, feed)) == 1


def test_an_album_by_rclone_goes_live(service: Service, rados: Rados, tmp_path: Path) -> None:
    feed, bucket = watch(service, rados, "by rclone")
    batch = good(tmp_path, Shape(seed=12))
    environment = {
        "RCLONE_CONFIG_STORE_TYPE": "s3",
        "RCLONE_CONFIG_STORE_PROVIDER": "Ceph",
        "RCLONE_CONFIG_STORE_ENDPOINT": rados.endpoint,
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": rados.access_key,
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": rados.secret_key,
        "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
        "HOME": str(tmp_path),
    }
    target = f"store:{bucket}/acme/{batch.folder.name}"
    done = spawn.run(
        [program("rclone", "rclone"), "copy", str(batch.folder), target],
        timeout=60,
        env=environment,
    )
    assert done.code == 0, done.err
    service.until(lambda: state_of(service, feed) == ["s3 live"], 60, "the album is live")
    told = service.until(lambda: answered(rados, bucket), 30, "it is acknowledged")
    assert told.release_status == "SuccessfullyIngestedByReleaseDistributor"
