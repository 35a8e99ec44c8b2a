"""The probe of media files as one object: fits the `Probe` port of ingest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcode.audio_probe import probe_audio
from transcode.image_probe import probe_image
from transcode.spectrogram import spectrogram

if TYPE_CHECKING:
    from pathlib import Path

    from transcode.facts import AudioFacts, ImageFacts
    from transcode.ffmpeg import Ffmpeg


class MediaProbe:
    """Looks into audio with one ffmpeg, into pictures with Pillow."""

    def __init__(self, tool: Ffmpeg) -> None:
        self._tool = tool

    def audio(self, path: Path) -> AudioFacts:
        """Facts from decoding the file to its end. Raises MediaFault."""
        return probe_audio(self._tool, path)

    def spectrogram(self, path: Path) -> bytes:
        """A PNG of its spectrum over time. Raises MediaFault."""
        return spectrogram(self._tool, path)

    def image(self, path: Path) -> ImageFacts:
        """Facts from decoding the picture. Raises MediaFault."""
        return probe_image(path)
