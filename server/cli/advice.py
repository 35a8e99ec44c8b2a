"""DDEX's own Schematron rules, run as advice: shown apart, never part of an outcome."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.errors import NotFound, PartMissing
from ddex import schematron
from ddex.ern.repair.outline import Outline
from ddex.findings import clip
from ddex.positions import locate

if TYPE_CHECKING:
    from pathlib import Path

    from ddex.ern.examine import Examination

MOST = 1_000
_BIG = 8 * 1024 * 1024


class Adviser:
    """Runs the rule files of a folder (`*.sch`, at any depth) that a message's profile asks for.

    Raises (when made):
        PartMissing: the XSLT processor is not installed.
        NotFound: the folder has no rules.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from saxonche import PySaxonProcessor
        except ImportError:
            raise PartMissing(
                "official rules need the XSLT processor saxonche (MPL-2.0)",
                remedy="pip install 'segue[schematron]'",
            ) from None
        self._files = sorted(path for path in folder.rglob("*.sch") if path.is_file())
        if not self._files:
            raise NotFound(
                f"no official rules (*.sch) in {folder}",
                remedy="DDEX gives them out with its schemas: segue schemas install FOLDER|ZIP",
            )
        self._make = PySaxonProcessor
        self._compiled: dict[Path, Any] = {}

    @cached_property
    def _processor(self) -> Any:  # noqa: ANN401 - saxonche has no types
        return self._make(license=False)

    def advise(self, data: bytes, found: Examination) -> tuple[schematron.Advice, ...]:
        """What the official rules say of a message that could be read, in document order."""
        message = found.message
        if message is None or message.type != "NewReleaseMessage" or len(data) > _BIG:
            return ()
        outline = Outline(data)
        profiles = " ".join(
            value for name, value in outline.root.attributes.items() if "Profile" in name
        )
        node = self._processor.parse_xml(xml_text=_undeclared(outline.utf8))
        said: dict[schematron.Advice, None] = {}
        for path in self._files:
            if schematron.applies(path.name, found.version, profiles):
                said.update(dict.fromkeys(self._run(path, node)))
        kept = list(said)[:MOST]
        spots = locate(outline.utf8, {each.xpath for each in kept})
        placed = (
            replace(each, line=spots[each.xpath][0], column=spots[each.xpath][1])
            if each.xpath in spots
            else each
            for each in kept
        )
        return tuple(sorted(placed, key=lambda each: (each.line, each.rule)))

    def _run(self, path: Path, node: Any) -> tuple[schematron.Advice, ...]:  # noqa: ANN401
        if path not in self._compiled:
            self._compiled[path] = self._compile(path)
        sheet = self._compiled[path]
        if sheet is None:
            return ()
        return schematron.understood(sheet.transform_to_string(xdm_node=node).encode())

    def _compile(self, path: Path) -> Any:  # noqa: ANN401
        """None for a file whose rules ask for more than the message."""
        try:
            sheet = schematron.translate(path.read_bytes()).decode()
        except schematron.NotTranslated:
            return None
        return self._processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=sheet)


def _undeclared(utf8: bytes) -> str:
    """The text without its declaration, whose encoding is no longer true."""
    text = utf8.decode().removeprefix("\ufeff")
    return text[text.index("?>") + 2 :] if text.startswith("<?xml ") else text


def advice_json(advice: schematron.Advice) -> dict[str, Any]:
    """`{level, rule, text, xpath, line, column}`."""
    return {**asdict(advice), "text": clip(advice.text, 1_000)}
