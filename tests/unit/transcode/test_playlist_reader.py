from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from transcode import mpd_reader
from transcode.playlist_reader import MOST_BYTES, MOST_LINES, read_playlist
from transcode.sources import Span

LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttps://cdn.example/0.ts\n"


def codes(data: bytes, *, local: bool = False) -> set[str]:
    return {one.code for one in read_playlist(data, "p.m3u8", local=local).findings}


def test_the_playlists_of_others_may_be_live_and_lead_elsewhere() -> None:
    found = read_playlist(LIVE, "p.m3u8", local=False)
    assert {one.code: one.level for one in found.findings} == {
        "HLS-118": "warning",
        "HLS-119": "note",
        "HLS-109": "warning",
    }
    assert found.live


def test_our_own_may_not() -> None:
    assert codes(LIVE, local=True) >= {"HLS-110", "HLS-108", "HLS-117"}


@pytest.mark.parametrize("data", [b"#EXTM3U\n" + b"\n" * MOST_LINES, b"#" * (MOST_BYTES + 1)])
def test_a_playlist_has_bounds(data: bytes) -> None:
    assert "HLS-120" in codes(data)


def test_byte_ranges_follow_each_other() -> None:
    text = b"#EXTM3U\n" + b"".join(
        b"#EXTINF:4.0,\n#EXT-X-BYTERANGE:%s\na.mp4\n" % each for each in (b"10@5", b"7", b"3@0")
    )
    found = read_playlist(text, "p.m3u8")
    assert [one.span for one in found.segments] == [Span(5, 10), Span(15, 7), Span(0, 3)]


def test_variables_are_filled_in_once() -> None:
    text = b'#EXTM3U\n#EXT-X-DEFINE:NAME="h",VALUE="{$h}"\n#EXTINF:4,\n{$h}/{$none}.ts\n'
    found = read_playlist(text, "p.m3u8")
    assert found.segments[0].address == "{$h}/{$none}.ts"
    assert "HLS-103" in {one.code for one in found.findings}


@settings(deadline=None)
@given(st.lists(st.sampled_from([*LIVE.decode().splitlines(), "#EXT-X-MAP:URI=", "{$", "//["])))
def test_nothing_raises(lines: list[str]) -> None:
    read_playlist("\n".join(lines).encode(), "p.m3u8", local=False)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    read_playlist(data, "p.m3u8", local=False)
    mpd_reader.read_mpd(data, "p.mpd", local=False)


def test_a_timeline_has_bounds() -> None:
    text = (
        b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT1S"'
        b' mediaPresentationDuration="PT9S"><Period><AdaptationSet><Representation id="a"'
        b' bandwidth="9" codecs="mp4a.40.2"><SegmentTemplate media="$Number%05d$.m4s">'
        b'<SegmentTimeline><S t="0" d="1" r="99999999999"/></SegmentTimeline></SegmentTemplate>'
        b"</Representation></AdaptationSet></Period></MPD>"
    )
    found = mpd_reader.read_mpd(text, "p.mpd", local=False)
    assert [one.code for one in found.findings] == ["HLS-120"]
    (one,) = found.representations
    assert one.playlist.segments[0].address == "00001.m4s"


def test_many_representations_and_faults_are_bounded() -> None:
    one = b'<Representation id="a" bandwidth="9" codecs="x"/>' * 3_000
    text = (
        b'<MPD type="static" minBufferTime="PT1S" mediaPresentationDuration="PT9S"><Period>'
        b'<AdaptationSet><SegmentTemplate media="/$Number$"><SegmentTimeline><S d="1" r="9999"/>'
        b"</SegmentTimeline></SegmentTemplate>" + one + b"</AdaptationSet></Period></MPD>"
    )
    found = mpd_reader.read_mpd(text, "p.mpd", local=True)
    assert len(found.representations) < 12
    assert {one.code for one in found.findings} == {"MPD-106", "HLS-120"}
    assert len(found.findings) <= 21
    lines = read_playlist(b"#EXTM3U\n" + b"#EXT-X-ODD\n" * 9_000, "p.m3u8").findings
    assert len([one for one in lines if one.code == "HLS-114"]) == 20
