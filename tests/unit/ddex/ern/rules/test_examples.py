"""Every code of the table shows a wrong and a right piece of XML: the wrong one gives its finding.

An example is a part of a faultless message: of the album in ERN 4.3 or 3.8.2, or of the older
fixture `messages.ALBUM`. The right piece is in it and gives nothing; the wrong one in its place
does, with faulty media beside it that a wrong piece may name.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from ddex.ern.examine import examine
from ddex.ern.rules import Context, Feed, MediaFacts, all_rules, rule
from ddex.findings import Severity
from tests.fixtures.ern_messages import RECIPIENT, SENDER, compact, files
from tests.unit.ddex.ern import messages
from tests.unit.ddex.ern.planting import SOUND
from tests.unit.ddex.ern.rules.planting import KNOWN

if TYPE_CHECKING:
    from core.schemas import SchemaFolder
    from ddex.ern.rules import MediaKey
    from ddex.findings import Finding, Rule

ELSEWHERE = {
    "ERN-0103": "depth",
    "ERN-0104": "size",
    "ERN-0190": "a thousand findings",
    "ERN-0207": "thousands of schema errors",
    "ERN-0501": "the folder",
    "ERN-0502": "the folder",
    "ERN-0801": "a list without its main element",
    "ERN-0805": "a list without its elements",
    "ERN-1904": "a file that is not named",
    "ERN-1905": "an empty file",
    "ERN-1906": "files that are here already",
    "ERN-2501": "a live release",
    "ERN-1508": "a line without text",
    "ERN-1702": "the sum of several durations",
    "ERN-1804": "a second cover",
    "ERN-2004": "the strict policy",
    "ERN-2107": "a preview alone",
    "ERN-2108": "a preview of the same file",
}
"""Codes that no piece of XML alone can show, with what shows them; other tests do."""

_MEDIA = files("43")
FULL = replace(
    KNOWN,
    feed=Feed(dpids=frozenset({SENDER}), our_dpid=RECIPIENT),
    files={path: len(data) for path, data in _MEDIA.items()},
    hashes={(path, "md5"): hashlib.md5(data).digest() for path, data in _MEDIA.items()},  # noqa: S324 - as declared
    media=SOUND,
)
FAULTY: dict[MediaKey, MediaFacts] = {
    ("resources/cut.jpg", "image"): MediaFacts(fault="corrupt", message="it ends early"),
    ("resources/thumbnail.jpg", "image"): MediaFacts(codec="JPEG", width=300, height=300),
    ("resources/small.jpg", "image"): MediaFacts(codec="JPEG", width=1000, height=1000),
    ("resources/wide.jpg", "image"): MediaFacts(codec="JPEG", width=3200, height=1600),
    ("resources/from-mp3.flac", "audio"): MediaFacts(doubts=(("lossy", "it was measured"),)),
    ("resources/upsampled.flac", "audio"): MediaFacts(doubts=(("upsampled", "it was measured"),)),
    ("resources/padded.flac", "audio"): MediaFacts(doubts=(("padded", "it was measured"),)),
    ("resources/dual-mono.flac", "audio"): MediaFacts(doubts=(("dual_mono", "it was measured"),)),
    ("resources/clipped.flac", "audio"): MediaFacts(doubts=(("clipped", "it was measured"),)),
    ("resources/silent.flac", "audio"): MediaFacts(doubts=(("silent", "it was measured"),)),
    ("resources/surround.flac", "audio"): MediaFacts(doubts=(("downmix", "it was measured"),)),
    ("resources/cut.flac", "audio"): MediaFacts(fault="truncated", message="it ends early"),
    ("resources/words.wav", "audio"): MediaFacts(fault="unsupported", message="it is text"),
}
_NONE = hashlib.md5(b"").digest()  # noqa: S324 - as declared
OLDER = replace(
    FULL,
    feed=Feed(dpids=frozenset({messages.SENDER}), our_dpid=messages.US),
    hashes={(path, "md5"): _NONE for path in _MEDIA},
    media={key: replace(facts, seconds=148) for key, facts in SOUND.items()},
)
TEXTS = {
    "43": (compact("43").decode(), FULL),
    "382": (compact("382").decode(), FULL),
    "album": (messages.ALBUM, OLDER),
}


@cache
def of_right(text: str, schema_folder: SchemaFolder) -> frozenset[str]:
    """Codes of the message as it is."""
    return frozenset(each.code for each in _findings(*TEXTS[text], schema_folder))


def _findings(text: str, context: Context, schema_folder: SchemaFolder) -> tuple[Finding, ...]:
    return examine(text.encode(), resource=schema_folder, context=context).findings


@pytest.mark.parametrize("version", ["43", "382"])
def test_right_pieces_give_nothing(version: str, schema_folder: SchemaFolder) -> None:
    assert of_right(version, schema_folder) == frozenset()


@pytest.mark.parametrize("entry", all_rules(), ids=lambda entry: entry.code)
def test_each_code_is_complete(entry: Rule) -> None:
    assert entry.code.startswith(f"ERN-{entry.number:02}")
    assert 1 <= entry.number <= 25
    assert entry.text.endswith(".")
    assert entry.remedy.endswith(".")
    assert entry.clause
    assert entry.wrong != entry.right
    assert rule(entry.code.lower()) is entry


@pytest.mark.parametrize(
    "entry",
    [each for each in all_rules() if each.code not in ELSEWHERE],
    ids=lambda each: each.code,
)
def test_each_example_is_so(entry: Rule, schema_folder: SchemaFolder) -> None:
    given: dict[str, list[str]] = {}
    for home, (text, context) in TEXTS.items():
        if entry.right not in text:
            continue
        wrong = text.replace(entry.right, entry.wrong)
        found = _findings(wrong, _with_faulty(context), schema_folder)
        given[home] = [each.code for each in found]
        mine = next((each for each in found if each.code == entry.code), None)
        if mine:
            assert entry.code not in of_right(home, schema_folder)
            assert (mine.rule, mine.severity) == (entry.number, entry.severity)
            assert mine.line > 0
            return
    pytest.fail(f"the wrong piece gives no {entry.code}: {given or 'no message has the right one'}")


def _with_faulty(context: Context) -> Context:
    files = {**(context.files or {}), **dict.fromkeys((path for path, _ in FAULTY), 5)}
    return replace(context, files=files, media={**(context.media or {}), **FAULTY})


def test_codes_are_unique() -> None:
    listed = [entry.code for entry in all_rules()]
    assert len(listed) == len(set(listed))
    assert set(ELSEWHERE) <= set(listed)


def test_every_rule_has_a_code_and_every_severity_is_used() -> None:
    assert {entry.number for entry in all_rules()} == set(range(1, 26))
    assert {entry.severity for entry in all_rules()} == set(Severity)
