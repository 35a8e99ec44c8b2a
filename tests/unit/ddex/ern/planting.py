"""Plants faults into the small albums of each version, and judges them with sound media beside."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ddex.ern.reader import read
from ddex.ern.rules import Context, MediaFacts, check
from ddex.xml import parse
from tests.fixtures.ern_facts import NAMES, SECONDS
from tests.fixtures.ern_messages import compact, pretty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ddex.ern.model import Message
    from ddex.ern.rules import MediaKey
    from ddex.findings import Finding

Plant = tuple[str, str]
AUDIO = MediaFacts(codec="flac", seconds=SECONDS, rate=44_100, bits=16, channels=2)
COVER = MediaFacts(codec="JPEG", width=1600, height=1600)
FIRST, SECOND, FRONT = NAMES
SOUND: Mapping[MediaKey, MediaFacts] = {
    (FIRST, "audio"): AUDIO,
    (SECOND, "audio"): AUDIO,
    (FRONT, "image"): COVER,
}
HERE = dict.fromkeys(NAMES, 5)


def spoiled(version: str, *plants: Plant) -> bytes:
    """The album with patterns replaced: each must be there, and all its places are replaced."""
    text = compact(version).decode()
    for pattern, new in plants:
        text, count = re.subn(pattern, new, text)
        assert count, f"{pattern!r} is not in the album of {version}"
    return pretty(text.encode())


def message(version: str, *plants: Plant) -> Message:
    """The model of the spoiled album."""
    return read(parse(spoiled(version, *plants)))


def judged(
    version: str,
    *plants: Plant,
    about: Context | None = None,
    media: Mapping[MediaKey, MediaFacts] | None = None,
) -> list[Finding]:
    """The findings of the spoiled album; media are sound but for those given."""
    context = replace(about or Context(), files=HERE, media={**SOUND, **(media or {})})
    return list(check(message(version, *plants), context))


def codes(findings: list[Finding], rule: int = 0) -> list[str]:
    """The codes of the findings, or of one rule's."""
    return [each.code for each in findings if rule in {0, each.rule}]
