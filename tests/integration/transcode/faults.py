"""Faults, each planted into good output by a small change: a table of code and change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def text(pattern: str, replacement: str, name: str = "aac128.m3u8") -> Callable[[Path], None]:
    """Rewrite a playlist; the pattern must be there."""

    def plant(folder: Path) -> None:
        path = folder / name
        before = path.read_text()
        after = re.sub(pattern, replacement, before, count=1, flags=re.MULTILINE | re.DOTALL)
        assert after != before
        path.write_text(after)

    return plant


def master(pattern: str, replacement: str) -> Callable[[Path], None]:
    return text(pattern, replacement, "master.m3u8")


def bytes_of(name: str, change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    """Rewrite a binary file."""

    def plant(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        change(data)
        (folder / name).write_bytes(data)

    return plant


def one_less(pattern: str, name: str) -> Callable[[Path], None]:
    """Take one off a number; the pattern ends before it."""

    def plant(folder: Path) -> None:
        path = folder / name
        before = path.read_text()
        said = re.search(rf"{pattern}(\d+)", before)
        assert said is not None
        after = f"{before[: said.start(1)]}{int(said[1]) - 1}{before[said.end(1) :]}"
        path.write_text(after)

    return plant


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def add(target: bytes, offset: int, amount: int) -> Callable[[bytearray], None]:
    """Change the 32-bit number at `offset` behind the four letters of a box."""

    def change(data: bytearray) -> None:
        at = data.index(target) + 4 + offset
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + amount).to_bytes(4, "big")

    return change


def swap(old: bytes, new: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        at = data.index(old)
        data[at : at + len(old)] = new

    return change


def spoil_mdat(data: bytearray) -> None:
    at = data.index(b"mdat") + 100
    data[at : at + 3_000] = bytes(range(250)) * 12


def one_bit(data: bytearray) -> None:
    """The last byte: the check sum of a FLAC frame."""
    data[-1] ^= 1


def another_rate(data: bytearray) -> None:
    """AudioSpecificConfig (tag 5, 44.1 kHz) says 48 kHz."""
    at = data.index(b"\x05\x80\x80\x80", data.index(b"esds")) + 5
    index = int.from_bytes(data[at : at + 2], "big")
    assert index >> 7 & 0xF == 4
    data[at : at + 2] = (index & ~(0xF << 7) | 3 << 7).to_bytes(2, "big")


def twice(data: bytearray) -> None:
    data.extend(bytes(data))


def short_last(data: bytearray) -> None:
    """As muxers do: the last sample lasts as long as the music does. All boxes above grow."""
    trun = data.index(b"trun")
    flags, count = (int.from_bytes(data[trun + at : trun + at + 4], "big") for at in (4, 8))
    assert flags & 0x301 == 0x201
    rows = bytearray()
    for at in range(count):
        start = trun + 16 + 4 * bool(flags & 4) + 4 * at
        rows += (336 if at == count - 1 else 1_024).to_bytes(4, "big") + data[start : start + 4]
    data[trun + 16 + 4 * bool(flags & 4) : trun + 16 + 4 * bool(flags & 4) + 4 * count] = rows
    data[trun + 4 : trun + 8] = (flags | 0x100).to_bytes(4, "big")
    add(b"trun", 8, 4 * count)(data)
    for box in (b"moof", b"traf", b"trun"):
        add(box, -8, 4 * count)(data)


def smaller_blocks(data: bytearray) -> None:
    """STREAMINFO says 512 samples."""
    at = data.index(b"dfLa") + 12
    data[at : at + 4] = (512).to_bytes(2, "big") * 2


def later(folder: Path) -> None:
    """All decode times of a rendition of one segment begin late."""
    for rendition in ("aac64", "aac128", "aac256", "flac"):
        for segment in sorted((folder / rendition).glob("*.m4s")):
            bytes_of(f"{rendition}/{segment.name}", add(b"tfdt", 8, 1_024))(folder)


def shorter_cut(folder: Path) -> None:
    """Move one access unit from the first segment's count to nowhere: both cuts move."""
    for name, amount in (("aac128/1.m4s", -1_024), ("aac128/2.m4s", -1_024)):
        data = bytearray((folder / name).read_bytes())
        add(b"tfdt", 8, amount)(data)
        (folder / name).write_bytes(data)


def edit_list(data: bytearray) -> None:
    """Insert an edit list of one entry behind the track header; all sizes above it grow."""
    elst = b"elst" + bytes(4) + (1).to_bytes(4, "big") + bytes(4) + (1024).to_bytes(4, "big")
    elst = (len(elst) + 8).to_bytes(4, "big") + elst + (0x10000).to_bytes(4, "big")
    edts = (len(elst) + 8).to_bytes(4, "big") + b"edts" + elst
    tkhd = data.index(b"tkhd") - 4
    at = tkhd + int.from_bytes(data[tkhd : tkhd + 4], "big")
    for box in (b"moov", b"trak"):
        add(box, -8, len(edts))(data)
    data[at:at] = edts


def stated(rendition: int, **added: int) -> Callable[[Path], None]:
    """Add to what the manifest tells of a rendition."""

    def plant(folder: Path) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        for name, amount in added.items():
            manifest["renditions"][rendition][name] += amount
        path.write_text(json.dumps(manifest))

    return plant


def mpd(pattern: str, replacement: str) -> Callable[[Path], None]:
    return text(pattern, replacement, "manifest.mpd")


def content(name: str, data: bytes) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return plant


def transport_stream(folder: Path) -> None:
    """A rendition of another packaging: no initialisation, MPEG-TS."""
    text(r"#EXT-X-MAP[^\n]*\n", "")(folder)
    for segment in (folder / "aac128").glob("*.m4s"):
        segment.write_bytes((b"\x47" + bytes(187)) * 9)


def both(*plants: Callable[[Path], None]) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        for one in plants:
            one(folder)

    return plant


def score_once(folder: Path) -> None:
    master(r"STREAM-INF:", "STREAM-INF:SCORE=1.0,")(folder)


PLANTED: list[tuple[str, Callable[[Path], None]]] = [
    ("HLS-101", text(r"\A#EXTM3U\n", "")),
    ("HLS-102", text(r"\A", "\ufeff")),
    ("HLS-102", bytes_of("aac128.m3u8", swap(b"ENDLIST", b"END\xffIST"))),
    ("HLS-103", master("BANDWIDTH=", "BANDWIDTH ")),
    ("HLS-103", text(r'URI="', "URI=")),
    ("HLS-103", master(r'CODECS="([^"]+)"', r"CODECS=\1")),
    ("HLS-103", master(r"BANDWIDTH=(\d+)", r'BANDWIDTH="\1"')),
    ("HLS-103", text(r"TARGETDURATION:6", "TARGETDURATION:six")),
    ("HLS-103", master("STREAM-INF:", "STREAM-INF:SCORE=high,")),
    ("HLS-103", master(r'(CODECS="[^"]*")', r"\1,")),
    ("HLS-103", text("#EXT-X-MAP", "#EXT-X-START:PRECISE=YES\n#EXT-X-MAP")),
    ("HLS-103", text(r"(m4s\n)", r"\1#EXT-X-MEDIA-SEQUENCE:0\n")),
    ("HLS-104", text(r"(#EXT-X-VERSION:7\n)", r"\1\1")),
    ("HLS-105", text("VERSION:7", "VERSION:3")),
    ("HLS-105", text("#EXT-X-VERSION:7\n", "")),
    ("HLS-106", text("#EXT-X-TARGETDURATION:6\n", "")),
    ("HLS-107", text(r"#EXTINF:[^\n]*\n", "")),
    ("HLS-107", text(r"EXTINF:[\d.]+,", "EXTINF:long,")),
    ("HLS-108", text("#EXT-X-ENDLIST\n", "")),
    ("HLS-109", text("#EXT-X-INDEPENDENT-SEGMENTS\n", "")),
    ("HLS-110", text("^aac128/0.m4s", "/aac128/0.m4s")),
    ("HLS-110", text("^aac128/0.m4s", "../asset/aac128/0.m4s")),
    ("HLS-110", master("^aac64.m3u8", "https://cdn.example/aac64.m3u8")),
    ("HLS-111", text(r"#EXT-X-MAP[^\n]*\n", "")),
    ("HLS-112", text(r"#EXTINF.*m4s\n", "")),
    ("HLS-113", master("#EXT-X-INDEPENDENT", "#EXT-X-TARGETDURATION:6\n#EXT-X-INDEPENDENT")),
    ("HLS-114", text("#EXT-X-ENDLIST", "#EXT-X-ENDE\n#EXT-X-ENDLIST")),
    ("HLS-116", text("#EXT-X-ENDLIST", "#EXTINF:5.0,\n#EXT-X-ENDLIST")),
    ("HLS-116", text(r"(#EXTINF:[^\n]*\n)", r"\1\1")),
    ("HLS-116", master(r"\Z", "#EXT-X-STREAM-INF:BANDWIDTH=1\n")),
    ("HLS-117", text("VERSION:7", "VERSION:6")),
    ("HLS-117", master("#EXT-X-VERSION:7\n", "")),
    ("HLS-201", master(r":BANDWIDTH=\d+,", ":")),
    ("HLS-202", master(r',CODECS="[^"]+"', "")),
    ("HLS-202", master(r'CODECS="[^"]+"', 'CODECS=""')),
    ("HLS-203", master(r":BANDWIDTH=\d+", ":BANDWIDTH=40000")),
    ("HLS-204", master(r"AVERAGE-BANDWIDTH=\d+", "AVERAGE-BANDWIDTH=40000")),
    ("HLS-205", master("mp4a.40.2", "mp4a.40.5")),
    ("HLS-205", master(r'CODECS="mp4a.40.2"', 'CODECS="mp4a.40.2,avc1.64001f"')),
    ("HLS-203", text(r":BANDWIDTH=\d+", ":BANDWIDTH=40000", "adaptive.m3u8")),
    ("HLS-206", master(r"AVERAGE-BANDWIDTH=\d+,", "")),
    ("HLS-207", score_once),
    ("HLS-208", master(r":BANDWIDTH=\d+", ":BANDWIDTH=400000")),
    ("HLS-209", master("^aac64.m3u8", "aac128.m3u8")),
    ("HLS-210", master("STREAM-INF:", 'STREAM-INF:AUDIO="none",')),
    ("HLS-211", master("^aac64.m3u8", "adaptive.m3u8")),
    ("HLS-212", one_less(":BANDWIDTH=", "master.m3u8")),
    ("HLS-301", remove("aac128/1.m4s")),
    ("HLS-301", remove("flac/init.mp4")),
    ("HLS-301", remove("aac64.m3u8")),
    ("HLS-301", remove("adaptive.m3u8")),
    ("HLS-301", remove("lossless.m3u8")),
    ("HLS-301", remove("manifest.mpd")),
    ("HLS-302", text("TARGETDURATION:6", "TARGETDURATION:5")),
    ("HLS-303", text(r"EXTINF:5.944308390", "EXTINF:5.944400000")),
    ("HLS-304", bytes_of("aac128/1.m4s", add(b"tfdt", 8, 1_024))),
    ("HLS-305", bytes_of("aac128/1.m4s", swap(b"traf", b"tr4f"))),
    ("HLS-305", bytes_of("aac128/init.mp4", swap(b"esds", b"ezds"))),
    ("HLS-306", bytes_of("aac128/init.mp4", add(b"mdhd", 12, 1))),
    ("HLS-307", shorter_cut),
    ("HLS-308", bytes_of("aac128/2.m4s", add(b"tfhd", 8, -1))),
    ("HLS-308", bytes_of("aac128/init.mp4", another_rate)),
    ("HLS-309", bytes_of("aac128/init.mp4", edit_list)),
    ("HLS-310", bytes_of("aac128/1.m4s", add(b"trun", 16, 1))),
    ("HLS-310", bytes_of("aac128/1.m4s", add(b"trun", 8, 4))),
    ("HLS-311", text(r"#EXTINF:[^\n]*\naac128/2.m4s\n", "")),
    ("HLS-314", bytes_of("aac128/1.m4s", twice)),
    ("HLS-315", content("aac128/1.m4s", b"\0\0\0\x08free")),
    ("HLS-316", transport_stream),
    ("HLS-317", text("#EXT-X-MAP", '#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXT-X-MAP')),
    ("HLS-319", text("(m4s\n)(#EXTINF)", r'\1#EXT-X-MAP:URI="flac/init.mp4"\n\2')),
    ("HLS-321", text("TARGETDURATION:6", "TARGETDURATION:10")),
    ("HLS-322", bytes_of("aac128/2.m4s", short_last)),
    ("HLS-323", bytes_of("flac/init.mp4", smaller_blocks)),
    ("HLS-401", later),
    ("HLS-401", mpd(r'presentationTimeOffset="\d+"', 'presentationTimeOffset="0"')),
    ("HLS-401", stated(1, padding=1)),
    ("HLS-401", stated(1, delay=1, padding=-1)),
    ("HLS-401", stated(1, samples=1, padding=-1)),
    ("HLS-401", stated(3, delay=-1, samples=1)),
    ("HLS-401", content("manifest.json", b"[]")),
    ("HLS-402", stated(1, channels=1)),
    ("HLS-402", master(r"#EXT-X-STREAM-INF[^\n]*\naac128.m3u8\n", "")),
    ("HLS-402", stated(3, bits=8)),
    ("MPD-101", mpd("</Period>", "")),
    ("MPD-101", mpd("<MPD", "<!DOCTYPE MPD [<!ENTITY a 'b'>]><MPD")),
    ("MPD-102", mpd('type="static"', 'type="dynamic"')),
    ("MPD-103", mpd('mediaPresentationDuration="PT', 'mediaPresentationDuration="')),
    ("MPD-103", mpd(' minBufferTime="[^"]*"', "")),
    ("MPD-104", mpd(r'(<Representation [^>]*) codecs="[^"]*"', r"\1")),
    ("MPD-105", mpd("<SegmentTemplate.*?</SegmentTemplate>", "")),
    ("MPD-106", mpd('media="aac128', 'media="/aac128')),
    ("MPD-107", mpd(r' d="\d+"', ' d="262143"')),
    ("MPD-107", mpd(r' t="0"', ' t="1024"')),
    ("MPD-108", mpd(r'(<Period [^>]*duration=")[^"]*', r"\1PT99S")),
    ("MPD-201", mpd(r'bandwidth="\d+"', 'bandwidth="999"')),
    ("MPD-202", mpd("mp4a.40.2", "mp4a.40.5")),
    ("MPD-204", one_less('bandwidth="', "manifest.mpd")),
    ("MPD-203", mpd('audioSamplingRate="44100"', 'audioSamplingRate="48000"')),
]
"""In an asset of one file for each segment."""

RANGES: list[tuple[str, Callable[[Path], None]]] = [
    ("HLS-115", text(r"(BYTERANGE:\d+)@\d+", r"\1@none")),
    ("HLS-115", text(r'(BYTERANGE="\d+)@\d+', r"\1@none")),
    ("HLS-115", mpd(r'mediaRange="\d+', 'mediaRange="none')),
    ("HLS-301", bytes_of("aac128.mp4", lambda data: data.__delitem__(slice(-1, None)))),
    ("HLS-301", remove("aac128.mp4")),
    ("HLS-305", text(r"(BYTERANGE:\d+)@\d+", r"\1@10")),
]
"""In an asset of one file for each rendition."""
