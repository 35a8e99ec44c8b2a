"""The pull of objects from a real S3 server, against `aws s3 cp` from the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.errors import PartMissing

if TYPE_CHECKING:
    from pathlib import Path


def rate(work: Path, source: tuple[Path, str], pairs: int) -> tuple[float, dict[str, Any]]:
    """Our rate by that of `aws s3 cp`, median of pairs, and the figures."""
    raise PartMissing(f"no S3 server for {pairs} pairs of {source[0].name} in {work.name}")
