"""Files that people write: agreements in TOML, JSON or YAML, figures and rates in CSV.

Numbers of files are decimals from the first digit on; no floating one ever comes between.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.errors import Misuse, NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MOST_BYTES = 32_000_000
MOST_FINDINGS = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a CSV file by the names of its columns."""

    number: int
    cells: dict[str, str]


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        NotFound, Misuse: it can't be read, is too large, or is no UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as no:
        raise NotFound(f"{path} can't be read: {no.strerror}") from no
    if len(data) > MOST_BYTES:
        raise Misuse(f"{path.name} is larger than {MOST_BYTES} bytes", remedy="split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as no:
        raise Misuse(f"{path.name} is no UTF-8: byte {no.start}", remedy="save it as UTF-8") from no


def read_document(path: Path) -> Any:  # noqa: ANN401 - whatever the file says
    """A TOML, JSON or YAML file by its ending.

    Raises:
        NotFound, Misuse: no such file, or it doesn't parse; with the place.
    """
    text, kind = read_text(path), path.suffix.casefold()
    try:
        if kind == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        if kind == ".json":
            return json.loads(text, parse_float=Decimal)
        if kind in {".yaml", ".yml"}:
            return _yaml(text)
    except (ValueError, RecursionError) as no:
        raise Misuse(f"{path.name} doesn't parse: {str(no)[:300]}") from no
    raise Misuse(
        f"{path.name} is of no kind that we read", remedy="name it .toml, .json, .yaml or .yml"
    )


def _yaml(text: str) -> Any:  # noqa: ANN401
    """YAML whose numbers and days are texts, so that no digit is lost; no aliases, no tags."""
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 - only for such files

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.BaseLoader)):
            raise ValueError("aliases are not read")
        found = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - makes texts, lists, tables alone
    except yaml.YAMLError as no:
        raise ValueError(str(no)) from no
    return _nothing(found)


def _nothing(value: Any) -> Any:  # noqa: ANN401
    """YAML's words for nothing as None."""
    if isinstance(value, dict):
        return {key: _nothing(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_nothing(each) for each in value]
    return None if value in {"", "~", "null"} else value


def read_csv(path: Path, needed: Collection[str], allowed: Collection[str]) -> Iterator[Line]:
    """The lines after the heading; comma or semicolon, by the heading.

    Raises:
        NotFound, Misuse: no such file, or its heading misses a column or has one we don't know.
    """
    text = read_text(path)
    heading = text.split("\n", 1)[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [name.strip().casefold() for name in next(reader, [])]
    _judge_heading(path.name, names, needed, allowed)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            padded = [*cells, *[""] * (len(names) - len(cells))]
            extra = {"": "more cells than columns"} if len(cells) > len(names) else {}
            yield Line(reader.line_num, {**dict(zip(names, padded, strict=False)), **extra})
    except csv.Error as no:
        raise Misuse(f"{path.name}, line {reader.line_num}: {no}", remedy="mend its quotes") from no


def _judge_heading(
    file: str, names: list[str], needed: Collection[str], allowed: Collection[str]
) -> None:
    told = ", ".join(allowed)
    missing = [name for name in needed if name not in names]
    if missing:
        raise Misuse(
            f"{file}, line 1: the column {missing[0]} is missing", remedy=f"a heading with {told}"
        )
    strange = [name for name in names if name not in allowed]
    if strange:
        raise Misuse(
            f"{file}, line 1: there is no column {strange[0][:60]!r}", remedy=f"known: {told}"
        )
    if len(set(names)) < len(names):
        raise Misuse(f"{file}, line 1: a column stands there twice", remedy="leave one of them out")
