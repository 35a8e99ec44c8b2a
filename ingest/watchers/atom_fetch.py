"""Requests to a sender's web service: guarded, bounded, conditional where that helps."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx2

from core.errors import Misuse, NotAllowed, Unavailable
from ddex.choreography.atom import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from core.outbound import Outbound

_TIMEOUT = 30.0
_TOTAL = 3600.0
"""Seconds that one answer may take in all."""
_REDIRECTS = 5
_KEEPING = frozenset({301, 307, 308})
"""Redirects that keep what is asked; clause 6 of ERN part 4 knows 301 for every call."""
_PORTS = {"http": 80, "https": 443}


class Gone(Exception):
    """The sender answers 404 or 410: what an entry named is outdated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How we may come to a web service: the addresses that the operator agreed on with the sender,
    the credential, (name, secret), and whether it may go over plain HTTP."""

    addresses: tuple[str, ...]
    credential: tuple[str, bytes] | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, where it came from, and what makes the next request for it conditional."""

    data: bytes
    url: str
    validators: dict[str, str] = field(default_factory=dict)


class Web:
    """A sender's web service; a context manager.

    The credential goes to the origins of the agreed addresses alone: no link, redirect or message
    of the sender's leads it elsewhere. Where such an address itself is plain HTTP, nothing is asked
    there unless the operator allowed the credential to be readable on its way.
    """

    def __init__(self, outbound: Outbound, access: Access) -> None:
        self._origins = {_origin(url) for url in access.addresses if url}
        self._said = _authorization(access.credential)
        self._plain = access.plain
        # redirects are followed by us, so that no credential follows them elsewhere
        self._client = outbound.client(_TIMEOUT, total=_TOTAL, redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def page(self, url: str, known: Mapping[str, str]) -> Answer | None:
        """A page of the Atom feed; None when it is as `known` says (an ETag, a date)."""
        names = {"etag": "if-none-match", "modified": "if-modified-since"}
        asked = {names[name]: value for name, value in known.items() if name in names and value}
        accept = {"accept": "application/atom+xml, application/xml"}
        try:
            return self._page(url, {**accept, **asked})
        except Gone as gone:
            raise Unavailable(f"the Atom feed is not there: {gone}") from gone

    def _page(self, url: str, headers: dict[str, str]) -> Answer | None:
        with _Opened(self, url, headers) as got:
            if got.status_code == httpx2.codes.NOT_MODIFIED:
                return None
            data = b"".join(_bounded(got, LIMITS.max_bytes))
            validators = {
                "etag": got.headers.get("etag", "")[:500],
                "modified": got.headers.get("last-modified", "")[:100],
            }
            return Answer(data, str(got.url), validators)

    def document(self, url: str, most: int) -> Answer:
        """A whole document of at most so many bytes. Raises as `pieces` does."""
        with _Opened(self, url, {"accept": "*/*"}) as got:
            return Answer(b"".join(_bounded(got, most)), str(got.url))

    def pieces(self, url: str, most: int) -> Iterator[bytes]:
        """The bytes of a file, as they come.

        Raises:
            Gone: there is no such thing any more.
            Unavailable, NotAllowed, Misuse: see their messages.
        """
        with _Opened(self, url, {"accept": "*/*"}) as got:
            yield from _bounded(got, most)

    def order(self, method: str, url: str, content: bytes = b"") -> int:
        """Have something done (POST with an XML document, DELETE): the status of the answer, whose
        body is not read. A redirect that keeps the method is followed, any other is the answer.

        Raises:
            Unavailable, NotAllowed, Misuse: see their messages.
        """
        headers = {"content-type": "application/xml"} if content else {}
        for _ in range(_REDIRECTS + 1):
            answer = self.send(method, url, headers, content)
            answer.close()
            if answer.status_code not in _KEEPING or not answer.has_redirect_location:
                return answer.status_code
            url = _next(answer)
        raise _too_often(url)

    def send(
        self, method: str, url: str, headers: dict[str, str], content: bytes = b""
    ) -> httpx2.Response:
        """Send one request, its body unread. No Accept-Encoding: bytes are counted as they are."""
        said = {**headers, "accept-encoding": "identity", "user-agent": "Segue"}
        if self._said and _origin(url) in self._origins:
            self._protect(url)
            said["authorization"] = self._said
        try:
            request = self._client.build_request(method, url, headers=said, content=content or None)
            return self._client.send(request, stream=True)
        except httpx2.InvalidURL as wrong:
            raise Misuse(f"{url[:200]!r} is no address: {wrong}") from wrong
        except httpx2.HTTPError as fault:
            raise Unavailable(f"{_host(url)}: {type(fault).__name__}: {fault}") from fault

    def _protect(self, url: str) -> None:
        if _origin(url)[0] != "https" and not self._plain:
            raise NotAllowed(
                f"the credential would go to {_host(url)} over plain http, readable on its way",
                remedy="use the https address of the service, or allow it by watch.plain_http",
            )


class _Opened:
    """One answer, judged, behind at most five redirects."""

    def __init__(self, web: Web, url: str, headers: dict[str, str]) -> None:
        self._web, self._url, self._headers = web, url, headers
        self._answer: httpx2.Response | None = None

    def __enter__(self) -> httpx2.Response:
        url = self._url
        for _ in range(_REDIRECTS + 1):
            answer = self._web.send("GET", url, self._headers)
            if answer.has_redirect_location:
                answer.close()
                url = _next(answer)
                continue
            self._answer = answer
            try:
                _judge(answer, url)
            except BaseException:
                answer.close()
                raise
            return answer
        raise _too_often(self._url)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._answer is not None:
            self._answer.close()


def _next(answer: httpx2.Response) -> str:
    """Where a redirect leads."""
    said = answer.headers["location"]
    try:
        return str(answer.url.join(said))
    except (httpx2.InvalidURL, ValueError) as wrong:
        raise Unavailable(f"{answer.url.host} redirects to {said[:200]!r}: {wrong}") from wrong


def _too_often(url: str) -> Unavailable:
    return Unavailable(f"{_host(url)} redirects more than five times")


def _judge(answer: httpx2.Response, url: str) -> None:
    status, host = answer.status_code, _host(url)
    if status in {200, 304}:
        return
    if status in {404, 410}:
        raise Gone(f"{host} answers {status}")
    if status in {401, 403}:
        raise NotAllowed(f"{host} answers {status}", remedy="set the feed's credential anew")
    raise Unavailable(f"{host} answers {status}")


def _bounded(answer: httpx2.Response, most: int) -> Iterator[bytes]:
    """The body; its declared length has to be its length."""
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise Misuse(f"{answer.url.host} sends {declared} bytes, at most {most} are taken")
    size = 0
    try:
        for piece in answer.iter_raw(1 << 20):
            size += len(piece)
            if size > most:
                raise Misuse(f"{answer.url.host} sends more than {most} bytes")
            yield piece
    except httpx2.HTTPError as fault:
        raise Unavailable(f"{answer.url.host}: {type(fault).__name__}: {fault}") from fault


def _authorization(credential: tuple[str, bytes] | None) -> str:
    if credential is None:
        return ""
    name, secret = credential
    text = secret.decode("utf-8", "replace").strip()
    if not name:
        return "Bearer " + text.encode("ascii", "replace").decode("ascii")
    return "Basic " + base64.b64encode(f"{name}:{text}".encode()).decode("ascii")


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme,
            (parts.hostname or "").lower().rstrip("."),
            parts.port or _PORTS.get(parts.scheme),
        )
    except ValueError:
        return "", "", None


def _host(url: str) -> str:
    return _origin(url)[1] or url[:100]
