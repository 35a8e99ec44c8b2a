from __future__ import annotations

from typing import Any

from server.web.message import AROUND, FOLD_SHOWN, marked, numbered

XML = b"\n".join(b"<line n='%d'/>" % number for number in range(1, 101))


def fault(line: int, severity: str = "reject", value: str = "") -> dict[str, Any]:
    return {"line": line, "severity": severity, "value": value, "message": "", "remedy": ""}


def test_errors_come_first_then_the_order_of_the_file() -> None:
    found = numbered([fault(9, "warn"), fault(50), fault(0), fault(7), fault(3, "hold")])
    assert [one["line"] for one in found] == [7, 50, 0, 3, 9]
    assert [one["number"] for one in found] == [1, 2, 3, 4, 5]


def test_marked_places_show_their_surroundings_and_the_rest_is_folded() -> None:
    parts = marked(XML, [fault(20), fault(60)])
    assert [(part.folded, part.count) for part in parts] == [
        (True, 14), (False, 11), (True, 29), (False, 11), (True, 35),
    ]  # fmt: skip
    assert sum(part.count for part in parts) == 100
    line = parts[1].lines[AROUND]
    assert line.number == 20
    assert len(line.marks) == 1


def test_the_value_found_is_cut_out_of_its_line() -> None:
    parts = marked(XML, [fault(20, value="n='20'")])
    assert parts[1].lines[AROUND].parts() == ("<line ", "n='20'", "/>")
    assert parts[1].lines[0].parts() == ("<line n='15'/>", "", "")


def test_lines_that_are_not_there_and_broken_bytes_do_no_harm() -> None:
    assert sum(part.count for part in marked(XML, [fault(9999), fault(-4)])) == 100
    assert marked(b"", [fault(1)]) == []
    assert "\ufffd" in marked(b"<a>\xff\xfe</a>", [fault(1)])[0].lines[0].text


def test_a_long_fold_keeps_its_count_and_not_its_lines() -> None:
    parts = marked(b"<x/>\n" * 5000, [fault(1)])
    assert parts[-1].folded
    assert parts[-1].count == 5000 - 1 - AROUND
    assert len(parts[-1].lines) == FOLD_SHOWN
