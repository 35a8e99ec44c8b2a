"""Rule 19: the files that a message names are safe to look for, and they are there.

`safe_path` is the only way from a URI of a message to a path. It judges text; links are the
business of whoever opens the file.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import File, Message
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX ERN part 1, File/URI; ERN-C, relative addresses"
_RIGHT = "<URI>resources/01.flac</URI>"


def _rule(code: str, severity: Severity, text: str, remedy: str, wrong: str) -> Rule:
    return Rule(
        code=code,
        number=19,
        severity=severity,
        ack_status="ResourceMissing" if severity is Severity.REJECT else "",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=_RIGHT,
    )


UNSAFE = _rule(
    "ERN-1901",
    Severity.REJECT,
    "A file address is relative to the message and stays inside the delivery.",
    "Write the path from the folder of the message, e.g. resources/01.flac.",
    "<URI>../../01.flac</URI>",
)
MISSING = _rule(
    "ERN-1902",
    Severity.REJECT,
    "Each file that the message names is in the delivery.",
    "Send the file with the message, under the name that the message gives.",
    "<URI>resources/02-not-there.flac</URI>",
)
SPELLING = _rule(
    "ERN-1903",
    Severity.WARN,
    "File names in the message are spelled like the files, letter case included.",
    "Use the same letter case and Unicode form in both.",
    "<URI>resources/01.FLAC</URI>",
)
STRAY = _rule(
    "ERN-1904",
    Severity.WARN,
    "Each file of the delivery is named by the message.",
    "Name the file in the message, or do not send it.",
    "<URI>resources/cover.jpg</URI>",
)
EMPTY = _rule(
    "ERN-1905",
    Severity.REJECT,
    "A file has content.",
    "Send the file again; its upload may have failed.",
    "<URI>resources/empty.flac</URI>",
)
KEPT = _rule(
    "ERN-1906",
    Severity.WARN,
    "An update may leave out files that were delivered before.",
    "Nothing to do: the earlier file stays. Send it to replace it.",
    "<URI>resources/02-not-there.flac</URI>",
)
RULES: tuple[Rule, ...] = (UNSAFE, MISSING, SPELLING, STRAY, EMPTY, KEPT)


_SHARED = "../resources/"
_SHORT = 256
_PLAIN = re.compile(r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.[A-Za-z0-9]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def safe_path(uri: str) -> PurePosixPath | Finding:
    """The relative path that a URI names, as written, or the finding that says why it is none."""
    if len(uri) < _SHORT and _PLAIN.fullmatch(uri):
        return PurePosixPath(uri)
    reason = _why_unsafe(uri)
    text = uri
    for _ in range(4):  # percent signs hide the same tricks, also when coded twice
        plain = unquote(text, errors="replace")
        if reason or plain == text:
            break
        text = plain
        reason = _why_unsafe(text)
    if reason:
        return UNSAFE.at(None, f"The address {clip(uri)!r} {reason}.", value=uri)
    return PurePosixPath(uri)


def is_web(uri: str) -> bool:
    """Whether it is an address of a web service (ERN part 4, GET ERN Resource)."""
    return uri.startswith(("https://", "http://"))


def fetched_path(uri: str) -> PurePosixPath:
    """Where a file lies that was fetched from this web address, from the folder of its message."""
    last = re.split(r"[?#]", uri, maxsplit=1)[0].rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip(".")
    digest = hashlib.sha256(uri.encode("utf-8", "replace")).hexdigest()[:16]
    return PurePosixPath(f"resources/{digest}_{name[-100:]}")


def path_of(uri: str) -> PurePosixPath | Finding:
    """Where a file that a message names lies, from the folder of the message; or why nowhere."""
    return fetched_path(uri) if is_web(uri) else safe_path(local(uri))


def local(uri: str) -> str:
    """The address in the release folder: `../resources/` is the folder of files that the releases
    of a batch share, and is looked for where a release's own `resources/` are."""
    return uri.removeprefix("../") if uri.startswith(_SHARED) else uri


def _why_unsafe(text: str) -> str:  # noqa: PLR0911 - one return per reason
    if _is_empty(text):
        return "names no file"
    if _CONTROL.search(text):
        return "has control characters"
    if "\\" in text:
        return "has a backslash"
    if text.startswith("/"):
        return "is absolute"
    if re.match(r"\s*[A-Za-z][A-Za-z0-9+.\-]*:", text):
        return "is not relative: it starts with a drive or scheme"
    if ".." in re.split(r"/", text.replace(" ", "")):
        return "leaves the delivery with '..'"
    if len(text.encode()) > 1024 or any(len(s.encode()) > 255 for s in text.split("/")):
        return "is too long"
    return ""


def _is_empty(text: str) -> bool:
    """Whether no file is named: nothing, dots, or a folder alone."""
    folder = text.endswith("/") and not text.startswith("/") and ":" not in text
    return ".." not in text and (folder or not text.strip().strip("./ "))


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a delivery, relative to the folder of its message, with size in bytes."""

    files: Mapping[str, int]
    _folded: dict[str, str]

    @classmethod
    def of(cls, files: Mapping[str, int]) -> Folder:
        """Index them, so that one look-up is quick."""
        return cls(files, {_folded(path): path for path in files})

    def find(self, path: PurePosixPath) -> str | None:
        """The file at this path: as written, decoded, in `resources/`, then in another spelling."""
        spellings = list(_spellings(path))
        exact = next((s for s in spellings if s in self.files), None)
        return exact or next(
            (self._folded[f] for f in map(_folded, spellings) if f in self._folded), None
        )


def _spellings(path: PurePosixPath) -> Iterator[str]:
    for text in dict.fromkeys((str(path), str(PurePosixPath(unquote(str(path)))))):
        yield text
        yield f"resources/{text}"


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def named_files(message: Message) -> Iterator[tuple[File, str]]:
    """Every file that the message says is in the delivery, with the ISRC or reference it is of."""
    for resource in message.resources:
        name = resource.identifier("ISRC") or resource.reference
        for file in resource.files:
            if file.provided is not False:
                yield file, name
    for file in message.other_files:
        if file.provided is not False:
            yield file, ""


def find_files(message: Message, files: Mapping[str, int]) -> dict[str, str]:
    """Path in `files` by URI as sent, for all named files that are safe and there."""
    folder = Folder.of(files)
    found = {}
    for file, _ in named_files(message):
        path = path_of(file.uri)
        actual = folder.find(path) if isinstance(path, PurePosixPath) else None
        if actual is not None:
            found[file.uri] = actual
    return found


def check_addresses(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 19, the part that needs no files: the shape of addresses."""
    fetches = context.feed is not None and context.feed.fetches
    for file, name in named_files(message):
        if fetches and is_web(file.uri):
            continue
        fault = safe_path(local(file.uri))
        if isinstance(fault, Finding):
            yield UNSAFE.at(file.place, fault.message, value=file.uri, resource=name)


def check_presence(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 19, the part that needs `context.files`."""
    if context.files is None:
        return
    folder = Folder.of(context.files)
    used = {folder.find(path) for path in _not_provided(message)}
    for file, name in named_files(message):
        path = path_of(file.uri)
        if isinstance(path, PurePosixPath):
            actual = folder.find(path)
            if actual is None and is_web(file.uri):
                continue  # its address is judged by itself
            used.add(actual)
            yield from _check_file(file, name, actual, context)
    for stray in sorted(context.files.keys() - used):
        if "/" in stray or not stray.lower().endswith(".xml"):
            yield STRAY.at(None, f"The message does not name {clip(stray)!r}.", file=clip(stray))


def _not_provided(message: Message) -> Iterator[PurePosixPath]:
    """Files that the message says are not sent; one that is there all the same is no stray."""
    files = [file for resource in message.resources for file in resource.files]
    for file in (*files, *message.other_files):
        path = safe_path(local(file.uri)) if file.provided is False else None
        if isinstance(path, PurePosixPath):
            yield path


def _as_written(uri: str) -> PurePosixPath:
    return fetched_path(uri) if is_web(uri) else PurePosixPath(local(uri))


def _check_file(file: File, name: str, actual: str | None, context: Context) -> Iterator[Finding]:
    uri = clip(file.uri)
    files = context.files or {}
    if actual is None:
        rule = KEPT if context.is_update else MISSING
        text = f"The file {uri!r} is not in the delivery."
        yield rule.at(file.place, text, value=file.uri, resource=name, file=uri)
    elif files[actual] == 0:
        text = f"The file {clip(actual)!r} is empty."
        yield EMPTY.at(file.place, text, value=file.uri, resource=name, file=clip(actual))
    elif actual not in set(_spellings(_as_written(file.uri))):
        text = f"The message says {uri!r}, the file is called {clip(actual)!r}."
        yield SPELLING.at(
            file.place, text, value=file.uri, expected=actual, resource=name, file=clip(actual)
        )
