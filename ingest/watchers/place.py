"""Where a feed's objects lie: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://account/container/
prefix`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import Misuse

SCHEMES = {"s3": "s3", "gs": "gcs", "az": "azure"}
"""Scheme of the address → protocol of the feed."""
_FORM = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<rest>.+)")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_PREFIX = re.compile(r"[^\\\x00-\x1f\x7f?#]{1,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of a bucket (of an Azure container). `prefix` is empty or ends with a slash."""

    scheme: str
    bucket: str
    prefix: str = ""
    account: str = ""

    @classmethod
    def of(cls, url: str) -> Place:
        """Read an address.

        Raises:
            Misuse: it is none.
        """
        form = _FORM.fullmatch(url.strip())
        if form is None or form["scheme"] not in SCHEMES:
            raise Misuse(f"{url[:200]!r} is no address of an object store", remedy=_REMEDY)
        account, rest = "", form["rest"]
        if form["scheme"] == "az":
            account, _, rest = rest.partition("/")
            if not _ACCOUNT.fullmatch(account):
                raise Misuse(f"{account[:60]!r} is no storage account", remedy=_REMEDY)
        bucket, _, prefix = rest.partition("/")
        if not _BUCKET.fullmatch(bucket) or ".." in bucket:
            raise Misuse(f"{bucket[:80]!r} is no name of a bucket", remedy=_REMEDY)
        return cls(scheme=form["scheme"], bucket=bucket, prefix=_folder(prefix), account=account)

    @property
    def url(self) -> str:
        """The address again."""
        account = f"{self.account}/" if self.account else ""
        return f"{self.scheme}://{account}{self.bucket}/{self.prefix}"

    @property
    def protocol(self) -> str:
        """As feeds call it."""
        return SCHEMES[self.scheme]

    def overlaps(self, other: Place) -> bool:
        """Whether an object could lie in both."""
        same = (self.scheme, self.account, self.bucket) == (
            other.scheme,
            other.account,
            other.bucket,
        )
        first, second = self.prefix, other.prefix
        return same and (first.startswith(second) or second.startswith(first))

    def below(self, folder: str) -> str:
        """The prefix of a folder: below ours, or with a leading slash from the bucket's root."""
        return _folder(folder) if folder.startswith("/") else self.prefix + _folder(folder)


def _folder(text: str) -> str:
    bare = text.strip("/")
    if not bare:
        return ""
    if not _PREFIX.fullmatch(bare) or any(part in {"", ".", ".."} for part in bare.split("/")):
        raise Misuse(f"{text[:200]!r} is no folder of a bucket", remedy=_REMEDY)
    return f"{bare}/"


_REMEDY = (
    "write s3://bucket/folder, gs://bucket/folder or az://account/container/folder; "
    "buckets are small letters, digits, dots and hyphens"
)
