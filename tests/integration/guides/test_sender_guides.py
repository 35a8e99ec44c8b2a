"""The guides for senders, followed to the letter: every command of theirs ends in a live album.

Only the block under "Your values" is replaced, by the values of the feed at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.environment import REPOSITORY
from tests.fixtures.senders import desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures.senders import Desk
    from tests.fixtures.service import Service

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]

VALUES, ANSWERS = "Your values", "Read the answers"
_FIRST = ("Trust the host key", "Trust the certificate")
_ASIDE = ("Use a token instead of the key", "Ask first")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: what is typed under each of its headings."""

    protocol: str
    sections: dict[str, str]

    @property
    def clients(self) -> list[str]:
        """Headings that each deliver a batch."""
        known = {VALUES, ANSWERS, *_FIRST, *_ASIDE}
        return [heading for heading in self.sections if heading not in known]

    def before(self) -> str:
        """What has to be done first."""
        return "".join(self.sections.get(heading, "") for heading in _FIRST)


def _read(protocol: str) -> Guide:
    path = REPOSITORY / "docs" / "how-to" / f"deliver-over-{protocol}.md"
    parts = _HEADING.split(path.read_text(encoding="utf-8"))[1:]
    typed = {
        heading: "".join(_typed(*block) for block in _BLOCK.findall(body))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return Guide(protocol, {heading: text for heading, text in typed.items() if text})


def _typed(language: str, text: str) -> str:
    return text if language == "sh" else f"python3 - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON\n"


GUIDES = {protocol: _read(protocol) for protocol in ("sftp", "ftps", "ftp", "http")}
CASES = [(protocol, client) for protocol in GUIDES for client in GUIDES[protocol].clients]


@pytest.mark.parametrize(
    ("protocol", "client"), CASES, ids=[f"{protocol}: {client}" for protocol, client in CASES]
)
def test_a_guide_ends_in_a_live_album(
    open_service: Service, tmp_path: Path, protocol: str, client: str
) -> None:
    guide = GUIDES[protocol]
    at = desk(open_service, tmp_path / "desk", protocol, 300 + CASES.index((protocol, client)))
    values = _values(at)
    assert set(_names(values)) >= set(_names(guide.sections[VALUES]))
    done = at.run(values + guide.before() + guide.sections[client])
    assert done.code == 0, done.out.decode() + done.err
    at.live()
    answers = at.run(values + guide.sections[ANSWERS])
    assert answers.code == 0, answers.err
    assert b"FileOK" in answers.out or b'"live"' in answers.out, answers.out


@pytest.mark.parametrize("aside", _ASIDE)
def test_what_is_beside_the_way_works(open_service: Service, tmp_path: Path, aside: str) -> None:
    at = desk(open_service, tmp_path / "desk", "http", 350 + _ASIDE.index(aside))
    done = at.run(_values(at) + GUIDES["http"].sections[aside])
    assert done.code == 0, done.err
    assert re.search(rb'"ok": ?true|"access_token"', done.out), done.out


def test_every_guide_has_its_stock_clients() -> None:
    """A heading that is lost would be a client that is not tried any more."""
    found = {guide.protocol: " ".join(guide.clients) for guide in GUIDES.values()}
    for protocol, clients in {
        "sftp": ("OpenSSH", "lftp", "rclone", "Segue"),
        "ftps": ("lftp", "curl", "curl and implicit TLS", "rclone", "Segue"),
        "ftp": ("lftp", "curl", "rclone", "Segue"),
        "http": ("one request", "curl", "tuspy", "Segue"),
    }.items():
        for client in clients:
            assert client in found[protocol]


def _values(at: Desk) -> str:
    """The block of values, with those of this feed."""
    feed = at.feed
    said = {"BATCH": at.batch, "RELEASE": at.release}
    if "url" in feed:
        said |= {"FEED": feed["url"], "API": feed["url"].partition("/feeds/")[0]}
    else:
        said |= {"HOST": feed["host"], "PORT": feed["port"], "LOGIN": feed["username"]}
        said |= {"IMPLICIT_PORT": feed.get("implicit_port", "")}
    return "".join(f"export {name}={value}\n" for name, value in said.items())


def _names(values: str) -> list[str]:
    return re.findall(r"\b([A-Z_]+)=", values)
