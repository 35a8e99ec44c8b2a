"""Good files of every kind are taken; damaged and disguised ones are told apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.transcode import signals
from transcode.errors import MediaFault
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration

SAMPLES = 60_123


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    pcm = signals.integers(signals.music(SAMPLES), 16)
    return signals.write_wav(tmp_path / "good.wav", pcm, rate=44_100, bits=16)


def fault(tool: Ffmpeg, path: Path) -> tuple[str, str]:
    with pytest.raises(MediaFault) as caught:
        MediaProbe(tool).audio(path)
    return caught.value.kind, caught.value.message


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("a.wav", {"acodec": "pcm_s16le"}, ("pcm_s16le", "WAV", 16)),
        ("a24.wav", {"acodec": "pcm_s24le"}, ("pcm_s24le", "WAV", 24)),
        ("a32.wav", {"acodec": "pcm_f32le"}, ("pcm_f32le", "WAV", 32)),
        ("rf64.wav", {"rf64": "always"}, ("pcm_s16le", "WAV", 16)),
        ("a.flac", {}, ("flac", "FLAC", 16)),
        ("a24.flac", {"sample_fmt": "s32"}, ("flac", "FLAC", 24)),
        ("a.aiff", {}, ("pcm_s16be", "AIFF", 16)),
        ("a.m4a", {"acodec": "alac"}, ("alac", "MP4", 16)),
    ],
)
def test_lossless_files_are_counted_exactly(
    tool: Ffmpeg, wav: Path, name: str, options: dict[str, str], expected: tuple[str, str, int]
) -> None:
    facts = MediaProbe(tool).audio(signals.convert(tool, wav, name, **options))
    assert (facts.codec, facts.container, facts.bits) == expected
    assert (facts.rate, facts.channels, facts.samples, facts.lossless) == (44_100, 2, SAMPLES, True)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp3", "mp3"), ("a.m4a", "aac"), ("a.aac", "aac"), ("a.opus", "opus")]
)
def test_lossy_files_are_taken_as_such(tool: Ffmpeg, wav: Path, name: str, codec: str) -> None:
    options = {"acodec": "libopus"} if codec == "opus" else {}
    facts = MediaProbe(tool).audio(signals.convert(tool, wav, name, **options))
    assert (facts.codec, facts.bits, facts.lossless) == (codec, 0, False)
    assert facts.seconds == pytest.approx(SAMPLES / 44_100, abs=0.1)


@pytest.mark.parametrize("name", ["a.flac", "a.wav", "a.aiff", "a.m4a", "a.mp3", "a.opus"])
def test_truncated_files_say_so(tool: Ffmpeg, wav: Path, name: str) -> None:
    options = {".m4a": {"acodec": "alac"}, ".opus": {"acodec": "libopus"}}.get(name[1:], {})
    whole = signals.convert(tool, wav, name, **options)
    cut = whole.with_name(f"cut{whole.suffix}")
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    kind, message = fault(tool, cut)
    assert kind == "truncated"
    if name in {"a.flac", "a.wav"}:
        assert f"of the {SAMPLES} samples that its header declares" in message


def test_a_damaged_flac_is_corrupt_not_truncated(tool: Ffmpeg, wav: Path) -> None:
    whole = signals.convert(tool, wav, "a.flac")
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    whole.write_bytes(data)
    kind, message = fault(tool, whole)
    assert kind == "corrupt"
    assert re.match(r"samples \d+ to \d+ \(0\.\d+ to 0\.\d+ s\) can't be decoded: ", message)


def test_what_a_decoder_does_not_know_is_not_called_cut_off(tool: Ffmpeg, wav: Path) -> None:
    """FLAC of 32 bits, which ffmpeg 5.1 can't decode: by a header that says so."""
    path = signals.convert(tool, wav, "deep.flac")
    data = bytearray(path.read_bytes())
    data[20:22] = bytes([data[20] | 1, data[21] | 0xF0])
    path.write_bytes(data)
    kind, message = fault(tool, path)
    assert kind == "corrupt"
    assert "decoded: " in message


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("t.wav", b"hello, I am text\n" * 9, "unsupported", "starts with the text 'hello, I am"),
        ("p.wav", b"#EXTM3U\nfile:///etc/passwd\n", "unsupported", "starts with the text"),
        ("e.flac", b"", "corrupt", "empty"),
        ("b.wav", bytes(range(128, 228)), "unsupported", "starts with the bytes 80 81"),
        ("r.wav", b"RIFF\x00\x00\x00\x00WAVE", "corrupt", "no data chunk"),
        ("i.png", b"\x89PNG\r\n\x1a\n" + b"0" * 99, "unsupported", "no audio"),
    ],
)
def test_what_is_no_audio(
    tool: Ffmpeg, tmp_path: Path, name: str, content: bytes, kind: str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = fault(tool, path)
    assert found[0] == kind
    assert message in found[1]


def test_a_wrong_ending_is_named_with_both_kinds(tool: Ffmpeg, wav: Path) -> None:
    flac = signals.convert(tool, wav, "a.flac")
    disguised = flac.rename(flac.with_name("b.wav"))
    kind, message = fault(tool, disguised)
    assert kind == "unsupported"
    assert message == "the file holds FLAC but its name ends in .wav for WAV"


def test_a_name_without_ending_is_fine(tool: Ffmpeg, wav: Path) -> None:
    facts = MediaProbe(tool).audio(wav.rename(wav.with_name("0a1b2c")))
    assert facts.samples == SAMPLES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ar": 4_000}, "4000 Hz"),
        ({"ar": 37_800}, "37800 Hz"),
    ],
)
def test_shapes_that_are_not_taken(
    tool: Ffmpeg, wav: Path, options: dict[str, int], message: str
) -> None:
    kind, text = fault(tool, signals.convert(tool, wav, "odd.wav", **options))
    assert kind == "unsupported"
    assert message in text


@pytest.mark.parametrize(("samples", "accepted"), [(1, True), (0, False)])
def test_one_sample_is_music_none_is_not(
    tool: Ffmpeg, tmp_path: Path, samples: int, *, accepted: bool
) -> None:
    pcm = signals.integers(signals.music(1), 16)[:samples]
    path = signals.write_wav(tmp_path / "s.wav", pcm, rate=44_100, bits=16)
    if accepted:
        assert MediaProbe(tool).audio(path).samples == 1
    else:
        assert fault(tool, path) == ("corrupt", "the file holds no audio (0 samples)")
