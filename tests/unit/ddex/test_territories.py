"""The table of territories: complete, and every zone exists in tzdata."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import available_timezones

import pytest

from ddex.data.territories import WORLDWIDE, find, territories


def test_every_zone_exists_in_tzdata() -> None:
    known = available_timezones()
    assert {t.zone for t in territories().values()} <= known
    assert all(t.tzinfo.key == t.zone for t in territories().values())


def test_every_iso_code_of_tzdata_is_there() -> None:
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    iso = {line.split("\t")[0] for line in table.splitlines() if not line.startswith("#")}
    assert iso <= set(territories())
    assert set(territories()) - iso == {"AN", "CS", "XK", "ES-CE", "ES-CN", "ES-ML", WORLDWIDE}


def test_a_country_with_one_zone_has_that_zone() -> None:
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            code, _, zone, *_ = line.split("\t")
            zones.setdefault(code, []).append(zone)
    for code, found in zones.items():
        assert territories()[code].zone in found


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("US", "America/New_York"),
        ("CA", "America/Toronto"),
        ("AU", "Australia/Sydney"),
        ("BR", "America/Sao_Paulo"),
        ("RU", "Europe/Moscow"),
        ("DE", "Europe/Berlin"),
        ("ES-CN", "Atlantic/Canary"),
    ],
)
def test_the_chosen_zone_of_countries_with_several(code: str, zone: str) -> None:
    found = find(code)
    assert found is not None
    assert found.zone == zone


def test_names_stand_in_sentences() -> None:
    phrases = {code: t.phrase for code, t in territories().items()}
    assert phrases["US"] == "the United States"
    assert phrases["DE"] == "Germany"
    assert all(t.name and t.name == t.name.strip() for t in territories().values())


def test_letter_case_is_forgiven_and_nonsense_is_not_found() -> None:
    assert find("de") is find("DE")
    assert find("worldwide") is find(WORLDWIDE)
    assert find("2136") is None
    assert find("") is None
    assert find("ZZ") is None


def test_a_place_with_a_code_of_its_own_belongs_to_its_country() -> None:
    canary = find("ES-CN")
    assert canary is not None
    assert canary.country == "ES"
