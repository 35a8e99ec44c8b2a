"""What a message that changes no release shows, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ddex.findings import clip

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUPS = {
    "live": "known and live",
    "taken_down": "known and taken down",
    "unknown": "unknown here",
    "not_listed": "live here, not listed",
}
_STATUSES = {
    "applied": "applied",
    "waiting": "kept until its release arrives",
    "foreign": "not shown: others delivered it",
}
SHOWN = 20
"""Entries of a group; `--json` has them all."""


def print_report(report: dict[str, Any]) -> None:
    """A catalogue list against what is here, or what an enrichment speaks of."""
    for line in lines(report):
        typer.echo(line)


def lines(report: dict[str, Any]) -> Iterator[str]:
    """The text line by line; values of the sender are made printable."""
    yield ""
    if report.get("test"):
        yield "a test: nothing was applied"
    if report["kind"] == "enrichment":
        yield from _enrichment(report)
        return
    yield f"catalogue list: {report['listed']} entries, published {clip(report['published'])}"
    for group, words in _GROUPS.items():
        yield f"{words}: {report['counts'][group]}"
        for entry in report[group][:SHOWN]:
            yield f"  {clip(entry['identifier'])}  {clip(entry['artist'])} - {clip(entry['title'])}"
        yield from _rest(report["counts"][group])


def _enrichment(report: dict[str, Any]) -> Iterator[str]:
    total = sum(report["counts"].values())
    yield f"enrichment of {total} subject{'' if total == 1 else 's'}"
    for subject in report["subjects"][:SHOWN]:
        facts = f"{subject['facts']} fact{'' if subject['facts'] == 1 else 's'}"
        name = f"{subject['kind']} {clip(subject['identifier'])} {clip(subject['title'])}".rstrip()
        yield f"  {name}: {facts}, {_STATUSES[subject['status']]}"
    yield from _rest(total)


def _rest(total: int) -> Iterator[str]:
    if total > SHOWN:
        yield f"  and {total - SHOWN} more"
