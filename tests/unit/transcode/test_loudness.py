from __future__ import annotations

import pytest

from transcode.loudness import SILENT_LUFS, SILENT_PEAK, Loudness, parse

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
