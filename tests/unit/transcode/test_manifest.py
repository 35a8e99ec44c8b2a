from __future__ import annotations

import json

import pytest

from transcode.loudness import Blocks, Loudness
from transcode.manifest import Manifest, Neighbours, Rendition, Segment

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
            preroll_units=1,
        ),
    ),
    context=Neighbours(previous="c" * 64, next=""),
    blocks=Blocks(momentary=((-140, 3), (-139, 2)), short=((-141, 1),)),
    marks=("downmix 5.1",),
    packaging="ranges",
)


def test_json_round_trip() -> None:
    plain = json.loads(json.dumps(MANIFEST.to_json()))
    assert plain["duration"] == 2.0
    assert plain["renditions"][0]["segments"] == [[90_112, 16_000]]
    assert Manifest.from_json(plain) == MANIFEST


def test_a_manifest_of_before_is_read() -> None:
    plain = MANIFEST.to_json()
    for later in ("context", "blocks", "marks", "packaging"):
        del plain[later]
    del plain["renditions"][0]["preroll_units"]
    read = Manifest.from_json(plain)
    assert read.context == Neighbours()
    assert (read.blocks, read.marks, read.packaging) == (Blocks(), (), "files")
    assert read.renditions[0].preroll_units == 0


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        Manifest.from_json({**MANIFEST.to_json(), "version": 2})
