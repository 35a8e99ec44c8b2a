from __future__ import annotations

from typing import Any

from server.web.message import AROUND, FOLD_SHOWN, FOLDS_SHOWN, LINE_KEPT, PLACES, marked, numbered

XML = b"\n".join(b"<line n='%d'/>" % number for number in range(1, 101))


def fault(line: int, severity: str = "reject", value: str = "") -> dict[str, Any]:
    return {"line": line, "severity": severity, "value": value, "message": "", "remedy": ""}


def test_errors_come_first_then_the_order_of_the_file() -> None:
    found = numbered([fault(9, "warn"), fault(50), fault(0), fault(7), fault(3, "hold")])
    assert [one["line"] for one in found] == [7, 50, 0, 3, 9]
    assert [one["number"] for one in found] == [1, 2, 3, 4, 5]


def test_marked_places_show_their_surroundings_and_the_rest_is_folded() -> None:
    parts = marked(XML, [fault(20), fault(60)]).parts
    assert [(part.folded, part.count) for part in parts] == [
        (True, 14), (False, 11), (True, 29), (False, 11), (True, 35),
    ]  # fmt: skip
    assert sum(part.count for part in parts) == 100
    line = parts[1].lines[AROUND]
    assert line.number == 20
    assert len(line.marks) == 1


def test_the_value_found_is_cut_out_of_its_line() -> None:
    parts = marked(XML, [fault(20, value="n='20'")]).parts
    assert parts[1].lines[AROUND].parts() == ("<line ", "n='20'", "/>")
    plain = marked(XML, [fault(20)]).parts
    assert plain[1].lines[AROUND].parts() == ("", "<line", " n='20'/>")
    assert parts[1].lines[0].parts() == ("<line n='15'/>", "", "")


def test_lines_that_are_not_there_and_broken_bytes_do_no_harm() -> None:
    assert sum(part.count for part in marked(XML, [fault(9999), fault(-4)]).parts) == 100
    assert marked(b"", [fault(1)]).parts == []
    assert "\ufffd" in marked(b"<a>\xff\xfe</a>", [fault(1)]).parts[0].lines[0].text
    hostile = "<a>\u202e\x1b</a>".encode()
    assert marked(hostile, [fault(1)]).parts[0].lines[0].text == "<a>\ufffd\ufffd</a>"


def test_a_long_line_is_cut_around_its_fault() -> None:
    xml = b"<a>" + b"x" * 100_000 + b"<ISRC>BAD</ISRC>" + b"y" * 100_000 + b"</a>"
    line = marked(xml, [{**fault(1, value="BAD"), "column": 100_004}]).parts[0].lines[0]
    before, value, after = line.parts()
    assert (before[:1], value, after[-1:]) == ("…", "BAD", "…")
    assert len(line.text) <= LINE_KEPT + 2


def test_marks_beside_the_message_stand_where_their_lines_do() -> None:
    found = marked(XML, [fault(1), fault(51)])
    assert [tick.at for tick in found.ticks] == [0.0, 50.0]
    assert found.total == 100


def test_a_big_message_with_many_findings_gives_a_bounded_page() -> None:
    found = marked(b"<x/>\n" * 200_000, [fault(at) for at in range(1, 200_000, 200)])
    assert sum(part.count for part in found.parts) == 200_000
    assert sum(len(part.lines) for part in found.parts) < PLACES * 11 + FOLDS_SHOWN + 1
    assert len(found.ticks) == PLACES


def test_a_long_fold_keeps_its_count_and_not_its_lines() -> None:
    parts = marked(b"<x/>\n" * 5000, [fault(1)]).parts
    assert parts[-1].folded
    assert parts[-1].count == 5000 - 1 - AROUND
    assert len(parts[-1].lines) == FOLD_SHOWN
