"""Where a feed's objects lie in a bucket, judged: every document is made of one `Place`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import Misuse

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_WILD = re.compile(r"[*?$\x00-\x1f\x7f]")
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
ANSWERS = "acknowledgements/"
"""Below a feed's prefix: Segue writes there, the sender only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A feed's part of a bucket. Prefixes end with `/`, or are empty for the whole bucket.

    `processed` and `errors` are whole prefixes in the same bucket, empty when nothing is moved.
    """

    bucket: str
    prefix: str = ""
    processed: str = ""
    errors: str = ""
    partition: str = "aws"

    @property
    def answers(self) -> str:
        """Where acknowledgements are put."""
        return self.prefix + ANSWERS

    @property
    def moved(self) -> tuple[str, ...]:
        """Where objects go that were read."""
        return tuple(each for each in (self.processed, self.errors) if each)

    @property
    def answered(self) -> tuple[str, ...]:
        """Patterns of acknowledgements: below the prefix, and in the folders of batches."""
        return (f"{self.answers}*", f"{self.prefix}*/{ANSWERS}*")

    @property
    def ours(self) -> tuple[str, ...]:
        """Patterns of all keys that Segue alone writes."""
        return (*self.answered, *(f"{one}*" for one in self.moved))

    def arn(self, key: str | None = None) -> str:
        """Of the bucket, or of keys in it; `*` is any."""
        bucket = f"arn:{self.partition}:s3:::{self.bucket}"
        return bucket if key is None else f"{bucket}/{key}"


def place(
    bucket: str, prefix: str = "", processed: str = "", errors: str = "", partition: str = "aws"
) -> Place:
    """The place that these words mean; a prefix gets its closing `/`, so that `label` never opens
    `label2/`.

    Raises:
        Misuse: no name of a bucket, or a prefix that would mean more than it says.
    """
    if not bucket:
        raise Misuse("no bucket is named", remedy="--bucket NAME")
    if not _BUCKET.fullmatch(bucket):
        raise Misuse(
            f"{bucket!r} is no name of a bucket",
            remedy="3 to 63 small letters, digits, hyphens and dots",
        )
    if partition not in PARTITIONS:
        raise Misuse(f"no partition {partition!r}", remedy=f"one of: {', '.join(PARTITIONS)}")
    found = Place(
        bucket=bucket,
        prefix=_prefix("prefix", prefix),
        processed=_prefix("processed", processed),
        errors=_prefix("errors", errors),
        partition=partition,
    )
    for name in ("processed", "errors"):
        where = getattr(found, name)
        if where and found.answers.startswith(where):
            raise Misuse(
                f"the {name} prefix {where!r} holds the inbox {found.prefix!r}",
                remedy=f"take one beside or below it, such as {found.prefix}{name}/",
            )
    return found


def _prefix(name: str, text: str) -> str:
    if _WILD.search(text):
        raise Misuse(
            f"the {name} prefix {text!r} has a character that policies read as a pattern",
            remedy="leave out *, ?, $ and control characters",
        )
    if not text:
        return ""
    parts = text.strip("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or len(text.encode()) > 900:
        raise Misuse(
            f"the {name} prefix {text!r} can't be used",
            remedy="names of folders joined by single slashes, such as feeds/label/",
        )
    return "/".join(parts) + "/"
