"""The examples of the rules about content and media are what they say: wrong, and right."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ddex.ern.reader import read
from ddex.ern.rules import Context, MediaFacts, Policy, all_rules, check
from ddex.xml import parse
from tests.fixtures.ern_messages import compact, pretty
from tests.unit.ddex.ern.planting import AUDIO, COVER, HERE, SOUND

if TYPE_CHECKING:
    from ddex.findings import Rule

MINE = {15, 17, 18, 19, 20, 21}
NOT_BY_EXAMPLE = {"ERN-1904", "ERN-1905", "ERN-1906"}
"""They are about files; see test_files."""
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
"""The MD5 of nothing, which the examples give for every file."""
IMAGE = re.compile("<Image>.*</Image>")

FILES: dict[str, MediaFacts] = {
    "resources/from-mp3.flac": MediaFacts(doubts=(("lossy", "it was measured"),)),
    "resources/upsampled.flac": MediaFacts(doubts=(("upsampled", "it was measured"),)),
    "resources/padded.flac": MediaFacts(doubts=(("padded", "it was measured"),)),
    "resources/dual-mono.flac": MediaFacts(doubts=(("dual_mono", "it was measured"),)),
    "resources/clipped.flac": MediaFacts(doubts=(("clipped", "it was measured"),)),
    "resources/silent.flac": MediaFacts(doubts=(("silent", "it was measured"),)),
    "resources/surround.flac": MediaFacts(doubts=(("downmix", "it was measured"),)),
    "resources/cut.flac": MediaFacts(fault="truncated", message="it ends early"),
    "resources/words.wav": MediaFacts(fault="unsupported", message="it is text"),
    "resources/cut.jpg": MediaFacts(fault="truncated", message="it ends early"),
    "resources/thumbnail.jpg": replace(COVER, width=300, height=300),
    "resources/small.jpg": replace(COVER, width=1000, height=1000),
    "resources/wide.jpg": replace(COVER, width=3000),
    "resources/01.FLAC": AUDIO,
}
"""Files that a wrong example names."""


def album(code: str) -> str:
    """The album that the example is planted into."""
    text = re.sub(r"(?<=<HashSumValue>)\w+", EMPTY, compact("43").decode())
    if code == "ERN-1804":  # it takes another cover to name
        cover = IMAGE.findall(text)[0]
        text = text.replace(cover, cover + cover.replace(">A3<", ">A4<").replace(">T3<", ">T4<"))
    return text


def context(code: str) -> Context:
    media = {(path, "image" if path.endswith("jpg") else "audio"): f for path, f in FILES.items()}
    return Context(
        files={path: 5 for path in (*HERE, *FILES) if path != "resources/01.FLAC"},
        media={**SOUND, **media},
        hashes={(path, "md5"): bytes.fromhex(EMPTY) for path in HERE},
        policy=Policy(name="strict") if code == "ERN-2004" else Policy(),
    )


def found(entry: Rule, text: str) -> list[str]:
    message = read(parse(pretty(text.encode())))
    return [each.code for each in check(message, context(entry.code))]


@pytest.mark.parametrize(
    "entry", [rule for rule in all_rules() if rule.number in MINE], ids=lambda rule: rule.code
)
def test_a_rule_is_complete_and_its_example_is_so(entry: Rule) -> None:
    assert entry.code.startswith(f"ERN-{entry.number:02}")
    assert entry.text.endswith(".")
    assert entry.remedy.endswith(".")
    assert entry.wrong != entry.right
    if entry.code in NOT_BY_EXAMPLE:
        return
    text = album(entry.code)
    assert entry.right in text, "the right example is part of the album"
    assert entry.code not in found(entry, text)
    assert entry.code in found(entry, text.replace(entry.right, entry.wrong))
