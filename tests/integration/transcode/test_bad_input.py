"""Whatever comes: a fault or a doubt that says what and where, in bounded time and memory."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import Unavailable
from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode import ffmpeg
from transcode.errors import MediaFault
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.facts import AudioFacts
    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration


def kinds(facts: AudioFacts) -> set[str]:
    return {one["kind"] for one in facts.findings}


def wav(
    path: Path, data: bytes, *, rate: int = 44_100, channels: int = 2, bits: int = 16, tag: int = 1
) -> Path:
    """A WAV file with this format tag; 0xFFFE is the extensible kind, with `tag` 1 inside."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    if tag == 0xFFFE:
        guid = bytes.fromhex("0100000000001000800000aa00389b71")
        form += struct.pack("<HHI", 22, bits, 0x3 if channels == 2 else 0) + guid
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def pcm(samples: int = 30_000, channels: int = 2) -> bytes:
    return signals.integers(signals.music(samples, channels=channels), 16).astype("<i2").tobytes()


@pytest.mark.parametrize(("value", "place"), [(np.nan, 12_345), (np.inf, 0), (-np.inf, 29_999)])
def test_a_sample_that_is_no_number_is_named(
    tool: Ffmpeg, tmp_path: Path, value: float, place: int
) -> None:
    signal = signals.music(30_000).astype("<f4")
    signal[place, 1] = value
    path = wav(tmp_path / "nan.wav", signal.tobytes(), bits=32, tag=3)
    with pytest.raises(MediaFault) as caught:
        MediaProbe(tool).audio(path)
    assert caught.value.kind == "corrupt"
    assert f"sample {place} (" in caught.value.message


def test_floats_beyond_full_scale_are_clipped_and_told(tool: Ffmpeg, tmp_path: Path) -> None:
    signal = (3 * signals.music(60_000)).astype("<f4")
    facts = MediaProbe(tool).audio(wav(tmp_path / "f.wav", signal.tobytes(), bits=32, tag=3))
    assert "clipped" in kinds(facts)


def test_wave_extensible_is_wave(tool: Ffmpeg, tmp_path: Path) -> None:
    facts = MediaProbe(tool).audio(wav(tmp_path / "e.wav", pcm(), tag=0xFFFE))
    assert (facts.codec, facts.samples, facts.channels) == ("pcm_s16le", 30_000, 2)


@pytest.mark.parametrize("channels", [3, 4, 6, 8])
def test_more_channels_are_mixed_down_as_is_stated(
    tool: Ffmpeg, tmp_path: Path, channels: int
) -> None:
    path = wav(tmp_path / "many.wav", pcm(channels=channels), channels=channels)
    facts = MediaProbe(tool).audio(path)
    assert (facts.channels, facts.sent_channels, facts.samples) == (2, channels, 30_000)
    text = next(one["text"] for one in facts.findings if one["kind"] == "downmix")
    assert text.startswith(f"{channels} channels (")
    assert "centre and surrounds at -3 dB" in text
    if channels == 3:
        store = local_store(tmp_path / "o")
        (done,) = Transcoder(store, tmp_path / "work", tool).album([signals.source(tool, path)])
        assert done.manifest["channels"] == 2
        assert done.manifest["marks"] == [f"downmix {facts.layout}"]


def test_nine_channels_are_too_many(tool: Ffmpeg, tmp_path: Path) -> None:
    with pytest.raises(MediaFault, match="9 channels; at most 8"):
        MediaProbe(tool).audio(wav(tmp_path / "many.wav", pcm(channels=9), channels=9))


def test_a_downmix_is_what_is_stated(tool: Ffmpeg, tmp_path: Path) -> None:
    """Of 5.1 with sound in the centre only: the same in both channels; with LFE only: nothing."""
    for channel, heard in ((2, True), (3, False)):
        signal = np.zeros((30_000, 6))
        signal[:, channel] = signals.music(30_000, channels=1)[:, 0]
        data = signals.integers(signal, 16).astype("<i2").tobytes()
        facts = MediaProbe(tool).audio(wav(tmp_path / "c.wav", data, channels=6))
        assert kinds(facts) == {"downmix", "dual_mono" if heard else "silent"}


def test_eight_kilohertz_becomes_a_ladder(tool: Ffmpeg, tmp_path: Path) -> None:
    data = signals.integers(signals.music(16_001, rate=8_000, channels=1) / 2, 16)
    path = signals.write_wav(tmp_path / "8.wav", data, rate=8_000, bits=16)
    store = local_store(tmp_path / "o")
    (done,) = Transcoder(store, tmp_path / "work", tool).album([signals.source(tool, path)])
    rates = {one["name"]: one["rate"] for one in done.manifest["renditions"]}
    assert rates == {"aac64": 48_000, "aac128": 48_000, "aac256": 48_000, "flac": 8_000}


def test_twelve_hours_are_refused_by_the_header_alone(tool: Ffmpeg, tmp_path: Path) -> None:
    """The file is sparse: it says 13 hours of mono and is that long, but takes no room."""
    seconds = 13 * 3600
    path = wav(tmp_path / "long.wav", b"", rate=8_000, channels=1)
    size = seconds * 8_000 * 2
    with path.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    with pytest.raises(MediaFault, match=r"lasts 13\.0 hours; at most 12"):
        MediaProbe(tool).audio(path)


def test_an_hour_of_silence_is_heard_in_bounded_memory(tool: Ffmpeg, tmp_path: Path) -> None:
    path = wav(tmp_path / "hour.wav", b"", rate=8_000, channels=1)
    size = 3600 * 8_000 * 2
    with path.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    facts = MediaProbe(tool).audio(path)
    assert facts.samples == 3600 * 8_000
    assert kinds(facts) == {"silent"}


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """Five hours of silence at 192 kHz, a sparse file: more than a second's work anywhere."""
    path = wav(tmp_path / "long.wav", b"", rate=192_000, channels=1, bits=8)
    size = 5 * 3600 * 192_000
    with path.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    return path


def test_a_machine_that_is_too_slow_is_no_fault_of_the_file(tool: Ffmpeg, endless: Path) -> None:
    """Stopped by the clock on the wall, it is to be tried again; the place is told."""
    with pytest.raises(Unavailable) as caught:
        MediaProbe(replace(tool, seconds=1.5)).audio(endless)
    assert caught.value.retryable
    assert re.match(
        r"decoding had come to sample \d+ \([\d.]+ s\): ffmpeg did not end within",
        caught.value.message,
    )


def test_a_decoder_that_computes_too_long_is_stopped_and_the_place_told(
    tool: Ffmpeg, endless: Path
) -> None:
    with pytest.raises(MediaFault) as caught:
        MediaProbe(replace(tool, cpu_seconds=1)).audio(endless)
    assert caught.value.kind == "unsupported"
    assert re.match(
        r"decoding was stopped at sample \d+ \([\d.]+ s\): ffmpeg was ended by SIGXCPU",
        caught.value.message,
    )


def test_the_kernel_ends_what_computes_too_long(tool: Ffmpeg, endless: Path) -> None:
    """As more than the file may take, and not as a machine without memory."""
    heavy = ffmpeg.source(endless, "wav").filter("aresample", 44_100, resampler="soxr")
    with pytest.raises(ffmpeg.Exhausted, match="SIGXCPU: the file takes more than 1 s"):
        ffmpeg.execute(replace(tool, cpu_seconds=1), heavy.output("-", f="null"), timeout=200)


def test_garbage_in_an_id3_tag_is_passed_over(tool: Ffmpeg, tmp_path: Path) -> None:
    source = signals.write_wav(
        tmp_path / "t.wav", signals.integers(signals.music(30_000), 16), rate=44_100, bits=16
    )
    mp3 = signals.convert(tool, source, "t.mp3", audio_bitrate=128_000, write_id3v2=0)
    garbage = bytes(range(256)) * 40
    size = bytes((len(garbage) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    mp3.write_bytes(b"ID3\x04\x00\x00" + size + garbage + mp3.read_bytes())
    facts = MediaProbe(tool).audio(mp3)
    assert facts.codec == "mp3"
    assert facts.samples >= 30_000


def test_an_id3_tag_without_an_end_is_a_fault(tool: Ffmpeg, tmp_path: Path) -> None:
    path = tmp_path / "t.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(5_000))
    with pytest.raises(MediaFault, match=r"MP3 header can't be read: \w"):
        MediaProbe(tool).audio(path)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ending", ["wav", "flac", "m4a", "mp3", "aac", "opus", "aiff"])
def test_noise_behind_a_right_start_ends_in_a_sentence(
    tool: Ffmpeg, tmp_path: Path, ending: str, seed: int
) -> None:
    start = {
        "wav": b"RIFF\xff\xff\xff\xffWAVEfmt ",
        "flac": b"fLaC\x00\x00\x00\x22",
        "m4a": b"\x00\x00\x00\x18ftypM4A ",
        "mp3": b"\xff\xfb\x90\x64",
        "aac": b"\xff\xf1\x50\x80",
        "opus": b"OggS\x00\x02",
        "aiff": b"FORM\x00\xff\xff\xffAIFFCOMM",
    }[ending]
    path = tmp_path / f"noise.{ending}"
    path.write_bytes(start + np.random.default_rng(seed).bytes(20_000))
    with pytest.raises(MediaFault) as caught:
        MediaProbe(tool).audio(path)
    assert caught.value.message


@pytest.mark.parametrize("ending", ["flac", "m4a", "ogg"])
def test_a_break_in_the_middle_is_named_by_its_samples(
    tool: Ffmpeg, tmp_path: Path, ending: str
) -> None:
    """Noise, so that every byte matters; decoders leave out whole frames."""
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, (200_000, 2))
    source = signals.write_wav(
        tmp_path / "t.wav", signals.integers(noise, 16), rate=44_100, bits=16
    )
    codec = {"flac": "flac", "m4a": "alac", "ogg": "libvorbis"}[ending]
    path = signals.convert(tool, source, f"t.{ending}", acodec=codec)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = bytes(byte ^ 0x5A for byte in data[middle : middle + 60])
    path.write_bytes(data)
    with pytest.raises(MediaFault) as caught:
        MediaProbe(tool).audio(path)
    found = re.match(r"samples (\d+) to (\d+) \(([\d.]+) to ", caught.value.message)
    assert found, caught.value.message
    first, last = int(found[1]), int(found[2])
    assert 50_000 < first < last < 150_000
    assert float(found[3]) == pytest.approx(first / 44_100, abs=0.001)


def test_the_checksum_of_flac_misses_one_bit(tool: Ffmpeg, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, (100_000, 2))
    source = signals.write_wav(
        tmp_path / "t.wav", signals.integers(noise, 16), rate=44_100, bits=16
    )
    path = signals.convert(tool, source, "t.flac")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(MediaFault, match=r"CRC|samples \d+ to \d+"):
        MediaProbe(tool).audio(path)


def test_no_release_is_half_published(tool: Ffmpeg, tmp_path: Path) -> None:
    """One track of three breaks while encoding: the others may be there, its manifest is not."""
    tracks = [
        signals.source(tool, wav(tmp_path / f"{index}.wav", pcm(20_000))) for index in range(3)
    ]
    tracks[1].path.write_bytes(tracks[1].path.read_bytes()[:9_000])
    store = local_store(tmp_path / "o")
    with pytest.raises(MediaFault):
        Transcoder(store, tmp_path / "work", tool).album(tracks)
    assert list((tmp_path / "work").iterdir()) == []
    manifests = [stat.key for stat in store.list("hls") if stat.key.endswith("manifest.json")]
    assert len(manifests) < 3
