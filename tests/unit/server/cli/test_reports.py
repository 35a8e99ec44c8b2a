from __future__ import annotations

from typing import Any

from server.cli.reports import SHOWN, lines

ENTRY = {"identifier": "ICPN:1", "title": "A\x1b[2Jb", "artist": "B", "release_id": None}


def test_a_catalogue_list_is_told_by_group() -> None:
    report: dict[str, Any] = {
        "kind": "catalogue",
        "listed": 2,
        "published": "2026-01-01",
        "counts": {"live": 0, "taken_down": 0, "unknown": SHOWN + 3, "not_listed": 0},
        "live": [],
        "taken_down": [],
        "unknown": [ENTRY] * (SHOWN + 3),
        "not_listed": [],
        "test": False,
    }
    text = "\n".join(lines(report))
    assert f"unknown here: {SHOWN + 3}" in text
    assert text.count("ICPN:1") == SHOWN
    assert "and 3 more" in text
    assert "\x1b" not in text


def test_an_enrichment_is_told_by_subject() -> None:
    subject = {"kind": "recording", "identifier": "ISRC:X", "title": "T", "facts": 1}
    report = {
        "kind": "enrichment",
        "test": True,
        "counts": {"applied": 1, "waiting": 1, "foreign": 0},
        "subjects": [{**subject, "status": "applied"}, {**subject, "status": "waiting"}],
    }
    text = "\n".join(lines(report))
    assert "a test: nothing was applied" in text
    assert "recording ISRC:X T: 1 fact, applied" in text
    assert "kept until its release arrives" in text
