"""The guides for senders of objects, followed to the letter: stock clients, real servers, the real
service, an album that goes live, its acknowledgement as an object.

Only the block under "Your values" is replaced, by the values at hand.
"""

from __future__ import annotations

import re
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY, program
from tests.fixtures.packages import Shape, good
from tests.fixtures.service import Service
from tests.fixtures.stores import ACCOUNT, make_container, shared_access
from tests.integration.watchers.services import until_live, watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.schemas import SchemaFolder
    from tests.fixtures.ceph import Rados

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]

VALUES, ANSWERS = "Your values", "Read the answers"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def guide(store: str) -> dict[str, str]:
    """What is typed under each heading."""
    path = REPOSITORY / "docs" / "how-to" / f"deliver-over-{store}.md"
    parts = _HEADING.split(path.read_text(encoding="utf-8"))[1:]
    typed = {
        heading: "".join(_typed(*block) for block in _BLOCK.findall(body))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return {heading: text for heading, text in typed.items() if text}


def _typed(language: str, text: str) -> str:
    return text if language == "sh" else f"python3 - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON\n"


GUIDES = {store: guide(store) for store in ("s3", "azure", "gcs")}
CLIENTS = {
    store: [heading for heading in typed if heading not in {VALUES, ANSWERS}]
    for store, typed in GUIDES.items()
}


@dataclass(slots=True)
class Desk:
    """A sender's desk: a batch in a folder, and a shell with the values of its store."""

    folder: Path
    batch: str
    values: Mapping[str, str]

    def type(self, store: str, heading: str, **more: str) -> str:
        """Type what the guide says under a heading; what was printed."""
        wanted = set(re.findall(r"\b([A-Z0-9_]+)=", GUIDES[store][VALUES]))
        values = {**self.values, "BATCH": self.batch}
        assert wanted <= values.keys()
        lines = "".join(f"export {name}='{value}'\n" for name, value in values.items())
        tools = f"export PATH={Path(sys.executable).parent}:$PATH HOME={self.folder}\n"
        done = spawn.run(
            [program("bash", "bash"), "-eu"],
            stdin=(tools + lines + GUIDES[store][heading]).encode(),
            timeout=300,
            cwd=self.folder,
            env=more,
        )
        assert done.code == 0, done.out.decode() + done.err
        return done.out.decode()


def desk(folder: Path, seed: int, values: Mapping[str, str]) -> Desk:
    batch = good(folder, Shape(seed=seed, tracks=1))
    return Desk(folder, batch.folder.name, values)


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, schema_folder: SchemaFolder
) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("guides") / "data", schema_folder.root)
    made.settings = {"SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("client", CLIENTS["s3"])
def test_over_s3(service: Service, rados: Rados, tmp_path: Path, client: str) -> None:
    bucket = rados.bucket()
    feed = watch(
        service,
        f"s3 {client}",
        f"s3://{bucket}/segue",
        rados.endpoint,
        *(("watch.processed=processed",) if "aws" in client else ()),
        public=rados.access_key,
        secret=rados.secret_key,
    )
    values = {
        **{name: value for name, value in rados.environment.items() if name != "HOME"},
        "BUCKET": bucket,
        "PREFIX": "segue",
    }
    at = desk(tmp_path, 500 + CLIENTS["s3"].index(client), values)
    at.type("s3", client)
    until_live(service, feed, "s3")
    answers = service.until(lambda: _told(at, "s3"), 30, "the acknowledgement is an object")
    assert "FileOK" in answers
    if "aws" in client:
        service.until(lambda: _moved(rados, bucket), 30, "what was processed has moved")


def _told(at: Desk, store: str) -> str:
    said = at.type(store, ANSWERS)
    return said if "ACK_" in said or "FileOK" in said else ""


def _moved(rados: Rados, bucket: str) -> bool:
    said = rados.client.list_objects_v2(Bucket=bucket)["Contents"]
    keys = [one["Key"] for one in said if "/acknowledgements/" not in one["Key"]]
    return all(key.startswith("segue/processed/") for key in keys) and len(keys) >= 4


@pytest.mark.parametrize("client", CLIENTS["azure"])
def test_over_azure(service: Service, azurite: str, tmp_path: Path, client: str) -> None:
    container = f"c{uuid.uuid4().hex[:12]}"
    make_container(azurite, container)
    feed = watch(
        service,
        f"azure {client}",
        f"az://{ACCOUNT}/{container}/segue",
        azurite,
        secret=shared_access(container),
    )
    values = {
        "CONTAINER": container,
        "PREFIX": "segue",
        "RCLONE_CONFIG_STORE_TYPE": "azureblob",
        "RCLONE_CONFIG_STORE_SAS_URL": f"{azurite}/{container}?{shared_access(container)}",
    }
    at = desk(tmp_path, 520, values)
    at.type("azure", client)
    until_live(service, feed, "azure")
    assert "FileOK" in service.until(lambda: _told(at, "azure"), 30, "it is acknowledged")


@pytest.mark.parametrize("client", CLIENTS["gcs"])
def test_into_google_storage(gcs_emulator: str, tmp_path: Path, client: str) -> None:
    """The sender's half: Segue can't read from this emulator."""
    bucket = f"b{uuid.uuid4().hex[:12]}"
    with httpx2.Client(base_url=gcs_emulator, timeout=60) as client_:
        made = client_.post("/storage/v1/b", params={"project": "p"}, json={"name": bucket})
        made.raise_for_status()
        values = {"BUCKET": bucket, "PREFIX": "segue", "GOOGLE_APPLICATION_CREDENTIALS": ""}
        at = desk(tmp_path, 540, values)
        more = {"STORAGE_EMULATOR_HOST": gcs_emulator, "GOOGLE_CLOUD_PROJECT": "p"}
        at.type("gcs", client, **more)
        listed = client_.get(f"/storage/v1/b/{bucket}/o").json()["items"]
        assert {one["name"] for one in listed} == {
            f"segue/{path.relative_to(tmp_path)}"
            for path in (tmp_path / at.batch).rglob("*")
            if path.is_file()
        }
        client_.post(
            f"/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "media", "name": "segue/acknowledgements/ACK_1.xml"},
            content=b"FileOK",
        ).raise_for_status()
    assert "FileOK" in at.type("gcs", ANSWERS, **more)


def test_every_guide_has_its_stock_clients() -> None:
    """A heading that is lost would be a client that is not tried any more."""
    said = {store: " ".join(clients) for store, clients in CLIENTS.items()}
    for store, clients in {
        "s3": ("aws", "rclone", "boto3", "one command"),
        "azure": ("rclone",),
        "gcs": ("Google's Python client",),
    }.items():
        for client in clients:
            assert client in said[store]
