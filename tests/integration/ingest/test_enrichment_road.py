"""A release, then what its sender tells of it: over SFTP, through the real service, to its page."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ddex.choreography import manifest, names
from ddex.choreography.manifest import BatchMessage, Manifest
from ddex.choreography.parts import MessagingParty, ReleaseIds
from tests.fixtures.mead import mead_message
from tests.fixtures.packages import RECIPIENT, SENDER, Shape, batch_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.fixtures.service import Service

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


def _mead_batch(out: Path, icpn: str, isrc: str, at: datetime) -> Path:
    stamp = names.stamp(at)
    folder = out / names.batch_folder(stamp)
    (folder / icpn).mkdir(parents=True)
    data = mead_message(sender=SENDER, recipient=RECIPIENT, icpn=icpn, isrc=isrc)
    (folder / icpn / f"{icpn}.xml").write_bytes(data)
    said = Manifest(
        sender=MessagingParty(dpid=SENDER),
        recipient=MessagingParty(dpid=RECIPIENT),
        created=at,
        root=folder.name,
        messages=(
            BatchMessage(
                message_id="MEAD-1",
                url=f"./{icpn}/{icpn}.xml",
                releases=(ReleaseIds(icpn=icpn),),
            ),
        ),
    )
    (folder / names.batch_complete(stamp)).write_bytes(manifest.write(said))
    return folder


def _get(service: Service, path: str) -> Any:  # noqa: ANN401 - JSON or text
    address = f"{service.addresses['player'].rstrip('/')}{path}"
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own
        text = answer.read().decode()
    return json.loads(text) if path.startswith("/api") else text


def test_what_a_sender_tells_reaches_the_page(service: Service, tmp_path: Path) -> None:
    made = batch_of(tmp_path / "one", (Shape(seconds=1),))
    service.deliver(made.folder)
    [release] = made.releases
    text = release.message.read_text(encoding="utf-8")
    icpn = re.findall(r"<ICPN>(\d+)</ICPN>", text)[0]
    isrc = re.findall(r"<ISRC>(\w+)</ISRC>", text)[0]
    instant = names.instant(made.batch_id)
    assert instant is not None
    found = _mead_batch(tmp_path / "two", icpn, isrc, instant + timedelta(seconds=1))
    service.deliver(found)
    delivery = next(d for d in service.deliveries() if d["state"] == "recorded")
    shown = service.run("deliveries", "show", delivery["id"])
    assert shown["report"]["counts"]["applied"] >= 2
    [live] = [d for d in service.deliveries() if d["state"] == "live"]
    about = _get(service, f"/api/v1/releases/{live['release_id']}")["about"]
    assert about["tags"][0]["kind"] == "mood"
    page = _get(service, f"/releases/{live['release_id']}")
    assert "Late Night" in page
    assert service.run("catalog", "rebuild")["enrichments"] == 1
