"""A made-up catalogue in the shapes that the pages take."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from tests.e2e.player.covers import Cover

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTISTS = ["Ilva Marrow", "Tern & Tide", "Odalin", "Veldra Quartet", "Kilo Fern", "Nahr Assembly",
           "Ostra", "Roomtone", "Dova", "Levan Oste", "Sanna Veil", "Brine Choir"]  # fmt: skip
TITLES = ["Glass Orchard", "Slow Harbour", "Paper Weather", "Night Ferry Suite", "Static Bloom",
          "Tilework", "Umbra Lines", "Evening Index", "Orbit for Two", "Third Growth",
          "Half-Lit Rooms", "Salt Almanac"]  # fmt: skip
KINDS = ["orbs", "sun", "tiles", "waves", "rings", "tiles", "rings", "sun", "orbs", "waves",
         "tiles", "waves"]  # fmt: skip
HUES = [345, 260, 40, 60, 330, 165, 290, 245, 230, 130, 20, 235]
TRACKS = ["Opening, Frost", "Glass Orchard", "The Picker\u2019s Song", "Lantern Row",
          "Under the Nets", "What the Wasps Knew", "Cold Cider", "Rootstock",
          "Second Harvest", "Ladder to the Sky", "Closing, Thaw"]  # fmt: skip
SEAMS = {1, 2, 4, 8, 9, 10}
LENGTHS = [24.1, 18.3, 14.7]
LOCKED = "Not available in DE until 12 December 2026. The label has not released it here yet."


def peaks(seed: int, count: int = 208) -> list[int]:
    """A believable waveform."""
    rng = random.Random(seed)  # noqa: S311 - a picture, not a secret
    phase = rng.random() * 6
    return [
        int(255 * min(1, max(0.06, (0.35 + 0.35 * math.sin(i / count * 9 + phase) ** 2)
            * (0.55 + 0.65 * rng.random()) * min(1, (i + 3) / 12, (count - i) / 10))))
        for i in range(count)
    ]  # fmt: skip


def _id(number: int) -> str:
    return f"00000000-0000-5000-8000-{number:012d}"


def asset_of(recording_id: str) -> int:
    """Which of the made assets a recording plays."""
    number = int(recording_id[-12:]) - 1000
    return (number // 100 + number % 100 - 1) % 3


def cover(number: int) -> Cover:
    return Cover(KINDS[number % 12], HUES[number % 12], 0.09, number)


def track(release: int, number: int) -> dict[str, Any]:
    locked = release == 0 and number == 7
    return {
        "recording_id": _id(release * 100 + number + 1000),
        "isrc": f"QZSGE26{release:02d}{number:03d}",
        "number": number,
        "title": TRACKS[number - 1] if release == 0 else f"Part {number}",
        "artist": "Ilva Marrow, Odalin" if release == 0 and number == 6 else ARTISTS[release % 12],
        "seconds": LENGTHS[(release + number - 1) % 3],
        "advisory": "Explicit" if release == 0 and number == 6 else "",
        "plays": (12 - number) ** 3 * 900 if release == 0 else 0,
        "playable": not locked,
        "reason": LOCKED if locked else None,
        "until": "2026-12-12" if locked else None,
        "peaks": peaks(release * 20 + number),
        "gapless_next": release == 0 and number in SEAMS and number < 11,
        "quality": {"lossless": True, "bits": 24, "rate": 96000},
    }


def release(number: int) -> dict[str, Any]:
    count = 11 if number == 0 else 3 + number % 4
    tracks = [track(number, at) for at in range(1, count + 1)]
    return {
        "id": _id(number + 1), "title": TITLES[number % 12], "artist": ARTISTS[number % 12],
        "artwork": None if number == 6 else f"/art/cover{number}", "hue": HUES[number % 12],
        "chroma": 0.09, "date": "2026-11-06", "tracks": count,
        "seconds": sum(one["seconds"] for one in tracks), "label": "Fernlight Recordings",
        "type": "Album", "genre": "Ambient", "icpn": f"42609912011{83 - number:02d}",
        "p_line": "2026 Fernlight Recordings", "c_line": "2026 Fernlight Recordings",
        "advisory": "", "feed_name": "Northpier Distribution",
        "credits": [
            {"role": "Written by", "names": ["Ilva Marrow"]},
            {"role": "Produced by", "names": ["Joren Halde"]},
            {"role": "Strings", "names": ["Veldra Quartet"]},
            {"role": "Mastered by", "names": ["Pim Aurell"]},
        ],
        "discs": [{"number": 1, "title": "", "tracks": tracks}], "playable": True, "reason": None,
    }  # fmt: skip


CARD = ("id", "title", "artist", "artwork", "hue", "chroma", "date", "tracks", "seconds")


def card(full: dict[str, Any]) -> dict[str, Any]:
    return {key: full[key] for key in CARD}


XML = "\n".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43">',
        "  <ResourceList>",
        *[
            line
            for at in range(1, 30)
            for line in (
                "    <SoundRecording>",
                f"      <ResourceReference>A{at}</ResourceReference>",
                "      <Type>MusicalWorkSoundRecording</Type>",
                "      <ResourceId>",
                f"        <ISRC>{'ZZF1R260041' if at == 4 else f'ZZF1R26{at:05d}'}</ISRC>",
                "      </ResourceId>",
                f"      <Duration>{'PT5M60S' if at == 6 else 'PT3M12S'}</Duration>",
                "    </SoundRecording>",
            )
        ],
        "  </ResourceList>",
        "</ern:NewReleaseMessage>",
    ]
)


def finding(**change: Any) -> dict[str, Any]:
    return {
        "code": "ERN-0612", "rule": 6, "severity": "reject", "ack_status": "ResourceCorrupt",
        "message": "ISRC is one character short", "remedy": "Use ZZF1R2600041, five last digits.",
        "file": "4260991201183.xml", "line": 32, "column": 15, "xpath": "/NewReleaseMessage",
        "value": "ZZF1R260041", "expected": "12 characters", "clause": "ISO 3901",
        "resource": "A4", "count": 1, **change,
    }  # fmt: skip


def delivery(at: int, state: str, **change: Any) -> dict[str, Any]:
    full = release(at % 12)
    return {
        "id": f"dlv_{at:04d}", "feed": ["Northpier", "Fathom Works", "Delta Relay"][at % 3],
        "batch": f"20261121_0931_{at:02d}", "release_folder": full["icpn"], "state": state,
        "protocol": "sftp", "files": 13, "file_list": [], "bytes": 612_000_000, "findings": [],
        "schema": "used", "skipped": [], "decisions": [], "report": None,
        "acknowledgement": None, "message_id": f"NP-{at:06d}", "title": full["title"],
        "artist": full["artist"], "icpn": full["icpn"], "artwork": full["artwork"],
        "received_at": f"2026-11-21T{max(0, 9 - at):02d}:{(31 + at * 7) % 60:02d}:04+00:00",
        "updated_at": "2026-11-21T09:32:00+00:00", "waiting_for": "", "attention_at": None,
        "is_test": False, "answers": [], "tellings": [], "availability": None, **change,
    }  # fmt: skip


FINDINGS = [
    finding(),
    finding(code="ERN-1104", message="Audio does not match its hash",
            remedy="Send the file again, or a new hash if it was remastered.", line=0,
            value="9c41e07bd2f8", expected="51ab90c307de", file="resources/A4_lantern-row.flac"),
    finding(code="ERN-1902", severity="warn", message="Duration is written past the minute",
            remedy="Write PT6M.", line=50, value="PT5M60S", expected="PT6M"),
]  # fmt: skip


def deliveries() -> list[dict[str, Any]]:
    plan: list[tuple[str, dict[str, Any]]] = [
        ("checking", {"waiting_for": "Segue: audio, 7 of 10"}),
        ("refused", {"findings": FINDINGS, "schema": "absent", "skipped": [2],
                     "waiting_for": "Corrected ISRC, track 4",
                     "acknowledgement": "acknowledgements/ACK_NP-000001_20261121.xml"}),
        ("incomplete", {"waiting_for": "3 audio files still to arrive"}),
        ("held", {"findings": FINDINGS[2:], "waiting_for": "Approve the takedown"}),
        ("live", {}), ("live", {"findings": FINDINGS[2:]}),
        ("scheduled", {"waiting_for": "28 November 2026, 00:00"}),
        ("failed", {"waiting_for": "No space left; retry when there is"}),
        ("live", {}), ("repeated", {}), ("superseded", {}), ("live", {}),
    ]  # fmt: skip
    return [delivery(at, state, **change) for at, (state, change) in enumerate(plan)]


def flowing(lengths: Sequence[float]) -> dict[str, Any]:
    """One release whose tracks run into each other; a recording's id ends in its asset's number."""
    tracks = [
        {
            **track(0, 1),
            "recording_id": _id(number),
            "number": number + 1,
            "title": f"Part {number + 1}",
            "seconds": seconds,
            "gapless_next": number + 1 < len(lengths),
        }
        for number, seconds in enumerate(lengths)
    ]
    discs = [{"number": 1, "title": "", "tracks": tracks}]
    return {**release(0), "discs": discs, "tracks": len(tracks), "seconds": sum(lengths)}


def asset_by_number(recording_id: str) -> int:
    """The asset of a recording of `flowing`."""
    return int(recording_id[-12:])
