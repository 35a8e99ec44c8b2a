from __future__ import annotations

import pytest

from transcode.loudness import SILENT_LUFS, SILENT_PEAK, Blocks, Loudness, album, parse

SUMMARY = """
[Parsed_ebur128_3 @ 0x7f3f680035c0] [info] Summary:

  Integrated loudness:
    I:         {i} LUFS
    Threshold: -22.1 LUFS

  Loudness range:
    LRA:         {lra} LU
    Threshold: -32.1 LUFS
    LRA low:   -12.1 LUFS
    LRA high:  -12.1 LUFS

  True peak:
    Peak:       {peak} dBFS
"""


def test_summary_is_read() -> None:
    log = "[info] size=1\n" + SUMMARY.format(i="-12.1", lra="4.5", peak="0.3")
    assert parse(log) == Loudness(integrated=-12.1, range=4.5, true_peak=0.3)


@pytest.mark.parametrize("peak", ["-inf", "-200.0"])
def test_silence_stays_a_number(peak: str) -> None:
    found = parse(SUMMARY.format(i="-70.0", lra="0.0", peak=peak))
    assert found == Loudness(integrated=SILENT_LUFS, range=0.0, true_peak=SILENT_PEAK)


@pytest.mark.parametrize("log", ["", "Integrated loudness:\n    I: -12.1 LUFS\n"])
def test_a_log_without_summary_is_refused(log: str) -> None:
    with pytest.raises(ValueError, match="loudness summary"):
        parse(log)


def _track(peak: float, *blocks: tuple[int, int]) -> tuple[Loudness, Blocks]:
    return Loudness(integrated=0.0, range=0.0, true_peak=peak), Blocks(
        momentary=blocks, short=blocks
    )


def test_an_album_is_loud_as_its_tracks_are_in_one_piece() -> None:
    """Half of the blocks at -20, half at -10 LUFS: mean power -12.6; both within the gates."""
    one, two = _track(-3.0, (-200, 600)), _track(-1.5, (-100, 600))
    assert album([one, two]) == Loudness(integrated=-12.6, range=10.0, true_peak=-1.5)


def test_blocks_far_under_the_mean_are_gated_out() -> None:
    assert album([_track(-1.0, (-600, 900), (-100, 100))]).integrated == -10.0


def test_an_album_of_silence_has_numbers_too() -> None:
    silent = Loudness(integrated=SILENT_LUFS, range=0.0, true_peak=SILENT_PEAK)
    assert album([(silent, Blocks())]) == silent
    assert album([]) == silent


def test_blocks_are_counted_by_tenths() -> None:
    text = """frame:0    pts:0       pts_time:0
lavfi.r128.M=-120.691
frame:4    pts:17640   pts_time:0.4
lavfi.r128.M=-23.04
lavfi.r128.M=-22.96
lavfi.r128.S=-23.000
lavfi.r128.S=nan
"""
    assert Blocks.parse(text.splitlines()) == Blocks(momentary=((-230, 2),), short=((-230, 1),))
