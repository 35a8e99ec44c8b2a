from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings, strategies as st

from transcode import playlists
from transcode.cuts import Clip
from transcode.manifest import Rendition, Segment

RATES = st.sampled_from([8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
SEGMENTS = st.lists(
    st.builds(Segment, samples=st.integers(1, 1_200_000), bytes=st.integers(100, 5_000_000)),
    min_size=1,
    max_size=40,
)


def rendition(
    segments: list[Segment], rate: int = 44_100, name: str = "aac64", codec: str = "aac"
) -> Rendition:
    width = playlists.bandwidth(segments, rate)
    return Rendition(
        name=name,
        codec=codec,
        codecs="mp4a.40.2" if codec == "aac" else "fLaC",
        bandwidth=width.peak,
        average_bandwidth=width.average,
        rate=rate,
        bits=0,
        channels=2,
        delay=1024,
        padding=0,
        samples=1,
        init_bytes=600,
        segments=tuple(segments),
    )


@settings(deadline=None)
@given(SEGMENTS, RATES)
def test_media_playlist_says_what_the_segments_are(segments: list[Segment], rate: int) -> None:
    lines = playlists.media(rendition(segments, rate)).splitlines()
    durations = [Fraction(line[8:-1]) for line in lines if line.startswith("#EXTINF:")]
    target = int(next(line[22:] for line in lines if line.startswith("#EXT-X-TARGETDURATION:")))
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert [line for line in lines if not line.startswith("#")] == [
        f"aac64/{index}.m4s" for index in range(len(segments))
    ]
    for duration, segment in zip(durations, segments, strict=True):
        assert abs(duration - Fraction(segment.samples, rate)) * rate < Fraction(1, 1000)
        assert int(duration + Fraction(1, 2)) <= target


@settings(deadline=None)
@given(SEGMENTS, RATES)
def test_peak_bandwidth_covers_every_run_that_counts(segments: list[Segment], rate: int) -> None:
    width = playlists.bandwidth(segments, rate)
    target = playlists.target_duration(segments, rate)
    for first in range(len(segments)):
        for end in range(first + 1, len(segments) + 1):
            run = segments[first:end]
            seconds = Fraction(sum(one.samples for one in run), rate)
            if Fraction(target, 2) <= seconds <= Fraction(3 * target, 2):
                assert width.peak >= 8 * sum(one.bytes for one in run) / seconds
    assert width.peak >= width.average > 0


def test_a_short_last_segment_alone_sets_no_peak() -> None:
    whole = Segment(samples=264_600, bytes=60_000)
    sliver = Segment(samples=1_024, bytes=20_000)
    assert playlists.bandwidth([whole, sliver], 44_100).peak == 106_256


def test_a_track_of_one_sample_has_a_bandwidth() -> None:
    assert playlists.bandwidth([Segment(samples=1, bytes=10)], 44_100).peak == 80 * 44_100


@given(st.integers(0, 10**12), RATES)
def test_seconds_round_trip_to_the_sample(samples: int, rate: int) -> None:
    assert round(Fraction(playlists.seconds(samples, rate)) * rate) == samples


def test_master_lists_all_and_native_players_get_one_family() -> None:
    segments = [Segment(samples=262_144, bytes=50_000)]
    ladder = [rendition(segments, name=name) for name in ("aac64", "aac128", "aac256")]
    texts = playlists.all_playlists([*ladder, rendition(segments, name="flac", codec="flac")])
    codecs = {
        name: re.findall(r'CODECS="([^"]+)"', texts[name])
        for name in ("master.m3u8", "adaptive.m3u8", "lossless.m3u8")
    }
    assert codecs == {
        "master.m3u8": ["mp4a.40.2"] * 3 + ["fLaC"],
        "adaptive.m3u8": ["mp4a.40.2"] * 3,
        "lossless.m3u8": ["fLaC"],
    }
    assert re.findall(r"^[^#].*$", texts["master.m3u8"], re.MULTILINE) == [
        "aac64.m3u8",
        "aac128.m3u8",
        "aac256.m3u8",
        "flac.m3u8",
    ]


def test_no_lossless_playlist_without_a_lossless_rendition() -> None:
    texts = playlists.all_playlists([rendition([Segment(samples=1_024, bytes=300)])])
    assert set(texts) == {"aac64.m3u8", "manifest.mpd", "master.m3u8", "adaptive.m3u8"}


def test_ranges_are_those_of_one_file() -> None:
    one = rendition([Segment(samples=262_144, bytes=300), Segment(samples=1_024, bytes=70)])
    text = playlists.media(one, "ranges")
    assert '#EXT-X-MAP:URI="aac64.mp4",BYTERANGE="600@0"' in text
    assert re.findall(r"BYTERANGE:(\S+)\n(\S+)", text) == [
        ("300@600", "aac64.mp4"),
        ("70@900", "aac64.mp4"),
    ]
    said = playlists.all_playlists([one], "ranges")["manifest.mpd"]
    assert re.findall(r'ange="(\d+-\d+)"', said) == ["0-599", "600-899", "900-969"]


def test_a_clip_says_where_it_starts_and_lists_what_it_needs() -> None:
    one = rendition([Segment(samples=262_144, bytes=300)] * 9)
    one = replace(one, samples=8 * 262_144)
    texts = playlists.all_playlists([one], "files", Clip(20_000, 30_000))
    assert re.findall(r"^aac64/(\d)", texts["aac64.m3u8"], re.MULTILINE) == ["3", "4", "5"]
    offset = Fraction(20 * 44_100 + 1_024 - 3 * 262_144, 44_100)
    said = re.search(r"EXT-X-START:TIME-OFFSET=([\d.]+),PRECISE=YES", texts["aac64.m3u8"])
    assert said is not None
    assert abs(Fraction(said[1]) - offset) < Fraction(1, 10**9)
    assert 'startNumber="3"' in texts["manifest.mpd"]
    assert f'presentationTimeOffset="{20 * 44_100 + 1_024}"' in texts["manifest.mpd"]
    assert 'mediaPresentationDuration="PT10.000000000S"' in texts["manifest.mpd"]
