"""Writing: deterministic, complete or not at all."""

from __future__ import annotations

import pytest

from ddex.dsr.checker import check
from ddex.dsr.records import FINANCIAL, RECORDS
from ddex.dsr.writer import RecordIncomplete, record_line
from tests.unit.ddex.dsr.reports import FINANCIAL_NAME, financial, row, summary
from tests.unit.ddex.dsr.writing import write_report


def test_the_same_values_give_the_same_bytes() -> None:
    assert financial() == financial()
    assert financial().splitlines()[-1] == "SRFO\t5\t1"


def test_titles_may_hold_anything() -> None:
    title = "Tab\tPipe|Back\\slash\nLine \u202eRTL\u202c 🎶 \x00"
    line = record_line(RECORDS["SR08"], row("t", 1, "1", ReleaseTitle=title))
    assert "Tab\\\tPipe\\\\|Back\\\\\\slash Line \u202eRTL\u202c 🎶\t" in line
    assert line.count("\n") == 1


def test_a_mandatory_cell_left_empty_stops_the_writer() -> None:
    with pytest.raises(RecordIncomplete) as caught:
        record_line(RECORDS["SR08"], row("t", 1, "1", NetUsage=None))
    assert (caught.value.record, caught.value.cell) == ("SR08", "NetUsage")
    with pytest.raises(RecordIncomplete):
        record_line(RECORDS["SR08"], row("t", 1, "1", Nonsense=1))


def test_a_period_without_usage_is_head_summary_footer() -> None:
    zero = summary(Usages=0, AllocatedUsages=0)
    for name in list(zero):
        if "Revenue" in name or "FinalTotal" in name:
            zero[name] = 0
    head = dict(
        zip(
            [c.name for c in RECORDS["HEAD/SRB"].cells],
            financial().split("\n")[0].split("\t"),
            strict=True,
        )
    )
    own = {k: v for k, v in head.items() if k != "RecordType"}
    text = "".join(write_report(FINANCIAL, head=own, summaries=[zero], rows=[]))
    assert text.splitlines()[-1] == "SRFO\t3\t1"
    assert check(text.encode(), FINANCIAL_NAME).findings == ()
