"""The guard of every URL that others gave: where may a request of ours go?

Only http and https, only to public addresses, judged where the socket is opened: the name is
resolved once, every answer is judged, and the socket is connected to that very answer, so that a
name that changes its mind between the two is of no use. Redirects take the same way again. Proxies
of the environment are not asked.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from core.addresses import reachable, read_address
from core.errors import NotAllowed, Unavailable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Sequence

    Resolver = Callable[[str, int], Sequence[str]]

LONGEST = 2_000
REDIRECTS = 5
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


class OutboundRefused(NotAllowed):
    """The URL is none that a request of ours may go to."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """Where a URL leads: its host, port and the judged addresses, in the resolver's order."""

    host: str
    port: int
    addresses: tuple[str, ...]


def resolve(host: str, port: int) -> list[str]:
    """The machine's own resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """The guard. With `allow_private` a URL may lead to one's own machine and networks too; `tls`
    is whom to trust, by default the public authorities."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._private = allow_private
        self._resolver = resolver
        self._tls = tls

    def check(self, url: str) -> Pinned:
        """Judge a URL before it is kept or used by another client.

        Raises:
            OutboundRefused: its form, its port or an address that it leads to.
            Unavailable: the name can't be resolved now.
        """
        host, port = _judge(_parse(url))
        try:
            return self._pinned(host, port)
        except OSError as fault:
            raise Unavailable(f"{host} can't be resolved: {fault.strerror or fault}") from fault

    def client(
        self, timeout: float = 15.0, *, total: float | None = None, redirects: bool = False
    ) -> httpx2.Client:
        """A client that connects to judged addresses only; for one thread.

        `timeout` is for each operation on the socket, `total` for a whole answer with its body,
        both in seconds. Requests raise OutboundRefused, or httpx2.HTTPError as ever.
        """
        return httpx2.Client(
            transport=_Transport(_Backend(self._pinned, total), self._tls),
            timeout=timeout,
            trust_env=False,
            follow_redirects=redirects,
            max_redirects=REDIRECTS,
        )

    def _pinned(self, host: str, port: int) -> Pinned:
        """Raises OutboundRefused, or OSError when the name is unknown."""
        given = read_address(host)
        texts = [host] if given else self._resolver(host, port)
        for text in texts:
            address = read_address(text)
            if address is None or not reachable(address, private=self._private):
                raise OutboundRefused(
                    f"{host} leads to {text}, which is no public address",
                    remedy="give a public address, or let the operator set outbound.allow_private",
                )
        if not texts:
            raise OSError("no address")
        return Pinned(host, port, tuple(texts))


def _parse(url: str) -> httpx2.URL:
    if len(url) > LONGEST:
        raise OutboundRefused(f"the URL has {len(url)} characters, at most {LONGEST} are taken")
    try:
        return httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as wrong:
        raise OutboundRefused(f"{url[:200]!r} is no URL: {wrong}") from wrong


def _judge(url: httpx2.URL) -> tuple[str, int]:
    """Host and port of a URL whose form is allowed."""
    if url.scheme not in {"http", "https"}:
        raise OutboundRefused(f"{url.scheme or 'no scheme'}: only http and https are allowed")
    if url.userinfo:
        raise OutboundRefused("names and passwords can't stand in a URL")
    host = url.raw_host.decode("ascii")
    if read_address(host) is None and not _is_name(host):
        raise OutboundRefused(f"{host[:200]!r} is neither a host name nor an address in full")
    port = url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]
    if port not in {80, 443} and not 1024 <= port <= 65535:
        raise OutboundRefused(f"port {port}: only 80, 443 and 1024 to 65535 are allowed")
    return host, port


def _is_name(host: str) -> bool:
    """Names whose last part is a number are addresses to the system's resolver."""
    last = host.rstrip(".").rpartition(".")[2]
    return bool(_HOST.fullmatch(host)) and len(host) <= 253 and not _NUMBER.fullmatch(last)


class _Transport(httpx2.HTTPTransport):
    """Each request, each redirect: the form of the URL first."""

    def __init__(self, backend: _Backend, tls: ssl.SSLContext | None) -> None:
        trusted = tls or httpx2.create_ssl_context()
        super().__init__(verify=trusted, trust_env=False)
        self._backend = backend
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trusted, network_backend=backend, max_connections=10
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        _judge(request.url)
        self._backend.begin()
        return super().handle_request(request)


class _Backend(httpcore2.NetworkBackend):
    """Opens sockets to judged addresses, and lets no answer take longer than `total`."""

    def __init__(self, pin: Callable[[str, int], Pinned], total: float | None) -> None:
        self._pin = pin
        self._total = total
        self._until = float("inf")
        self._sockets = httpcore2.SyncBackend()

    def begin(self) -> None:
        """A request begins; its time runs."""
        self._until = time.monotonic() + self._total if self._total else float("inf")

    def left(self, timeout: float | None) -> float | None:
        """Seconds for the next operation."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout(f"no whole answer within {self._total:g} s")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """To the first judged address that answers."""
        try:
            pinned = self._pin(host, port)
        except OSError as fault:
            raise httpcore2.ConnectError(f"{host} can't be resolved: {fault}") from fault
        for last, address in enumerate(pinned.addresses, start=1 - len(pinned.addresses)):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if last == 0:
                    raise
            else:
                return _Stream(stream, self)
        raise httpcore2.ConnectError(f"{host} has no address")


class _Stream(httpcore2.NetworkStream):
    """A socket that keeps to the time of its request."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: _Backend) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._clock.left(timeout))
        return _Stream(inner, self._clock)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the library's own
        return self._inner.get_extra_info(info)
