"""Where the facts of MEAD stand, as tables: one row for each element, for all versions alike.

1.0 and 1.0.1 have the same elements. 1.1 has no PartyInformationList; it adds Activity, DanceStyle,
RhythmStyle, ArtisticStyle, Intensity, Focus and ImpactDate, moves Tempo out of TimeSignature, names
artists by DisplayArtistName and lets most elements occur more than once. A row of one version does
no harm in another, and an element without a row still becomes a fact, named like the element.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddex.mead.model import PARTY, RECORDING, RELEASE, WORK


@dataclass(frozen=True, slots=True)
class Row:
    """How an element becomes facts.

    Attributes:
        kind: of the fact.
        values: paths of the value, the first that is there counts; `.` is the element itself.
        join: puts the values of all paths together with this between them.
        each: every element at the first path makes a fact of its own.
    """

    kind: str
    values: tuple[str, ...] = ("Value",)
    join: str = ""
    each: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the subjects of a kind stand, and what names them."""

    kind: str
    path: str
    summary: str
    identifiers: tuple[str, ...]
    titles: tuple[str, ...] = ("DisplayTitle", "WorkTitle")
    artists: tuple[str, ...] = ("DisplayArtistName", "DisplayArtist", "Writer")


SHELVES: tuple[Shelf, ...] = (
    Shelf(RELEASE, "ReleaseInformationList/ReleaseInformation", "ReleaseSummary", ("ReleaseId",)),
    Shelf(
        RECORDING, "ResourceInformationList/ResourceInformation", "ResourceSummary", ("ResourceId",)
    ),
    Shelf(WORK, "WorkInformationList/WorkInformation", "WorkSummary", ("MusicalWorkId",)),
    Shelf(
        PARTY,
        "PartyInformationList/PartyInformation",
        "Party",
        (".",),
        titles=(),
        artists=("Name",),
    ),
)

IDENTIFIERS = (
    "GRid", "ISRC", "ICPN", "ISWC", "ISNI", "DPID", "IPN", "IpiNameNumber", "CatalogNumber",
    "ProprietaryId", "OpusNumber", "ComposerCatalogNumber", "ISMN", "ISAN", "VISAN", "ISBN", "ISSN",
    "SICI",
)  # fmt: skip

_NAME = ("Name/FullName/Name", "Name/FullName", "PartyName/FullName/Name", "PartyName")
_TITLE = ("Title/TitleText/Title", "Title/TitleText", "Title")
_OTHERS = (
    "Release/ReleaseTitle", "Resource/ResourceTitle", "Work/WorkTitle",
    *(f"Party/{path}" for path in _NAME), "Description", "Description/Text",
)  # fmt: skip

ROWS: dict[str, Row] = {
    "AbsolutePitch": Row("pitch"),
    "Activity": Row("activity"),
    "AlternativeTitle": Row("alternative_title", ("TitleText/Title", "TitleText")),
    "ArtisticInfluence": Row("influence", _OTHERS),
    "ArtisticStyle": Row("style"),
    "ArtistType": Row("artist_type"),
    "Award": Row("award", ("AwardName/Name", "AwardName")),
    "BeatsPerMinute": Row("bpm"),
    "Biography": Row("biography", ("Text",), each=True),
    "ClassicalPeriod": Row("period", ("Name", "Value")),
    "CommentaryNote": Row("commentary", ("Text",), each=True),
    "DanceAndRhythmStyle": Row("dance"),
    "DanceStyle": Row("dance"),
    "DerivedRecording": Row("derived_recording", _TITLE),
    "Epoch": Row("epoch", ("Value",), each=True),
    "Focus": Row("focus", ("Value", "IsFocus", "Comment", "Period/StartDate", ".")),
    "FocusTrack": Row("focus_track", (*_TITLE, "ResourceId/ISRC")),
    "Form": Row("form"),
    "GenreCategory": Row("genre"),
    "Harmony": Row("key", ("RootChordNote", "RootChordQuality", "Mode"), join=" "),
    "HistoricChartingInformation": Row("chart", ("ChartName/Name", "ChartName")),
    "Image": Row("image", ("File/URI",)),
    "ImpactDate": Row("impact_date", ("Value", "Date", ".")),
    "InstrumentUsed": Row("instrument"),
    "Intensity": Row("intensity"),
    "IsCover": Row("is_cover"),
    "IsOriginal": Row("is_original"),
    "IsSimilar": Row("similar", _OTHERS),
    "LocationAndDateOfSession": Row("session", ("Venue/VenueName", "Comment")),
    "LyricTheme": Row("lyric_theme"),
    "Lyrics": Row("lyrics", ("Text", "LyricsText"), each=True),
    "LyricsMood": Row("mood"),
    "Mood": Row("mood"),
    "ProgrammaticTheme": Row("theme"),
    "Pseudonym": Row("pseudonym", _NAME[:2]),
    "RecordingPart": Row("part", ("RecordingPartType",)),
    "RelatedCreation": Row("related", _TITLE),
    "RelatedResource": Row("related", _TITLE),
    "RelatedWork": Row("related_work", ("WorkTitle",)),
    "RhythmStyle": Row("rhythm"),
    "Sample": Row("sample", ("RelatedResource/DisplayTitle/TitleText/Title", "Description")),
    "SubGenreCategory": Row("subgenre", ("Value",), each=True),
    "TargetInstrument": Row("instrument"),
    "Tempo": Row("tempo", ("Value", ".")),
    "Theme": Row("theme"),
    "TimeSignature": Row(
        "meter", ("Meter/NumberOfBeatsInBar", "Meter/NoteEquivalentToBeat"), join="/"
    ),
    "Usage": Row("usage", ("Description", "UsageDate")),
    "UsedMusicalWork": Row("used_work", ("ResourceMusicalWorkReference",), each=True),
    "VocalRegister": Row("vocal_register"),
    "WorkHierarchy": Row("work_hierarchy", ("WorkTitle",)),
}

INNER: dict[str, tuple[str, ...]] = {"TimeSignature": ("Tempo",)}
"""Elements within an element that are facts of their own."""

KINDS: frozenset[str] = frozenset({row.kind for row in ROWS.values()} | {"pronunciation"})
