"""Shapes of what senders tell of a release (MEAD), part of its page."""

from __future__ import annotations

from pydantic import Field

from server.api.closed import Closed


class Said(Closed):
    """A few words, and who said them: the source of the metadata, else the feed."""

    text: str
    source: str


class Tag(Closed):
    """Words of one kind: mood, theme, activity, epoch, genre, bpm, key and so on."""

    kind: str
    label: str
    values: list[Said]


class Lines(Closed):
    """Lines of one kind: awards, charts, what is similar, other titles and so on."""

    kind: str
    label: str
    lines: list[Said]


class Note(Closed):
    """A text: a note, a biography or lyrics."""

    kind: str
    label: str
    text: str
    language: str
    author: str
    source: str


class Told(Closed):
    """What senders tell of one thing by MEAD messages, as it holds for this viewer."""

    tags: list[Tag]
    notes: list[Note]
    lists: list[Lines]
    images: list[str] = Field(description="Addresses as sent; they are never fetched.")


class About(Told):
    """Of a release, its artist and, by recording id, its tracks; `focus` are recording ids."""

    artist: Told
    tracks: dict[str, Told]
    focus: list[str]
