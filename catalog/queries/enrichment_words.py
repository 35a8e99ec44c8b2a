"""What a listener calls the facts of MEAD: labels, words and lines. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ddex.mead.model import Fact

Shape = dict[str, Any]

TAGS: dict[str, str] = {
    "mood": "Mood",
    "activity": "Good for",
    "theme": "Theme",
    "lyric_theme": "Lyrics about",
    "epoch": "Era",
    "period": "Period",
    "genre": "Genre",
    "subgenre": "Style",
    "style": "Style",
    "form": "Form",
    "dance": "Dance",
    "rhythm": "Rhythm",
    "intensity": "Intensity",
    "tempo": "Tempo",
    "bpm": "Speed",
    "key": "Key",
    "meter": "Metre",
    "pitch": "Pitch",
    "vocal_register": "Voice",
    "instrument": "Instruments",
    "artist_type": "Kind",
}
"""Kinds that are a few words, in the order in which they are shown."""

NOTES: dict[str, str] = {"commentary": "Note", "biography": "About the artist", "lyrics": "Lyrics"}
"""Kinds that are a text."""

_NAMES = ("Name/FullName/Name", "Name/FullName", "PartyName/FullName/Name", "PartyName/FullName")


def _named(*steps: str) -> tuple[str, ...]:
    return tuple(f"{step}/{name}" for step in steps for name in _NAMES)


LISTS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "focus_track": ("Listen first to", (("DisplayArtistName/Name",), ("Comment",))),
    "award": (
        "Awards",
        (_named("AwardingBody"), _named("AwardedParty"), ("Date",), ("Comment",)),
    ),
    "chart": ("Charts", (("TopPosition", "ChartEntry/Position"), ("TerritoryCode",))),
    "similar": (
        "Similar",
        (
            ("Release/DisplayArtist/DisplayArtistName", "Resource/DisplayArtist/DisplayArtistName"),
            ("Description/Text",),
        ),
    ),
    "influence": ("Influences", (("Description",),)),
    "related": (
        "Related",
        (("DisplayArtistName", "DisplayArtistName/Name"), ("RelatedResourceType",)),
    ),
    "sample": ("Samples", (("Description",),)),
    "session": ("Recorded at", (("Venue/VenueAddress",), ("Period/StartDate",))),
    "usage": ("Heard in", (("UsageDate",),)),
    "alternative_title": ("Also known as", (("SubTitle/Title",),)),
    "pseudonym": ("Also performs as", ()),
    "pronunciation": ("Say it", ()),
}
"""Kinds that are lines: label, and the details that follow the value (the first of each group)."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST = 20_000
_LINE = 300


def word(fact: Fact) -> str:
    """An allowed value in words (`JazzFusion` is Jazz Fusion); the sender's own as it is."""
    text = fact.value if fact.namespace else _HUMP.sub(" ", fact.value)
    if fact.kind == "bpm":
        return f"{text} BPM"
    return f"{text} Hz" if fact.kind == "pitch" else text[:_LINE]


def line(fact: Fact) -> str:
    """A fact in one line: the value and what tells most of it."""
    _, groups = LISTS[fact.kind]
    parts = [fact.value, *(fact.detail(*group) for group in groups)]
    return " · ".join(_HUMP.sub(" ", part) if " " not in part else part for part in parts if part)[
        :_LINE
    ]


def note(fact: Fact, language: str, source: str) -> Shape:
    """`{"kind", "label", "text", "language", "author", "source"}`."""
    kind = fact.detail("CommentaryNoteType")
    own = fact.detail("CommentaryNoteType/@UserDefinedValue")
    label = own or (_HUMP.sub(" ", kind) if kind and kind != "UserDefined" else NOTES[fact.kind])
    return {
        "kind": fact.kind,
        "label": label[:_LINE],
        "text": fact.value[:_LONGEST],
        "language": fact.language or language,
        "author": fact.detail(*_named("Author"))[:_LINE],
        "source": source,
    }
