"""The operator's page of a delivery: findings beside a message that nobody can trust."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from catalog.models import Delivery
from core.auth import Role
from ddex.findings import Severity
from ingest.parts import spectrum_key
from server.services.codes import every_rule
from server.web.console import CARDS
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
DIGEST = "ab" * 32
EVIL = "</pre><script>alert(1)</script>"
XML = "\n".join(
    [
        "<a>", *(f"  <b>{n}</b>" for n in range(50)), f"  <c x='{EVIL}'>\u202e\x1b</c>", "</a>"
    ]
)  # fmt: skip


def finding(code: str, severity: Severity, line: int, **change: Any) -> dict[str, Any]:
    rule = next(rule for rule in every_rule() if rule.code == code)
    found = rule.at(None, f"{EVIL} {line}", value=EVIL, expected=EVIL)
    return {**found.to_json(), "severity": severity.value, "line": line, "column": 3, **change}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def delivered(world: World, findings: list[dict[str, Any]], xml: str = XML) -> TestClient:
    world.delivery("d1", "refused")
    world.parts.objects.put(f"messages/{DIGEST[:2]}/{DIGEST}", xml.encode("utf-8", "replace"))
    with world.database.write() as session:
        row = session.get_one(Delivery, "d1")
        row.digest, row.findings, row.schema, row.skipped = DIGEST, findings, "absent", [2]
        row.title = EVIL
    return world.signed_in("olga", Role.OPERATOR)


def test_findings_stand_beside_their_lines_and_nothing_is_believed(world: World) -> None:
    findings = [
        finding("ERN-1101", Severity.REJECT, 52, count=7),
        finding("ERN-1202", Severity.WARN, 5),
        finding("ERN-1902", Severity.REJECT, 0, file=f"resources/{EVIL}"),
    ]
    client = delivered(world, findings)
    page = client.get("/console/deliveries/d1").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert page.count('class="finding ') == 3
    assert "7 times" in page
    assert "The schema check was skipped" in page
    assert re.findall(r'id="line-(\d+)"', page)[:6] == ["1", "2", "3", "4", "5", "6"]
    assert "36 lines folded, no findings" in page
    assert page.count("data-tick=") == 2
    assert 'href="/console/codes/ERN-1101"' in page
    told = client.get("/api/v1/deliveries/d1").json()
    assert [one["code"] for one in told["findings"]] == ["ERN-1101", "ERN-1202", "ERN-1902"]
    assert json.dumps(told["findings"][0]["value"]) in json.dumps(findings)


def test_one_severity_can_be_shown(world: World) -> None:
    client = delivered(
        world, [finding("ERN-1101", Severity.HOLD, 4), finding("ERN-1202", Severity.WARN, 9)]
    )
    page = client.get("/console/deliveries/d1?severity=warn").text
    assert page.count('class="finding ') == 1
    assert "ERN-1202" in page
    assert 'aria-current="true">Warnings' in page
    page = client.get("/console/deliveries/d1?severity=nonsense").text
    assert page.count('class="finding ') == 2


def test_a_big_message_with_a_thousand_findings_gives_a_page_of_bounded_size(
    world: World,
) -> None:
    findings = [finding("ERN-1202", Severity.WARN, 100 * n) for n in range(1, 1001)]
    client = delivered(world, findings, "<a>\n" + "<b>x</b>\n" * 150_000 + "</a>")
    page = client.get("/console/deliveries/d1").text
    assert page.count('class="finding ') == CARDS
    assert "800 findings more" in page
    assert len(page) < 2_500_000


def test_every_code_has_its_page(world: World) -> None:
    client = delivered(world, [])
    for rule in every_rule():
        page = client.get(f"/console/codes/{rule.code.lower()}").text
        assert f">{rule.code}</span>" in page
    assert client.get("/console/codes/ERN-9999").status_code == 404
    assert world.client().get("/console/codes/ERN-1101", follow_redirects=False).status_code == 303


def test_a_doubtful_sound_is_shown_by_its_spectrum(world: World) -> None:
    path, picture = "resources/01 &.flac", b"\x89PNG\r\n\x1a\n of this"
    doubt = finding("ERN-2120", Severity.WARN, 5, message=f"{path}: it breaks off at 16 kHz.")
    operator = delivered(world, [doubt, finding("ERN-1202", Severity.WARN, 5)])
    with world.database.write() as session:
        row = session.get_one(Delivery, "d1")
        row.files = [*row.files, {"path": path, "size": 9, "blake3": "cd" * 32}]
    world.parts.objects.put(spectrum_key("cd" * 32), picture)
    page = operator.get("/console/deliveries/d1").text
    (address,) = set(re.findall(r'<img src="(/console/[^"]*spectrogram[^"]*)"', page))
    answer = operator.get(unescape(address))
    assert (answer.content, answer.headers["content-type"]) == (picture, "image/png")
    assert operator.get("/console/deliveries/d1/spectrogram?file=../x").status_code == 404
    assert operator.get("/console/deliveries/none/spectrogram?file=x").status_code == 404
    assert world.signed_in().get(unescape(address)).status_code == 403
