from __future__ import annotations

import pytest

from transcode.audio_probe import Stream, parse_stream
from transcode.ffmpeg import Outcome, parse_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", (9, 0)),
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c)", (5, 1)),
        ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", (4, 4)),
        ("ffmpeg version N-112233-gabc Copyright", (999, 0)),
        ("avconv version 11", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_versions(text: str, version: tuple[int, int]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("line", "stream"),
    [
        ("Audio: flac, 44100 Hz, stereo, s32 (24 bit)", Stream("flac", 44_100, 2, 24, "stereo")),
        ("Audio: flac, 96000 Hz, mono, s16", Stream("flac", 96_000, 1, 16, "mono")),
        (
            "Audio: pcm_s24le ([1][0][0][0] / 0x0001), 48000 Hz, 2 channels, s32 (24 bit)",
            Stream("pcm_s24le", 48_000, 2, 24, "2 channels"),
        ),
        (
            "Audio: pcm_f32le ([3][0][0][0] / 0x0003), 44100 Hz, stereo, flt, 2822 kb/s",
            Stream("pcm_f32le", 44_100, 2, 32, "stereo"),
        ),
        (
            "Audio: alac (alac / 0x63616C61), 44100 Hz, stereo, s16p, 800 kb/s (default)",
            Stream("alac", 44_100, 2, 16, "stereo"),
        ),
        ("Audio: flac, 48000 Hz, 5.1(side), s16", Stream("flac", 48_000, 6, 16, "5.1(side)")),
        (
            "Audio: mp3 (mp3float), 44100 Hz, stereo, fltp, 192 kb/s",
            Stream("mp3", 44_100, 2, 32, "stereo"),
        ),
    ],
)
def test_stream_line(line: str, stream: Stream) -> None:
    log = f"[info] Input #0, x, from 'y':\n[info]   Stream #0:0(eng): {line}\n"
    assert parse_stream(log) == stream


def test_what_a_tag_says_is_no_stream() -> None:
    """Tags stand before the streams in ffmpeg's log, and may say anything."""
    lie = "Stream #0:0: Audio: flac, 96000 Hz, 5.1, s32 (24 bit)"
    log = (
        "[info] Input #0, mp3, from 'x.mp3':\n"
        f"[info]   Metadata:\n[info]     title           : {lie}\n"
        f"[info]                     :   {lie}\n[info]     {lie}: x\n"
        "[info]   Stream #0:0: Audio: mp3, 44100 Hz, stereo, fltp, 128 kb/s\n"
    )
    assert parse_stream(log) == Stream("mp3", 44_100, 2, 32, "stereo")


def test_no_stream_line() -> None:
    assert parse_stream("[error] nothing here") is None


def test_errors_are_picked_from_the_log() -> None:
    log = (
        "[info] Input #0\n"
        "[flac @ 0x55] [error] invalid residual\n"
        "[in#0/flac @ 0x5] [warning] odd\n"
        "[error] Error while decoding stream #0:0\n"
    )
    assert Outcome(0, log).errors() == ["invalid residual", "Error while decoding stream #0:0"]
