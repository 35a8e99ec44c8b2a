"""What the player is told of a play's media: enough to fetch and place segments by itself.

A playlist says the same in seconds; a player that joins tracks to the sample needs the integers,
and saves two requests before the first sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

COPIED = (
    *("name", "codecs", "rate", "bits", "channels", "bandwidth", "average_bandwidth"),
    *("delay", "samples", "init_bytes", "segments"),
)


def renditions(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each rendition as measured; addresses are relative to the folder of the playlists.

    `{}` in `media` stands for the number of a segment, from 0.
    """
    ranges = manifest.get("packaging") == "ranges"
    return [
        {**{key: one[key] for key in COPIED}, **_addresses(one["name"], ranges=ranges)}
        for one in manifest.get("renditions", [])
        if one.keys() >= set(COPIED)
    ]


def _addresses(name: str, *, ranges: bool) -> dict[str, str]:
    if ranges:
        return {"init": f"{name}.mp4", "media": f"{name}.mp4"}
    return {"init": f"{name}/init.mp4", "media": f"{name}/{{}}.m4s"}


def loudness(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Of the track, and of its album where that was measured: LUFS and dBTP."""
    return {
        "track": _measured(manifest.get("loudness")),
        "album": _measured(manifest.get("album_loudness")),
    }


def _measured(found: Mapping[str, Any] | None) -> dict[str, float] | None:
    if not found:
        return None
    return {"integrated": found["integrated"], "true_peak": found["true_peak"]}
