"""Rule 20: a declared hash is that of the file. Reading files is the caller's work."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from ddex.ern.rules.files import find_files, named_files
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.model import HashSum, Message
    from ddex.ern.rules.context import Context, HashKey

SIZES: dict[str, int] = {
    "md5": 16,
    "sha1": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha3_224": 28,
    "sha3_256": 32,
    "sha3_384": 48,
    "sha3_512": 64,
    "crc32": 4,
    "blake3": 32,
}
"""Bytes of a digest by algorithm; names as in hashlib, where it knows them."""
_ALIASES = {"sha": "sha1", "crc": "crc32"}
_CLAUSE = "DDEX ERN part 1, File/HashSum"
_RIGHT = (
    "<HashSum><Algorithm>MD5</Algorithm>"
    "<HashSumValue>d41d8cd98f00b204e9800998ecf8427e</HashSumValue></HashSum>"
)


def _rule(code: str, severity: Severity, text: str, remedy: str, wrong: str) -> Rule:
    return Rule(
        code=code,
        number=20,
        severity=severity,
        ack_status="SignatureOrHashSumWrongOrMissing",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=_RIGHT,
    )


MISMATCH = _rule(
    "ERN-2001",
    Severity.REJECT,
    "A declared hash is the hash of the file.",
    "Send the file again; if it is right, correct the hash in the message.",
    "<HashSum><Algorithm>MD5</Algorithm>"
    "<HashSumValue>00000000000000000000000000000000</HashSumValue></HashSum>",
)
UNKNOWN_ALGORITHM = _rule(
    "ERN-2002",
    Severity.WARN,
    "A hash uses an algorithm that can be checked.",
    "Use MD5, SHA-256 or SHA-512.",
    "<HashSum><Algorithm>MD4</Algorithm>"
    "<HashSumValue>31d6cfe0d16ae931b73c59d7e0c089c0</HashSumValue></HashSum>",
)
IMPOSSIBLE = _rule(
    "ERN-2003",
    Severity.WARN,
    "A hash value has the length of its algorithm, in hexadecimal digits or base64.",
    "Write the whole hash; the file was not checked against it.",
    "<HashSum><Algorithm>MD5</Algorithm><HashSumValue>d41d8cd98f00b2</HashSumValue></HashSum>",
)
NO_HASH = _rule(
    "ERN-2004",
    Severity.WARN,
    "A file has a hash. Asked for by the policy `strict`, or by an override, only.",
    "Add the MD5 or SHA-256 of the file, so that a damaged upload is noticed.",
    "<!-- no HashSum -->",
)
RULES: tuple[Rule, ...] = (MISMATCH, UNKNOWN_ALGORITHM, IMPOSSIBLE, NO_HASH)


def algorithm(name: str) -> str | None:
    """Our name of a declared algorithm, None when it can't be checked."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    bare = re.sub(r"^sha3(?=\d{3}$)", "sha3_", bare)
    bare = _ALIASES.get(bare, bare)
    return bare if bare in SIZES else None


def digest(value: str, size: int) -> bytes | None:
    """The bytes of a declared value, hexadecimal or base64, None when of no possible form."""
    bare = re.sub(r"[\s:]", "", value)
    hexadecimal = re.sub(r"-", "", bare)
    if len(hexadecimal) == 2 * size and re.fullmatch(r"[0-9a-fA-F]+", hexadecimal):
        return bytes.fromhex(hexadecimal)
    stem = bare.rstrip("=").replace("-", "+").replace("_", "/")
    if not re.fullmatch(r"[A-Za-z0-9+/]+", stem):
        return None
    try:
        found = base64.b64decode(stem + "=" * (-len(stem) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == size else None


def needed_hashes(message: Message, files: Mapping[str, int]) -> frozenset[HashKey]:
    """Which hashes of which present files the caller should compute for `Context.hashes`."""
    return frozenset((path, name) for _, path, name, _ in _declared(message, files) if name)


def _declared(
    message: Message, files: Mapping[str, int]
) -> Iterator[tuple[HashSum, str, str | None, str]]:
    found = find_files(message, files)
    for file, resource in named_files(message):
        path = found.get(file.uri)
        if path is not None and files[path] > 0:  # an empty one is told by rule 19
            for declared in file.hashes:
                yield declared, path, algorithm(declared.algorithm), resource


def check_hash_form(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 20, the part that needs no files: known algorithm, possible value."""
    asked = context.policy.asks(NO_HASH)
    for file, resource in named_files(message):
        if asked and not file.hashes:
            text = f"The file {clip(file.uri)!r} has no hash."
            yield NO_HASH.at(file.place, text, value=file.uri, resource=resource)
        for declared in file.hashes:
            name = algorithm(declared.algorithm)
            if name is None:
                text = f"The hash algorithm {clip(declared.algorithm)!r} can't be checked."
                yield UNKNOWN_ALGORITHM.at(
                    declared.place, text, value=declared.algorithm, resource=resource
                )
            elif digest(declared.value, SIZES[name]) is None:
                text = f"{clip(declared.value)!r} can't be a {declared.algorithm} value."
                yield IMPOSSIBLE.at(declared.place, text, value=declared.value, resource=resource)


def check_hashes(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 20. Needs `context.files` and `context.hashes`; a hash not computed is not judged."""
    if context.files is None or context.hashes is None:
        return
    for declared, path, name, resource in _declared(message, context.files):
        actual = context.hashes.get((path, name)) if name else None
        wanted = digest(declared.value, SIZES[name]) if name else None
        if actual is not None and wanted is not None and actual != wanted:
            text = (
                f"The {declared.algorithm} of {clip(path)!r} is {actual.hex()}, not {wanted.hex()}."
            )
            yield MISMATCH.at(
                declared.place,
                text,
                value=declared.value,
                expected=actual.hex(),
                resource=resource,
                file=clip(path),
            )
