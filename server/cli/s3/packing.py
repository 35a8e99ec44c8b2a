"""The zip for AWS Lambda: one file, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import io
import sys
import zipfile
from importlib import resources
from statistics import median
from typing import TYPE_CHECKING

from core import spawn

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "segue_lambda"
HANDLER = f"{MODULE}.lambda_handler"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can say."""
_CLOCK = """\
import sys, time
sys.path.insert(0, sys.argv[1])
began = time.perf_counter()
import segue_lambda
print(time.perf_counter() - began)
"""


def package() -> bytes:
    """The zip: `segue_lambda.py`, readable by everybody, with a fixed date."""
    source = resources.files("server.cli.s3").joinpath("lambda_entry.py").read_bytes()
    entry = zipfile.ZipInfo(f"{MODULE}.py", _EPOCH)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # Unix, also when packed elsewhere
    entry.compress_type = zipfile.ZIP_DEFLATED
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(entry, source, compresslevel=9)
    return made.getvalue()


def digest(made: bytes) -> str:
    """SHA-256 in base64, as AWS tells of a function's code (`CodeSha256`)."""
    return base64.b64encode(hashlib.sha256(made).digest()).decode("ascii")


def import_ms(archive: Path, times: int = 5) -> float:
    """Milliseconds that a fresh Python of this machine takes to import the module from the zip,
    its standard library's modules included: the median of `times`."""
    return median(_import_once(archive) for _ in range(times))


def _import_once(archive: Path) -> float:
    done = spawn.run([sys.executable, "-I", "-c", _CLOCK, str(archive)], timeout=30)
    if done.code:
        raise RuntimeError(done.err)
    return float(done.out) * 1000
