"""What the model says of itself: values by territory, the order of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from ddex.ern.model import ContentItem, CopyrightLine, Fact, Localized, Release, ResourceGroup
from ddex.ern.model_values import for_territory

if TYPE_CHECKING:
    from collections.abc import Sequence

FRENCH = Localized(text="fr", territories=("FR", "BE"), language="fr-Latn")
DUTCH = Localized(text="nl", territories=("BE",), language="nl")
OUTSIDE = Localized(text="not US", excluded=("US", "CA"))
DEFAULT = Localized(text="default", territories=("GB",), is_default=True)
WORLD = Localized(text="world", territories=("Worldwide",))
PLAIN = Localized(text="plain")
GERMAN = Localized(text="de", territories=("DE",))


@pytest.mark.parametrize(
    ("values", "territory", "language", "expected"),
    [
        ((WORLD, FRENCH), "FR", "", "fr"),
        ((OUTSIDE, FRENCH), "FR", "", "fr"),
        ((DEFAULT, OUTSIDE), "FR", "", "not US"),
        ((OUTSIDE, DEFAULT), "US", "", "default"),
        ((OUTSIDE, WORLD), "US", "", "world"),
        ((WORLD, DEFAULT), "FR", "", "default"),
        ((GERMAN, WORLD), "FR", "", "world"),
        ((GERMAN, PLAIN), "FR", "", "plain"),
        ((GERMAN, FRENCH), "US", "", "de"),
        ((OUTSIDE,), "US", "", "not US"),
        ((GERMAN, DEFAULT), "", "", "default"),
        ((OUTSIDE, WORLD), "", "", "world"),
        ((FRENCH, DUTCH), "BE", "nl", "nl"),
        ((DUTCH, FRENCH), "BE", "fr", "fr"),
        ((DUTCH, FRENCH), "BE", "fr-Latn", "fr"),
        ((DUTCH, FRENCH), "BE", "ja", "nl"),
        ((), "FR", "", None),
    ],
)
def test_a_value_for_a_territory(
    values: Sequence[Localized], territory: str, language: str, expected: str | None
) -> None:
    found = for_territory(values, territory, language)
    assert (found.text if found else None) == expected


def test_lines_resolve_as_texts_do() -> None:
    lines = (CopyrightLine(text="(P) A"), CopyrightLine(text="(P) B", territories=("JP",)))
    assert for_territory(lines, "JP") is lines[1]
    assert for_territory(lines, "US") is lines[0]


CODES = st.sampled_from(["US", "DE", "FR", "Worldwide"])
VALUES = st.builds(
    Localized,
    text=st.text(max_size=3),
    territories=st.lists(CODES, max_size=2).map(tuple),
    excluded=st.lists(CODES, max_size=2).map(tuple),
    is_default=st.booleans(),
)


@given(st.lists(VALUES, min_size=1, max_size=5), CODES)
def test_there_is_a_value_whenever_there_are_any(values: list[Localized], territory: str) -> None:
    found = for_territory(values, territory)
    assert found in values
    if any(territory in each.territories for each in values):
        assert found is not None
        assert territory in found.territories


def item(reference: str, sequence: int | None = None, kind: str = "") -> ContentItem:
    return ContentItem(resource_reference=reference, sequence=sequence, resource_type=kind)


def titled(text: str) -> tuple[Localized, ...]:
    return (Localized(text=text),)


def test_works_and_single_tracks_share_one_numbering() -> None:
    work = ResourceGroup(type="MultiWorkPart", sequence=2, items=(item("A3", 2), item("A2", 1)))
    top = ResourceGroup(items=(item("A4", 3), item("A1", 1), item("A9")), groups=(work,))
    release = Release(reference="R0", resource_group=top)
    assert release.primary_references == ("A1", "A2", "A3", "A4", "A9")
    assert release.discs == (("A1", "A2", "A3", "A4", "A9"),)


def test_discs_stand_in_order_and_hold_their_works() -> None:
    work = ResourceGroup(sequence=1, titles=titled("Sonata"), items=(item("B1", 1), item("B2", 2)))
    second = ResourceGroup(sequence=2, titles=titled("Disc 2"), items=(item("C1", 1),))
    first = ResourceGroup(sequence=1, items=(item("B3", 2),), groups=(work,))
    release = Release(
        reference="R0",
        resource_group=ResourceGroup(
            groups=(second, first), items=(item("X1", None, "Secondary"),)
        ),
    )
    assert release.discs == (("B1", "B2", "B3"), ("C1",))
    assert release.primary_references == ("B1", "B2", "B3", "C1")


def test_works_without_single_tracks_are_one_disc_where_types_say_so() -> None:
    works = tuple(
        ResourceGroup(type="MultiWorkPart", sequence=n, items=(item(f"A{n}", 1),)) for n in (1, 2)
    )
    assert Release(reference="R0", resource_group=ResourceGroup(groups=works)).discs == (
        ("A1", "A2"),
    )


def test_a_list_without_group_gives_the_order_and_the_secondary_ones_are_out() -> None:
    release = Release(
        reference="R0",
        resource_references=("A2", "A1"),
        secondary_references=("A3",),
        resource_group=ResourceGroup(items=(item("A1", 1), item("A3", 2))),
    )
    assert release.primary_references == ("A1", "A2")
    assert release.discs == (("A1",),)


def test_a_fact_answers_by_path() -> None:
    fact = Fact(name="Cue", facts=(Fact(name="Title", facts=(Fact(name="TitleText", text="x"),)),))
    assert fact.at("Title/TitleText") == "x"
    assert fact.at("Title") == ""
    assert fact.at("Nothing/There") == ""


def test_an_item_goes_before_the_list() -> None:
    release = Release(
        reference="R0",
        secondary_references=("A1", "A2"),
        resource_group=ResourceGroup(items=(item("A1", 1, "Primary"), item("A2", 2))),
    )
    assert release.primary_references == ("A1",)
