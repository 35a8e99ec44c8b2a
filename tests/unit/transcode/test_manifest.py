from __future__ import annotations

import json

import pytest

from transcode.loudness import Loudness
from transcode.manifest import Manifest, Rendition, Segment

MANIFEST = Manifest(
    asset="a" * 64,
    source="b" * 64,
    recipe="1",
    rate=44_100,
    samples=88_200,
    channels=2,
    lossless=True,
    loudness=Loudness(integrated=-14.0, range=3.1, true_peak=-1.0),
    peaks=(0, 128, 255),
    silence=(0, 441),
    renditions=(
        Rendition(
            name="aac64",
            codec="aac",
            codecs="mp4a.40.2",
            bandwidth=66_000,
            average_bandwidth=65_000,
            rate=44_100,
            bits=0,
            channels=2,
            delay=1_024,
            padding=888,
            samples=88_200,
            init_bytes=692,
            segments=(Segment(samples=90_112, bytes=16_000),),
        ),
    ),
)


def test_json_round_trip() -> None:
    plain = json.loads(json.dumps(MANIFEST.to_json()))
    assert plain["duration"] == 2.0
    assert plain["renditions"][0]["segments"] == [[90_112, 16_000]]
    assert Manifest.from_json(plain) == MANIFEST


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        Manifest.from_json({**MANIFEST.to_json(), "version": 2})
