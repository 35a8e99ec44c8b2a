"""Real HLS for the pages' own tests: tones cut by ffmpeg into fMP4 segments, AAC and FLAC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imageio_ffmpeg import get_ffmpeg_exe

from core import spawn

if TYPE_CHECKING:
    from pathlib import Path

RENDITIONS = {
    "aac64": ("64000", "mp4a.40.2", ["-c:a", "aac", "-b:a", "64k"]),
    "aac128": ("128000", "mp4a.40.2", ["-c:a", "aac", "-b:a", "128k"]),
    "aac256": ("256000", "mp4a.40.2", ["-c:a", "aac", "-b:a", "256k"]),
    "flac": ("900000", "fLaC", ["-c:a", "flac", "-strict", "-2"]),
}


def make_asset(folder: Path, seconds: float, pitch: int) -> None:
    """A track of a soft tone at `pitch` Hz under `folder`, with its multivariant playlist."""
    folder.mkdir(parents=True)
    tone = (
        f"aevalsrc='0.18*sin(2*PI*{pitch}*t)*(0.6+0.4*sin(2*PI*0.8*t))"
        f"+0.09*sin(2*PI*{pitch * 1.5}*t)':s=44100:d={seconds}:c=stereo"
    )
    argv = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", tone]
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for name, (rate, codec, options) in RENDITIONS.items():
        (folder / name).mkdir()
        argv += [
            "-map", "0:a", *options, "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod",
            "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4",
            "-hls_segment_filename", str(folder / name / "%d.m4s"), str(folder / name / "p.m3u8"),
        ]  # fmt: skip
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={rate},AVERAGE-BANDWIDTH={rate},CODECS="{codec}"',
            f"{name}/p.m3u8",
        ]
    done = spawn.run(argv, timeout=60)
    if done.code:
        raise RuntimeError(done.err)
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")
