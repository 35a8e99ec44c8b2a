"""Time and memory of examining ERN messages, against lxml parsing and validating the same bytes.

Ours: `ddex.ern.examine`, that is parsing, the schema, the model, all rules that need nothing but
the message, and the findings. The reference: a tree by `lxml`, validated by the same compiled
schema. `large` is made here, `album` is the official sample; `huge` is four times `large`, for its
memory only. Ours validates on a second thread when the message is big: `*_cpu` is the ratio of
processor time. Memory is the peak of a process that did nothing else.

`--once WHO FILE` is that process: it prints its peak resident memory in MiB and the findings.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from lxml import etree

from bench import _common
from bench._message import message
from core import settings as configured, spawn
from core.errors import PartMissing, SegueError
from core.schemas import SchemaFolder
from ddex.ern import reader
from ddex.ern.examine import examine
from ddex.xml import begin

if TYPE_CHECKING:
    from collections.abc import Callable

TRACKS = 1_000
ALBUM = "ern43/1 Audio.xml"
ALBUMS = 20
"""So many examinations of the album make one measure."""
SCHEMA = "ern/43/release-notification.xsd"


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    schemas = _schemas()
    album = _album(schemas).read_bytes()
    _common.say(f"making {TRACKS} tracks")
    large = message(TRACKS)
    found = {"large": _turns(large, schemas, 1), "album": _turns(album, schemas, ALBUMS)}
    figures: dict[str, Any] = {}
    for name, (pairs, cpu, data) in found.items():
        figures |= {f"{name}_{key}": value for key, value in pairs.figures("seconds").items()}
        figures |= {f"{name}_cpu": cpu.ratio, f"{name}_mb": round(len(data) / 1e6, 2)}
        per = 1 if name == "large" else ALBUMS
        seconds = sorted(pairs.ours)[len(pairs.ours) // 2] / per
        figures[f"{name}_mb_per_second"] = round(len(data) / 1e6 / seconds, 1)
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        for name, data in (("large", large), ("huge", message(TRACKS * 4))):
            path = Path(folder) / f"{name}.xml"
            path.write_bytes(data)
            figures |= _memory(name, path)
    ratios = {name: pairs.ratio for name, (pairs, _, _) in found.items()}
    return _common.report("ern", "lxml: parse and validate", ratios, figures)


def _turns(
    data: bytes, schemas: SchemaFolder, times: int
) -> tuple[_common.Pairs, _common.Pairs, bytes]:
    compiled = _compiled(schemas)
    cpu = _common.Pairs()

    def ours() -> float:
        return _clocked(lambda: examine(data, resource=schemas), times, cpu.ours)

    def reference() -> float:
        return _clocked(lambda: _validated(data, compiled), times, cpu.reference)

    ours()
    reference()
    cpu.ours.clear()
    cpu.reference.clear()
    return _common.measured_in_turn(ours, reference), cpu, data


def _clocked(work: Callable[[], object], times: int, cpu: list[float]) -> float:
    before = time.process_time()
    seconds = _common.timed(lambda: [work() and None for _ in range(times)])
    cpu.append(time.process_time() - before)
    return seconds


def _validated(data: bytes, compiled: etree.XMLSchema) -> bool:
    tree = etree.fromstring(data)
    if not compiled.validate(tree.getroottree()):
        raise SegueError(f"the message is not valid: {compiled.error_log[0]}"[:500])
    return True


def _compiled(schemas: SchemaFolder) -> etree.XMLSchema:
    """As a file, so as anybody would."""
    assert schemas.root is not None  # noqa: S101 - looked at before
    return etree.XMLSchema(etree.parse(str(schemas.root / SCHEMA)))


def _memory(name: str, path: Path) -> dict[str, Any]:
    """Peak memory of each in a process of its own."""
    figures: dict[str, Any] = {f"{name}_file_mb": round(path.stat().st_size / 1e6, 1)}
    for who in ("examine", "read", "reference"):
        done = spawn.run(
            [sys.executable, __file__, "--once", who, str(path)], timeout=600, cwd=Path.cwd()
        )
        if done.code:
            raise SegueError(f"{who} of {path.name} failed: {done.err[-500:]}")
        told = json.loads(done.out)
        figures[f"{name}_{who}_peak_mib"] = told["peak_mib"]
        if who == "examine":
            figures[f"{name}_findings"] = told["findings"]
            figures[f"{name}_{who}_seconds"] = told["seconds"]
    return figures


def once(who: str, path: Path) -> None:
    """The child: one message, and what it cost."""
    schemas, data = _schemas(), path.read_bytes()
    findings = 0
    start = time.perf_counter()
    if who == "examine":
        findings = len(examine(data, resource=schemas).findings)
    elif who == "read":
        reader.read(begin(data))
    else:
        _validated(data, _compiled(schemas))
    told = {
        "peak_mib": _peak(),
        "seconds": round(time.perf_counter() - start, 2),
        "findings": findings,
    }
    sys.stdout.write(json.dumps(told))


def _peak() -> int:
    """Most resident memory so far, in MiB. What getrusage tells begins with that of the parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _schemas() -> SchemaFolder:
    """The configured ones, else those beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "ddex" / "xsd"
    for folder in (configured.load().schema_folder, beside):
        schemas = SchemaFolder(folder)
        if schemas.configured:
            return schemas
    raise PartMissing("no DDEX schemas", remedy="set SEGUE_DDEX_SCHEMAS to their folder")


def _album(schemas: SchemaFolder) -> Path:
    assert schemas.root is not None  # noqa: S101 - looked at before
    path = schemas.root.parent / "samples" / ALBUM
    if not path.is_file():
        raise PartMissing(f"no {ALBUM}", remedy="put DDEX's `samples` beside the schemas")
    return path


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        once(sys.argv[2], Path(sys.argv[3]))
    else:
        raise SystemExit(_common.answer(measure, sys.argv))
