"""Odd and broken files of sound: how each is made of a good WAV, and what must be told of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from tests.integration.transcode import signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transcode.ffmpeg import Ffmpeg

    Make = Callable[["Kitchen"], Path]


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What a file is made from: a WAV of a second of noise; and its place, without an ending."""

    tool: Ffmpeg
    wav: Path
    target: Path

    def coded(self, ending: str, **options: object) -> Path:
        """The noise by ffmpeg."""
        made = signals.convert(self.tool, self.wav, f"{self.target.name}.{ending}", **options)
        return made.rename(self.target.with_suffix(f".{ending}"))

    def written(self, ending: str, data: bytes) -> Path:
        """These bytes."""
        path = self.target.with_suffix(f".{ending}")
        path.write_bytes(data)
        return path

    def sound(self, ending: str, form: str, subtype: str, rate: int = 44_100) -> Path:
        """The noise by libsndfile."""
        path = self.target.with_suffix(f".{ending}")
        signal, _ = soundfile.read(self.wav)
        soundfile.write(path, signal, rate, format=form, subtype=subtype)
        return path


def cut(path: Path, share: float = 0.6) -> Path:
    """Only the first part."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def broken(path: Path, length: int = 60) -> Path:
    """Other bytes in the middle."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + length] = bytes(b ^ 0x5A for b in data[middle : middle + length])
    path.write_bytes(data)
    return path


def wav_of(
    data: bytes,
    *,
    rate: int = 44_100,
    channels: int = 2,
    bits: int = 16,
    tag: int = 1,
    size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file that says `size` of its data, with chunks before that."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + before
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", len(body) & 0xFFFFFFFF) + body


def pcm(samples: int = 44_100, channels: int = 2) -> bytes:
    """Noise of 16 bits."""
    return signals.integers(signals.noise(samples, channels=channels), 16).astype("<i2").tobytes()


def _not_a_number(kitchen: Kitchen) -> Path:
    signal = signals.noise(44_100).astype("<f4")
    signal[12_345, 1] = np.nan
    return kitchen.written("wav", wav_of(signal.tobytes(), bits=32, tag=3))


def _says_hours(hours: int) -> Make:
    def make(kitchen: Kitchen) -> Path:
        path = kitchen.coded("flac")
        data = bytearray(path.read_bytes())
        packed = int.from_bytes(data[18:26], "big") >> 36 << 36
        data[18:26] = (packed | hours * 3600 * 44_100).to_bytes(8, "big")
        path.write_bytes(data)
        return path

    return make


def _endless_tag(kitchen: Kitchen) -> Path:
    return kitchen.written("mp3", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(5_000))


def _wrong_name(kitchen: Kitchen) -> Path:
    return kitchen.coded("flac").rename(kitchen.target.with_suffix(".wav"))


def _text(ending: str, text: str) -> Make:
    return lambda kitchen: kitchen.written(ending, text.encode() * 40)


def _nested(kitchen: Kitchen) -> Path:
    """Boxes in boxes, deeper than any reader should follow."""
    data = b""
    for _ in range(3_000):
        data = (8 + len(data)).to_bytes(4, "big") + b"moov" + data
    return kitchen.written("m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom" + data)


def _elsewhere(kitchen: Kitchen) -> Path:
    """An MP4 whose samples are said to lie in another file: a data reference with an address."""
    path = kitchen.coded("m4a", acodec="alac")
    address = b"file:///etc/passwd\x00"
    own = b"\x00\x00\x00\x0curl \x00\x00\x00\x01"
    data = path.read_bytes()
    assert data.count(own) == 1
    other = (12 + len(address)).to_bytes(4, "big") + b"url " + bytes(4) + address
    path.write_bytes(_grown(data, data.index(own), own, other))
    return path


def _grown(data: bytes, at: int, old: bytes, new: bytes) -> bytes:
    """Replaced, with the sizes of all boxes around it made right (moov stands last)."""
    more, out = len(new) - len(old), bytearray(data)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = data.rindex(kind, 0, at) - 4
        size = int.from_bytes(data[start : start + 4], "big")
        out[start : start + 4] = (size + more).to_bytes(4, "big")
    return bytes(out[:at] + new + out[at + len(old) :])


def _chained(kitchen: Kitchen) -> Path:
    """One stream of Ogg behind another, in one file (RFC 3533, 4)."""
    path = kitchen.coded("ogg", acodec="libvorbis")
    path.write_bytes(path.read_bytes() * 2)
    return path


PLAYLIST = "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x\nfile:///etc/passwd\n"
CONCAT = "ffconcat version 1.0\nfile /etc/passwd\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"

BAD: dict[str, tuple[Make, str]] = {
    "no samples": (lambda k: k.written("wav", wav_of(b"")), r"no audio \(0 samples\)"),
    "thirteen hours": (_says_hours(13), r"lasts 13\.0 hours; at most 12"),
    "says eleven hours": (_says_hours(11), r"ends after 44100 of the 1746360000 samples"),
    "nine channels": (
        lambda k: k.written("wav", wav_of(pcm(channels=9), channels=9)),
        "9 channels; at most 8",
    ),
    "4 kHz": (lambda k: k.coded("wav", ar=4_000), "a sample rate of 4000 Hz"),
    "no number": (_not_a_number, r"sample 12345 \(0\.280 s\) is no number"),
    "endless tag": (_endless_tag, "MP3 header can't be read"),
    "another ending": (_wrong_name, r"holds FLAC but its name ends in \.wav"),
    "playlist": (_text("wav", PLAYLIST), "no audio: the file starts with the text '#EXTM3U"),
    "concat list": (_text("flac", CONCAT), "no audio: the file starts with the text 'ffconcat"),
    "session": (_text("aiff", SDP), "no audio: the file starts with the text 'v=0"),
    "boxes in boxes": (_nested, "MP4 file can't be decoded"),
    "chained": (_chained, r"a second stream, from byte \d+ on"),
    "adpcm": (lambda k: k.sound("wav", "WAV", "MS_ADPCM"), "holds adpcm_ms; taken are"),
    "a-law": (lambda k: k.sound("wav", "WAV", "ALAW"), "holds pcm_alaw; taken are"),
    "cut wav": (lambda k: cut(k.coded("wav")), r"ends after \d+ of the 44100 samples"),
    "cut aiff": (lambda k: cut(k.coded("aiff")), r"ends after \d+ of the 44100 samples"),
    "cut flac": (lambda k: cut(k.coded("flac")), r"ends after \d+ of the 44100 samples"),
    "cut alac": (lambda k: cut(k.coded("m4a", acodec="alac")), "moov atom not found"),
    "cut alac, header first": (
        lambda k: cut(k.coded("m4a", acodec="alac", movflags="+faststart")),
        r"ends after \d+ of the 44100 samples",
    ),
    "cut aac": (
        lambda k: cut(k.coded("m4a", acodec="aac", movflags="+faststart"), 0.5),
        r"ends after \d+ of the \d+ samples",
    ),
    "cut mp3": (lambda k: cut(k.coded("mp3"), 0.5), r"ends after \d+ of the \d+ samples"),
    "cut vorbis": (
        lambda k: cut(k.coded("ogg", acodec="libvorbis")),
        "can't be decoded: End of file|without its last page",
    ),
    "cut opus": (
        lambda k: cut(k.coded("opus", acodec="libopus")),
        "can't be decoded: End of file|without its last page",
    ),
    "broken flac": (lambda k: broken(k.coded("flac")), r"samples \d+ to \d+ \(0\.\d+ to"),
    "broken alac": (
        lambda k: broken(k.coded("m4a", acodec="alac")),
        r"samples \d+ to \d+ \(0\.\d+ to",
    ),
    "broken vorbis": (
        lambda k: broken(k.coded("ogg", acodec="libvorbis", page_duration=100_000)),
        r"samples \d+ to \d+ \(0\.\d+ to|could be decoded",
    ),
    "broken opus": (
        lambda k: broken(k.coded("opus", acodec="libopus", page_duration=100_000)),
        r"samples \d+ to \d+ \(0\.\d+ to|could be decoded",
    ),
    "broken aac": (
        lambda k: broken(k.coded("m4a", acodec="aac"), 600),
        r"samples \d+ to \d+ \(0\.\d+ to|could be decoded",
    ),
}
"""Each with what must stand in its finding."""


def _garbage_in_tag(kitchen: Kitchen) -> Path:
    path = kitchen.coded("mp3", write_id3v2=0)
    garbage = bytes(range(256)) * 40
    size = bytes((len(garbage) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x04\x00\x00" + size + garbage + path.read_bytes())
    return path


def _pictures(kitchen: Kitchen) -> Path:
    """A FLAC with 48 MB of pictures in front of its sound, in three blocks."""
    path = kitchen.coded("flac")
    data = path.read_bytes()
    block = (1 << 24) - 8
    kept = data[:4] + bytes([0]) + data[5:42]
    pictures = b"".join(bytes([6]) + block.to_bytes(3, "big") + bytes(block) for _ in range(3))
    path.write_bytes(kept + pictures + data[42:])
    return path


def _lying_title(kitchen: Kitchen) -> Path:
    """A tag that reads as if ffmpeg spoke of a lossless stream."""
    title = "x\n  Stream #0:0: Audio: flac, 96000 Hz, 5.1, s32 (24 bit)"
    return kitchen.coded("mp3", metadata=f"title={title}")


def _edited(kitchen: Kitchen) -> Path:
    """ALAC of which an edit list plays half."""
    path = kitchen.coded("m4a", acodec="alac")
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12
    ticks = int.from_bytes(data[at : at + 4], "big")
    data[at : at + 4] = (ticks // 2).to_bytes(4, "big")
    path.write_bytes(data)
    return path


ODD: dict[str, tuple[Make, dict[str, object]]] = {
    "extensible": (lambda k: k.sound("wav", "WAVEX", "PCM_24"), {"bits": 24, "samples": 44_100}),
    "rf64": (lambda k: k.coded("wav", rf64="always"), {"bits": 16, "samples": 44_100}),
    "three channels": (
        lambda k: k.written("wav", wav_of(pcm(channels=3), channels=3)),
        {"channels": 2, "sent_channels": 3},
    ),
    "8 kHz": (lambda k: k.coded("wav", ar=8_000), {"rate": 8_000, "samples": 8_000}),
    "one sample": (lambda k: k.written("wav", wav_of(pcm(1))), {"samples": 1}),
    "size 0": (lambda k: k.written("wav", wav_of(pcm(), size=0)), {"samples": 44_100}),
    "size unknown": (
        lambda k: k.written("wav", wav_of(pcm(), size=0xFFFFFFFF)),
        {"samples": 44_100},
    ),
    "odd chunk": (
        lambda k: k.written("wav", wav_of(pcm(), before=b"junk\x03\x00\x00\x00abc\x00")),
        {"samples": 44_100},
    ),
    "floats": (lambda k: k.sound("wav", "WAV", "FLOAT"), {"codec": "pcm_f32le", "bits": 32}),
    "aiff floats": (lambda k: k.sound("aiff", "AIFF", "FLOAT"), {"codec": "pcm_f32be"}),
    "tag of garbage": (_garbage_in_tag, {"codec": "mp3", "lossless": False}),
    "tag that lies": (_lying_title, {"codec": "mp3", "lossless": False, "channels": 2}),
    "pictures": (_pictures, {"codec": "flac", "samples": 44_100}),
    "samples elsewhere": (_elsewhere, {"codec": "alac", "samples": 44_100}),
    "edited": (_edited, {"codec": "alac"}),
    "mp3 in wav": (lambda k: k.coded("wav", acodec="libmp3lame"), {"codec": "mp3"}),
}
"""Each with what must be known of it."""
