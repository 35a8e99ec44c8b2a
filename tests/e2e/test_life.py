"""The life of a release as listeners in three places meet it, by the API and in the player.

Announced, pre-ordered, out at midnight in each place, updated, taken down in one, purged, returned:
through the shipped service with real media, whose clock a file tells.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from catalog.models import Delivery, Media, Recording, Release
from tests.e2e.listeners import Listener, Met
from tests.e2e.player.conftest import browser
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import Shape
from tests.fixtures.service import Service
from tests.integration.ingest.batches import batch, retitled, rewrite, without_media
from tests.integration.ingest.test_lifecycle import purge
from tests.integration.ingest.world import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from core.schemas import SchemaFolder
    from distro.package import Packed
    from tests.integration.ingest.batches import Change

__all__ = ["browser"]
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(600)]

PLACES = ("NZ", "FR", "US")
MIDNIGHTS = {
    "NZ": datetime(2026, 12, 3, 11, tzinfo=UTC),
    "FR": datetime(2026, 12, 3, 23, tzinfo=UTC),
    "US": datetime(2026, 12, 4, 5, tzinfo=UTC),
}
UNTIL = {
    "NZ": "Not available in NZ until 4 December 2026.",
    "FR": "Not available in FR until 4 December 2026.",
    "US": "Not available in US until 4 December 2026.",
}
SHAPE = Shape(seconds=80, territories=PLACES, start=date(2026, 12, 4))
SECOND = timedelta(seconds=1)
BOTH = (1, 2)
PROMISE = 60
"""Seconds that a take-down may take."""


def announced(release: Packed) -> None:
    """To be shown from 27 November, local time."""
    shown = (
        "<ReleaseVisibility><VisibilityReference>V1</VisibilityReference><TerritoryCode>Worldwide"
        "</TerritoryCode><ReleaseDisplayStartDateTime>2026-11-27T00:00:00"
        "</ReleaseDisplayStartDateTime></ReleaseVisibility>"
    )
    rewrite(release, "</DealList>", f"{shown}</DealList>")
    rewrite(
        release,
        r"(</OriginalReleaseDate>)(\s*<ParentalWarningType>)",
        r"\1<ReleaseVisibilityReference>V1</ReleaseVisibilityReference>\2",
    )


def pre_ordered(release: Packed) -> None:
    """Who pre-orders may hear the first track at once."""
    codes = "".join(f"<TerritoryCode>{place}</TerritoryCode>" for place in PLACES)
    deal = (
        "<ReleaseDeal><DealReleaseReference>R0</DealReleaseReference><Deal><DealTerms>"
        f"{codes}<ValidityPeriod><StartDate>2026-11-28</StartDate><EndDate>2026-12-03</EndDate>"
        "</ValidityPeriod><CommercialModelType>SubscriptionModel</CommercialModelType>"
        "<UseType>OnDemandStream</UseType><IsPreOrderDeal>true</IsPreOrderDeal>"
        "<InstantGratificationResourceList><DealResourceReference>A1</DealResourceReference>"
        "</InstantGratificationResourceList></DealTerms></Deal></ReleaseDeal>"
    )
    rewrite(release, "<DealList>", f"<DealList>{deal}")


def purged(release: Packed) -> None:
    """A valid PurgeReleaseMessage."""
    purge(release)
    rewrite(release, ' ReleaseProfileVersionId="Audio"', "")


def not_in_france(release: Packed) -> None:
    """The territory is left out."""
    rewrite(release, r"\s*<TerritoryCode>FR</TerritoryCode>", "")


@dataclass(slots=True)
class Life:
    """The service, its clock, its sender and its listeners."""

    service: Service
    folder: Path
    listeners: dict[str, Listener] = field(default_factory=dict)
    release: str = ""
    now: datetime = START

    def at(self, instant: datetime) -> None:
        """Set the clock of the service."""
        self.now = instant
        new = self.folder / "clock.new"
        new.write_text(instant.isoformat(), encoding="ascii")
        new.replace(self.folder / "clock")

    def start(self) -> None:
        self.service.make_feed()
        root = str(REPOSITORY / "tests" / "fixtures" / "clock_root.py")
        self.service.start(sys.executable, root, str(self.folder / "clock"))

    def open_doors(self, browser: Browser) -> None:
        address = self.service.addresses["player"].rstrip("/")
        for place in PLACES:
            made = self._account(place)
            self.listeners[place] = Listener.signed_in(place, made["password"], address, browser)

    def _account(self, place: str) -> dict[str, Any]:
        argv = ("listeners", "create", "--name", place, "--territory", place, "--tier", "premium")
        return dict(self.service.run(*argv))

    def send(self, *changes: Change) -> str:
        """Deliver what the sender makes of the release now; the state of the delivery."""
        minute = round((self.now - START).total_seconds() / 60)
        made = batch(self.folder / f"{minute}", *changes, minute=minute, shapes=(SHAPE,))
        told = self.service.deliver(made.folder)
        assert told["acknowledgements"], told
        return str(self.service.states()[-1])

    def meet(self) -> dict[str, Met | None]:
        """What each listener meets now."""
        return {place: one.meets(self.release, "Tones") for place, one in self.listeners.items()}

    def stored(self) -> tuple[int, set[str | None]]:
        """How many media there are, and the masters of the recordings."""
        with self.service.database() as session:
            count = session.scalar(select(func.count()).select_from(Media)) or 0
            return count, set(session.scalars(select(Recording.master)))


@pytest.fixture
def life(tmp_path: Path, schema_folder: SchemaFolder, browser: Browser) -> Iterator[Life]:
    still = {"SEGUE_INBOX_SETTLE_SECONDS": "0"}  # no quiet comes while the clock stands still
    made = Life(Service(tmp_path / "data", schema_folder.root, settings=still), tmp_path)
    made.at(datetime(2026, 11, 25, 12, tzinfo=UTC))
    made.start()
    made.open_doors(browser)
    yield made
    for one in made.listeners.values():
        one.leave()
    made.service.stop()


def test_from_the_announcement_to_the_return(life: Life) -> None:
    _announced(life)
    _pre_ordered(life)
    _out_at_midnight(life)
    _updated(life)
    _taken_down_in_france(life)
    _purged_and_returned(life)
    assert [one.problems for one in life.listeners.values()] == [[], [], []]
    _looked_back(life)
    _rebuilt(life)


def _announced(life: Life) -> None:
    assert life.send(announced) == "scheduled"
    with life.service.database() as session:
        life.release = session.scalars(select(Release.id)).one()
    assert life.meet() == dict.fromkeys(PLACES), "it is not even shown"
    life.at(datetime(2026, 11, 26, 11, tzinfo=UTC))
    met = life.meet()
    assert met["NZ"] == Met((), UNTIL["NZ"], "Tones 1")
    assert (met["FR"], met["US"]) == (None, None), "the 27th begins in the east"
    life.at(datetime(2026, 11, 27, 5, tzinfo=UTC))
    assert {place: one and one.says for place, one in life.meet().items()} == UNTIL


def _pre_ordered(life: Life) -> None:
    life.at(datetime(2026, 11, 28, 12, tzinfo=UTC))
    before = life.stored()
    life.send(announced, pre_ordered, without_media)
    assert life.stored() == before
    assert {place: one and one.tracks for place, one in life.meet().items()} == dict.fromkeys(
        PLACES, (1,)
    )
    life.listeners["FR"].presses_play()


def _out_at_midnight(life: Life) -> None:
    out: list[str] = []
    for place, midnight in MIDNIGHTS.items():
        life.at(midnight - SECOND)
        _only(life, out)
        life.at(midnight)
        out.append(place)
        _only(life, out)
        life.listeners[place].presses_play(1)


def _only(life: Life, out: list[str]) -> None:
    for place, met in life.meet().items():
        expected = Met(BOTH, "", "Tones 1") if place in out else Met((1,), UNTIL[place], "Tones 1")
        assert met == expected, place


def _updated(life: Life) -> None:
    life.at(datetime(2026, 12, 5, 9, tzinfo=UTC))
    stream = life.listeners["US"].opens(life.release)
    life.at(life.now + timedelta(seconds=40))
    stream.hear(31_000)
    before = life.stored()
    assert life.send(announced, retitled("Tones, retold"), without_media) == "live"
    assert life.stored() == before, "nothing was transcoded"
    assert life.meet() == dict.fromkeys(PLACES, Met(BOTH, "", "Tones, retold"))


def _taken_down_in_france(life: Life) -> None:
    life.at(datetime(2026, 12, 6, 10, tzinfo=UTC))
    french, american = life.listeners["FR"], life.listeners["US"]
    streams = {"FR": french.opens(life.release), "US": american.opens(life.release)}
    for one in (french, american):
        one.page.goto(f"/releases/{life.release}")
        one.presses_play()
    assert {place: stream.fetch(0) for place, stream in streams.items()} == {"FR": 200, "US": 200}
    assert life.send(announced, retitled("Tones"), not_in_france, without_media) == "live"
    began, last = life.now, streams["FR"].segments
    while streams["FR"].fetch(-1) == 200:
        life.at(life.now + SECOND)
        assert life.now - began <= timedelta(seconds=PROMISE), f"still served: {last[-1]}"
    assert streams["FR"].fetch(0) == 403, "a segment that it had before too"
    assert streams["US"].fetch(-1) == 200
    for one in (french, american):
        one.asks_for(1)  # on the page that was open before; what is buffered plays on
    expect(french.page.locator(".player")).to_have_attribute("data-phase", "refused")
    expect(french.page.locator(".player [data-now-title]")).to_contain_text("No deal for France")
    american.page.wait_for_selector('.player[data-phase="playing"]')
    met = life.meet()
    assert met["FR"] is not None
    assert (met["FR"].tracks, met["FR"].says) == ((), "No deal for France (FR).")
    assert {met[place] for place in ("NZ", "US")} == {Met(BOTH, "", "Tones")}


def _purged_and_returned(life: Life) -> None:
    life.at(datetime(2026, 12, 7, 10, tzinfo=UTC))
    stream = life.listeners["US"].opens(life.release)
    assert stream.fetch(0) == 200
    assert life.send(purged) == "purged"
    life.at(life.now + timedelta(seconds=PROMISE))
    assert stream.fetch(1) == 403
    assert life.meet() == dict.fromkeys(PLACES)
    life.at(datetime(2026, 12, 8, 10, tzinfo=UTC))
    assert life.send(announced) == "live"
    assert life.meet() == dict.fromkeys(PLACES, Met(BOTH, "", "Tones 1"))
    shown = life.listeners["US"].client.get(f"/api/v1/releases/{life.release}").json()
    assert [track["plays"] for track in shown["discs"][0]["tracks"]] == [1, 0]
    life.listeners["FR"].presses_play()


def _looked_back(life: Life) -> None:
    """The log tells each of these days, and what each message did."""
    titles = {}
    for instant in ("2026-11-29", "2026-12-05T12:00:00Z", "2026-12-07T12:00:00Z"):
        told = life.service.run("catalog", "at", instant, "--release", life.release)
        [was] = told["releases"]
        titles[instant] = (was["release"] or {}).get("title")
    assert list(titles.values()) == ["Tones 1", "Tones, retold", None]
    with life.service.database() as session:
        sent = session.scalars(select(Delivery.id).order_by(Delivery.received_at)).all()
    told = life.service.run("catalog", "diff", sent[3])
    assert {(one["territory"], bool(one["after"])) for one in told["deals"]} == {("FR", False)}


def _rebuilt(life: Life) -> None:
    """The catalogue is the fold of its log."""
    told = life.service.run("catalog", "rebuild", "--fresh")
    assert (told["releases"], told["before"]) == (1, told["after"])
