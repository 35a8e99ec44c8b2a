"""Parts that others make: ffmpeg, DDEX's schemas, the engine of their Schematron rules."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

from core import spawn
from core.schemas import HOW_TO_GET_THEM, SchemaFolder
from ddex import schemas as known
from server.cli.checkup.verdict import fail, ok, warn
from server.cli.schemas import checked
from transcode import ffmpeg as tool

if TYPE_CHECKING:
    from server.cli.checkup.verdict import Patient, Verdict

ENCODERS = ("aac", "flac", "pcm_s16le")
"""What the transcoder asks of ffmpeg."""


def ffmpeg(about: Patient) -> Verdict:
    found = tool.locate(about.settings.media.ffmpeg)  # PartMissing says its own remedy
    listed = spawn.run([found.path, "-hide_banner", "-encoders"], timeout=20)
    names = set(re.findall(r"^ A\S{5} (\S+)", listed.out.decode("utf-8", "replace"), re.MULTILINE))
    lacking = [name for name in ENCODERS if name not in names]
    version = "git" if found.version[0] == 999 else ".".join(map(str, found.version))
    told = f"{found.path}, version {version}"
    if lacking:
        return fail(f"{told}, lacks {', '.join(lacking)}", "install a full build of ffmpeg")
    return ok(f"{told}, with {', '.join(ENCODERS)}")


def schemas(about: Patient) -> Verdict:
    folder = SchemaFolder(about.settings.schema_folder)
    rows = [checked(folder, entry) for entry in known.KNOWN]
    failed = [row["name"] for row in rows if row["state"] == "failed"]
    if failed:
        told = f"{', '.join(failed)} in {folder.root} can't be used"
        return fail(told, "segue schemas check says why; install them again with --replace")
    there = [row["version"] for row in rows if row["state"] == "ok" and row["kind"] == "ERN"]
    if not there:
        return warn(f"none in {folder.root}: the schema check is skipped", HOW_TO_GET_THEM)
    absent = [row["version"] for row in rows if row["state"] == "absent" and row["kind"] == "ERN"]
    without = f"; without {', '.join(absent)}" if absent else ""
    return ok(f"{folder.root}: ERN {', '.join(there)}{without}")


def schematron(_about: Patient) -> Verdict:
    if find_spec("saxonche") is None:
        return ok("saxonche is not installed: no official advice (pip install 'segue[schematron]')")
    return ok("saxonche is installed: segue validate --advice")
