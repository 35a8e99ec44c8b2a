"""A sheet made, and as plain text and as one page of HTML that needs nothing beside it. Pure."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING

from ddex.choreography.rows import row
from server.services.sheet import naming, ways
from server.services.sheet.model import Sheet, day, limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from server.services.sheet.model import Agreed, Doors, Us, Way

_BEGIN = (
    "The commands take the folder to send from BATCH (BATCH=N_20260105100500123) and run beside "
    "it; secrets are read from password.txt and key.txt, which only you should be able to read."
)
_CONTACT = "Ask the person who sent you this sheet."
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1b22; max-width: 52rem; margin: 2rem auto;
  padding: 0 1.25rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; border-top: 1px solid #d9d6e0;
  padding-top: 1.1rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .6rem 0; }
dt { color: #5c5866; } dd { margin: 0; overflow-wrap: anywhere; }
pre { background: #f5f3f8; border-radius: 6px; padding: .8rem 1rem; overflow-x: auto;
  font: 13px/1.45 ui-monospace, monospace; }
p.closed { color: #a11; }
@media print { pre { white-space: pre-wrap; } body { margin: 0; } h2, h3 { break-after: avoid; } }
"""


def make(agreed: Agreed, us: Us, doors: Doors, now: datetime) -> Sheet:
    """The sheet of a feed."""
    agreement = row(agreed.choreography)
    batch = agreement.style == "batch"
    return Sheet(
        feed=agreed.id,
        name=agreed.name,
        made=day(now),
        parties=(
            ("Sender", f"{agreed.name}, {', '.join(agreed.dpids)}"),
            ("Recipient", f"{us.name}, {us.dpid}"),
        ),
        ways=tuple(ways.way(each, agreed, doors, batch=batch) for each in agreed.protocols),
        choreography=f"ERN choreography {agreement.version}, "
        + ("batch by batch" if batch else "release by release"),
        layout=naming.layout(agreement),
        rules=naming.rules(agreement),
        sample=naming.sample(agreement, agreed, us),
        limits=limits(agreed.terms),
        contact=us.contact or _CONTACT,
    )


def text(sheet: Sheet) -> str:
    """Plain text, to be sent by mail."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    title = f"Delivering to {sheet.parties[1][1].partition(',')[0]}: {sheet.name}"
    yield from (title, "=" * len(title), "", f"Feed {sheet.feed}, as of {sheet.made}")
    yield from (*_facts(sheet.parties), "", textwrap.fill(_BEGIN, 78))
    for way in sheet.ways:
        yield from ("", way.title, "-" * len(way.title))
        if not way.open:
            yield "(this door is closed at the moment)"
        yield from _facts(way.facts)
        for name, content in way.keep:
            yield from ("", f"Keep this as {name}:", "", _indented(content))
        for command in way.commands:
            yield from ("", f"With {command.client}:", "", _indented(command.text))
    yield from ("", "Folders and names", "-----------------", sheet.choreography, "")
    yield from (_indented(sheet.layout), "")
    yield from (textwrap.fill(f"- {rule}", 78, subsequent_indent="  ") for rule in sheet.rules)
    if sheet.sample:
        yield from ("", "Answers", "-------", f"Such as {sheet.sample.path}:", "")
        yield _indented(sheet.sample.xml)
    if sheet.limits:
        yield from ("", "Limits", "------", *_facts(sheet.limits))
    yield from ("", "Contact", "-------", sheet.contact)


def _facts(facts: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{label + ':':24} {value}" for label, value in facts]


def _indented(block: str) -> str:
    return textwrap.indent(block.rstrip("\n"), "    ", lambda _line: True)


def page(sheet: Sheet) -> str:
    """One page of HTML, to be printed or sent."""
    recipient = sheet.parties[1][1].partition(",")[0]
    body = [
        f"<h1>Delivering to {_safe(recipient)}</h1>",
        f"<p>{_safe(sheet.name)}, feed <code>{_safe(sheet.feed)}</code>, as of {sheet.made}</p>",
        _list(sheet.parties),
        f"<p>{_safe(_BEGIN)}</p>",
        *(part for way in sheet.ways for part in _way(way)),
        f"<h2>Folders and names</h2><p>{_safe(sheet.choreography)}</p>",
        _block(sheet.layout),
        "<ul>" + "".join(f"<li>{_safe(rule)}</li>" for rule in sheet.rules) + "</ul>",
    ]
    if sheet.sample:
        body += ["<h2>Answers</h2>", f"<p>Such as <code>{_safe(sheet.sample.path)}</code>:</p>"]
        body.append(_block(sheet.sample.xml))
    if sheet.limits:
        body += ["<h2>Limits</h2>", _list(sheet.limits)]
    body.append(f"<h2>Contact</h2><p>{_safe(sheet.contact)}</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Delivering to {_safe(recipient)}: {_safe(sheet.name)}</title>"
        f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _way(way: Way) -> Iterator[str]:
    yield f"<h2>{_safe(way.title)}</h2>"
    if not way.open:
        yield '<p class="closed">This door is closed at the moment.</p>'
    yield _list(way.facts)
    for name, content in way.keep:
        yield f"<h3>Keep this as <code>{_safe(name)}</code></h3>" + _block(content)
    for command in way.commands:
        yield f"<h3>With {_safe(command.client)}</h3>" + _block(command.text)


def _list(facts: Iterable[tuple[str, str]]) -> str:
    rows = (f"<dt>{_safe(label)}</dt><dd>{_safe(value)}</dd>" for label, value in facts)
    return f"<dl>{''.join(rows)}</dl>"


def _block(content: str) -> str:
    return f"<pre>{_safe(content.rstrip())}</pre>"


def _safe(words: str) -> str:
    return html.escape(words)
