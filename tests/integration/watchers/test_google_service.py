"""A feed whose service account is refused, as its operator sees it, and when the key is mended."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from ingest.watchers.state import state_of
from tests.fixtures.google import EMAIL, google_before
from tests.fixtures.packages import Shape, good
from tests.fixtures.service import Service
from tests.fixtures.stores import Moto, moto
from tests.integration.watchers.services import until_live, watch

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

__all__ = ["moto"]
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(300)]


def fault(service: Service, feed: str) -> str:
    with service.database() as session:
        state = state_of(session, feed)
        return state.fault if state else ""


def stores(service: Service) -> dict[str, str]:
    told = service.run("doctor", ok=(0, 1))
    return next(each for each in told["checks"] if each["name"] == "watched stores")


def test_a_refused_account_is_told_and_mended(
    moto: Moto, tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    bucket = f"google{secrets.token_hex(4)}"  # unsigned, moto finds no name with a dash
    moto.s3.create_bucket(Bucket=bucket)
    settings = {"SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
    service = Service(tmp_path / "data", schema_folder.root, settings=settings)
    with google_before(moto.endpoint) as google:
        account = google.account()
        feed = watch(service, "google", f"gs://{bucket}/in", google.url, secret=account)
        google.forget_keys()
        service.start()
        try:
            _is_told(service, feed, account)
            mended = service.home / "mended.json"
            mended.write_text(google.account())
            argv = ("feeds", "rotate", feed, "--kind", "store", "--secret-file", str(mended))
            service.run(*argv, "--overlap", "0d")
            batch = good(tmp_path / "out", Shape(seed=77, tracks=1))
            for path in sorted(batch.folder.rglob("*"), key=lambda p: "BatchComplete" in p.name):
                if path.is_file():
                    key = f"in/{path.relative_to(batch.folder.parent)}"
                    moto.s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
            until_live(service, feed, "gcs")
            service.until(lambda: not fault(service, feed), 30, "all is well")
            assert stores(service)["state"] == "ok"
        finally:
            assert service.stop() == 0


def _is_told(service: Service, feed: str, account: str) -> None:
    """By the feed, the doctor and the trial, in Google's words and without the key."""
    service.until(lambda: fault(service, feed), 60, "it is told")
    said = service.run("feeds", "show", feed)["watch"]["fault"]
    assert f"refuses the service account {EMAIL}" in said
    assert "Invalid JWT Signature." in said
    assert "segue feeds rotate" in said
    assert account[-200:-100] not in said
    found = stores(service)
    assert found["state"] == "warn"
    assert "Invalid JWT Signature." in found["what"]
    (report,) = service.run("feeds", "test", feed, ok=(3,))["protocols"]
    (failed,) = [step for step in report["steps"] if step["state"] == "failed"]
    assert failed["step"] == "log in"
    assert "Invalid JWT Signature." in failed["told"]
    assert "segue feeds rotate" in failed["remedy"]
