"""Listings that no name stops: of Azure and of Google, asked for by HTTP and read by us.

The library that reads and writes objects breaks a whole listing off at a name that none of its
paths may have: `a//b`, `../c`, control characters. Senders' names are hostile, so there these are
asked instead. What XML can't hold is shown as a character that no file's name may have.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx2

from ddex.errors import MessageUnreadable
from ddex.xml import Limits, parse
from storage.source import Found, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.google import Login

_PAGE = 1000
_LARGEST = 16 << 20
_TIMEOUT = 30.0
_UNSHOWN = "\u2028"
_ILLEGAL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_AZURE = "2021-08-06"


class Listing(Protocol):
    """Lists a bucket, whatever its objects are called."""

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """Pages of what lies under a prefix, keys greater than `after`. Raises StoreFault."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureListing:
    """A container. `base` is the address of its account; of `key` and `sas` one is given."""

    base: str
    account: str
    container: str
    key: str = field(default="", repr=False)
    sas: str = field(default="", repr=False)

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """By `List Blobs`."""
        asked = {"restype": "container", "comp": "list", "prefix": prefix, "maxresults": str(_PAGE)}
        while True:
            root = _asked(f"{self.base}/{self.container}", *self._signed(asked))
            found = [_azure(blob) for blob in root.iterfind("Blobs/Blob")]
            yield [one for one in found if one.key > after]
            marker = root.findtext("NextMarker")
            if not marker:
                return
            asked["marker"] = marker

    def _signed(self, query: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """The query and the headers of a request."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _AZURE}
        if self.sas:
            return {**dict(parse_qsl(self.sas)), **query}, headers
        if self.key:
            lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
            path = urlsplit(f"{self.base}/{self.container}").path
            resource = f"/{self.account}{path}"
            resource += "".join(f"\n{name}:{query[name]}" for name in sorted(query))
            text = "GET" + "\n" * 12 + lines + resource
            digest = hmac.digest(base64.b64decode(self.key), text.encode(), "sha256")
            signature = base64.b64encode(digest).decode()
            headers["authorization"] = f"SharedKey {self.account}:{signature}"
        return query, headers


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleListing:
    """A bucket, in Google's dialect of S3."""

    bucket: str
    login: Login
    base: str = "https://storage.googleapis.com"

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """By `GET Bucket`, version 2."""
        asked = {"list-type": "2", "prefix": prefix, "max-keys": str(_PAGE), "encoding-type": "url"}
        asked |= {"start-after": after} if after else {}
        while True:
            headers = {"authorization": f"Bearer {self.login.token()}"}
            root = _asked(f"{self.base}/{self.bucket}", asked, headers)
            yield [_google(each) for each in root.iterfind("{*}Contents")]
            marker = root.findtext("{*}NextContinuationToken")
            if not marker:
                return
            asked["continuation-token"] = marker


def _asked(url: str, query: dict[str, str], headers: dict[str, str]) -> Any:  # noqa: ANN401 - of lxml
    """The root of the XML that is answered."""
    data = _ILLEGAL.sub(_UNSHOWN.encode(), _sent(url, query, headers))
    try:
        return parse(data, Limits(max_bytes=_LARGEST)).root
    except MessageUnreadable as wrong:
        raise StoreFault("the store's listing is no XML") from wrong


def _sent(url: str, query: dict[str, str], headers: dict[str, str]) -> bytes:
    try:
        with httpx2.Client(timeout=_TIMEOUT) as client:
            got = client.get(url, params=query, headers=headers)
    except httpx2.HTTPError as error:
        raise StoreFault(f"the store can't be used: {error}"[:500]) from error
    if got.status_code >= 300:
        lasting = got.status_code in {400, 401, 403, 404}
        raise StoreFault(f"the store answered {got.status_code}", retryable=not lasting)
    return got.content


def _azure(blob: Any) -> Found:  # noqa: ANN401
    name = blob.find("Name")
    key = name.text or ""
    return Found(
        key=unquote(key) if name.get("Encoded") == "true" else key,
        size=int(blob.findtext("Properties/Content-Length") or 0),
        etag=(blob.findtext("Properties/Etag") or "").strip('"'),
        modified=parsedate_to_datetime(blob.findtext("Properties/Last-Modified") or ""),
        version=blob.findtext("VersionId") or "",
    )


def _google(each: Any) -> Found:  # noqa: ANN401
    return Found(
        key=unquote(each.findtext("{*}Key") or ""),
        size=int(each.findtext("{*}Size") or 0),
        etag=(each.findtext("{*}ETag") or "").strip('"'),
        modified=datetime.fromisoformat(each.findtext("{*}LastModified") or ""),
    )
