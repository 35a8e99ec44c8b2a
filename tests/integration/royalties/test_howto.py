"""The how-to of agreements, followed to the letter: its file, and each of its commands."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.models import Account, Feed
from core.database import Database
from migrations import upgrade
from server.cli import app
from server.usage import duck
from tests.unit.server.royalties.made import A, B, play, usage

pytestmark = pytest.mark.integration
HOW_TO = Path(__file__).resolve().parents[3] / "docs/how-to/set-agreements.md"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 10, 15, 12)  # noqa: DTZ001 - the view's times are UTC without a zone
FILES = {
    "revenue.csv": "period,territory,tier,currency,amount\n2026-10,DE,premium,EUR,100\n"
    "2026-10,GB,premium,GBP,50\n",
    "rates.csv": "date,base,quote,rate,source\n2026-10-30,GBP,EUR,1.14,ECB\n",
}
"""What the page describes in words."""
COUNTS = "subscribers --period 2026-10 --territory DE --tier premium --type individual --count 12"
NEEDED = {
    "segue royalties preview": (
        f"segue revenue {COUNTS}",
        f"segue revenue {COUNTS.replace('DE', 'GB')}",
        "segue revenue approve --period 2026-10 --by ben",
        "segue agreements approve quay --by ben",
    )
}
"""What its reader has to enter for the month that it looks at, before this command."""


def blocks(kind: str) -> list[str]:
    return [part.split("\n```")[0] for part in HOW_TO.read_text("utf-8").split(f"```{kind}\n")[1:]]


def prepare(data: Path) -> None:
    data.mkdir()
    database = Database(f"sqlite:///{data / 'segue.db'}")
    upgrade(database.engine)
    with database.write() as session:
        for name, dpid in (("fa", A), ("fb", B)):
            session.add(Feed(id=name, name=name, dpid=dpid, protocol="sftp", username=name,
                             created_at=NOW))  # fmt: skip
        made = {"ada": ("listener", NOW), "bob": ("listener", NOW.replace(year=2027)),
                "olga": ("operator", NOW)}  # fmt: skip
        for name, (role, at) in made.items():
            session.add(Account(id=name, name=name, password_hash="", role=role, territory="DE",
                                tier="premium", created_at=at))  # fmt: skip
    database.close()
    days = data / "usage/days"
    days.mkdir(parents=True)
    territories = {"fa": "DE", "fb": "GB"}
    rows = [play(feed, "x", used_at=AT, territory=territories[feed], isrc="")
            for feed in ("fa", "fb")]  # fmt: skip
    with usage(rows) as connection:
        for day in range(1, 32):
            where = "TRUE" if day == 15 else "FALSE"
            duck.copy(connection, f"FROM usage WHERE {where}", days / f"2026-10-{day:02}.parquet")


def test_each_command_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agreements.toml").write_text(blocks("toml")[0])
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    env = {"SEGUE_DATA": "data", "SEGUE_ROYALTIES_FOUR_EYES": "true"}
    said: dict[str, str] = {}

    def run(line: str) -> None:
        program, *words = shlex.split(line)
        assert program == "segue"
        done = CliRunner().invoke(app, words, env=env)
        assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"
        said[line] = done.output

    lines = [line for block in blocks("sh") for line in block.splitlines() if line.strip()]
    assert len(lines) > 20
    for line in lines:
        for needed, before in NEEDED.items():
            if line.startswith(needed):
                for each in before:
                    run(each)
        run(line)
    accounts = next(text for line, text in said.items() if line.endswith("--from-accounts"))
    assert "individual" in accounts
    assert " 1 " in accounts  # an operator is none, nor who came later
    preview = next(text for line, text in said.items() if "royalties preview" in line)
    assert "ISRC" in preview
    assert "is closed, issue 1" in next(t for line, t in said.items() if "royalties close" in line)
    assert (tmp_path / "who.svg").read_text().startswith("<svg")
