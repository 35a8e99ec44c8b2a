from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from transcode.ladder import AU, RATES, Plan, aac_rate_of, context_of, ladder, segment_of


def by_name(rate: int, bits: int = 16) -> dict[str, Plan]:
    return {plan.name: plan for plan in ladder(rate=rate, bits=bits, lossless=True)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (44100, 44100),
        (88200, 44100),
        (176400, 44100),
        (48000, 48000),
        (96000, 48000),
        (192000, 48000),
        (32000, 48000),
        (22050, 48000),
        (8000, 48000),
    ],
)
def test_aac_runs_at_44_1_or_48(source: int, expected: int) -> None:
    assert aac_rate_of(source) == expected
    assert by_name(source)["aac128"].rate == expected
    assert by_name(source)["flac"].rate == min(source, expected)


@pytest.mark.parametrize(
    ("source", "flac", "hires"),
    [
        *[(44_100, 44_100, None), (48_000, 48_000, None), (32_000, 32_000, None)],
        *[(88_200, 44_100, 88_200), (96_000, 48_000, 96_000), (192_000, 48_000, 192_000)],
    ],
)
def test_hires_is_made_of_hires_only_and_flac_fits_every_device(
    source: int, flac: int, hires: int | None
) -> None:
    plans = by_name(source, 24)
    assert (plans["flac"].rate, plans["flac"].bits) == (flac, 24)
    assert (plans["hires"].rate if "hires" in plans else None) == hires


@pytest.mark.parametrize("rate", RATES)
def test_the_context_is_whole_in_units_and_in_samples(rate: int) -> None:
    units, samples = context_of(rate)
    assert units >= 2
    assert samples * aac_rate_of(rate) == units * AU * rate


def test_the_usual_rates_have_segments_near_six_seconds() -> None:
    assert segment_of(44_100) == 256 * AU
    assert segment_of(48_000) == 288 * AU
    assert segment_of(96_000) == 2 * 288 * AU


@pytest.mark.parametrize("rate", RATES)
def test_cuts_are_the_same_instant_in_every_rendition(rate: int) -> None:
    plans = ladder(rate=rate, bits=24, lossless=True)
    aac, *exact = [plan for plan in plans if plan.name == "aac128" or plan.codec == "flac"]
    assert aac.segment % AU == 0
    for flac in exact:
        assert aac.segment * flac.rate == flac.segment * aac.rate
        assert flac.segment % flac.block == 0
        assert 16 <= flac.block <= 65_535
        assert 5.9 <= flac.segment / flac.rate <= 6.2


@given(st.sampled_from([44_100, 48_000, 88_200, 96_000, 176_400, 192_000]))
def test_all_renditions_start_at_the_same_instant(rate: int) -> None:
    assert len({plan.delay / plan.rate for plan in ladder(rate=rate, bits=16, lossless=True)}) == 1


@pytest.mark.parametrize(("bits", "expected"), [(8, 16), (16, 16), (20, 24), (24, 24), (32, 24)])
def test_depth_is_kept_up_to_24(bits: int, expected: int) -> None:
    assert by_name(44_100, bits)["flac"].bits == expected


def test_a_lossy_source_gets_no_lossless_rendition() -> None:
    names = [plan.name for plan in ladder(rate=44_100, bits=0, lossless=False)]
    assert names == ["aac64", "aac128", "aac256"]


def test_codecs_are_named_for_playlists() -> None:
    assert [plan.codecs for plan in by_name(44_100).values()] == ["mp4a.40.2"] * 3 + ["fLaC"]
