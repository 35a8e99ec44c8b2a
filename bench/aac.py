"""Quality and speed of the AAC encoders that the ladder could use, by ViSQOL in audio mode.

For each bit rate of the ladder: ffmpeg's native coder as `twoloop` and as `fast`, with its own and
with other cut-offs. Quality is MOS-LQO over all clips (mean and least), speed is real time divided
by encoding time. The ratio is the speed of what the ladder uses against the quickest candidate.
"""

from __future__ import annotations

import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

from bench import _album, _common, _music
from core.errors import PartMissing
from transcode import ffmpeg

RATE = 48_000  # ViSQOL's audio mode listens at 48 kHz
SECONDS = 6
CANDIDATES: dict[int, tuple[tuple[str, ...], ...]] = {
    64: (
        ("-aac_coder", "twoloop"),
        ("-aac_coder", "fast"),
        ("-aac_coder", "twoloop", "-cutoff", "11000"),
        ("-aac_coder", "twoloop", "-cutoff", "15000"),
    ),
    128: (
        ("-aac_coder", "twoloop"),
        ("-aac_coder", "fast"),
        ("-aac_coder", "twoloop", "-cutoff", "15000"),
        ("-aac_coder", "twoloop", "-cutoff", "18000"),
    ),
    256: (
        ("-aac_coder", "twoloop"),
        ("-aac_coder", "fast"),
        ("-aac_coder", "twoloop", "-cutoff", "18000"),
        ("-aac_coder", "twoloop", "-cutoff", "20000"),
    ),
}


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    judge = _judge()
    tool = ffmpeg.locate()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        clips = _clips(tool, folder)
        for kilobits, candidates in CANDIDATES.items():
            for options in candidates:
                row = _candidate(tool, judge, clips, kilobits, options, folder)
                _common.say(str(row))
                rows.append(row)
    speeds = [row["times_real_time"] for row in rows if "twoloop" in row["options"]]
    fast = [row["times_real_time"] for row in rows if "fast" in row["options"]]
    figures = {
        "ffmpeg": ".".join(map(str, tool.version)),
        "clips": [clip.stem for clip in clips],
        "seconds_each": SECONDS,
        "candidates": rows,
        "lacks": "listeners; music that was never coded (the recorded clips come from Vorbis)",
    }
    ratio = round(float(np.mean(fast)) / float(np.mean(speeds)), 3)
    return _common.report("aac", "each other", {"fast_over_twoloop_speed": ratio}, figures)


def _judge() -> Any:  # noqa: ANN401 - not there in every installation
    try:
        from visqol import VisqolApi  # noqa: PLC0415 - only for this bench
    except ImportError as missing:
        raise PartMissing(
            "visqol-python is not installed", remedy="pip install --group measure"
        ) from missing
    judge = VisqolApi()
    judge.create(mode="audio")
    return judge


def _clips(tool: ffmpeg.Ffmpeg, folder: Path) -> list[Path]:
    clips = []
    for kind in _music.KINDS:
        path = folder / f"{kind}.wav"
        pcm = np.rint(_music.make(kind, 5, SECONDS, RATE) * 32_767).astype("<i2")
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 2, RATE, 0, "NONE", ""))
            file.writeframes(pcm.tobytes())
        clips.append(path)
    masters, material = _album.masters(tool, folder, tracks=3)
    if material == _album.PACKAGE:
        for index, master in enumerate(masters):
            path = folder / f"recorded{index}.wav"
            cut = ["-ss", "40", "-t", str(SECONDS), "-i", str(master)]
            _album.run(tool, [*cut, "-ar", str(RATE), str(path)])
            clips.append(path)
    return clips


def _candidate(
    tool: ffmpeg.Ffmpeg,
    judge: Any,  # noqa: ANN401 - see _judge
    clips: list[Path],
    kilobits: int,
    options: tuple[str, ...],
    folder: Path,
) -> dict[str, Any]:
    scores, spent, size = [], 0.0, 0
    for clip in clips:
        coded, back = folder / "coded.m4a", folder / "back.wav"
        began = time.perf_counter()
        encoder = ["-c:a", "aac", "-b:a", f"{kilobits}k", *options]
        _album.run(tool, ["-stream_loop", "4", "-i", str(clip), *encoder, str(coded)])
        spent += time.perf_counter() - began
        size += coded.stat().st_size
        _album.run(tool, ["-i", str(coded), "-t", str(SECONDS), "-ar", str(RATE), str(back)])
        scores.append(float(judge.measure(str(clip), str(back)).moslqo))
    seconds = 5 * SECONDS * len(clips)
    return {
        "kilobits": kilobits,
        "options": " ".join(options),
        "mos_mean": round(float(np.mean(scores)), 3),
        "mos_least": round(min(scores), 3),
        "times_real_time": round(seconds / spent, 1),
        "true_kilobits": round(8 * size / seconds / 1000, 1),
    }


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
