"""A sender's web service over real HTTP, as ERN part 4 has it: what it lists, what it was told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Told:
    """An order that came: POST or DELETE."""

    method: str
    path: str
    authorization: str | None
    body: bytes = b""


@dataclass(slots=True)
class Sender:
    """A web service: what it has by path, and what it was asked."""

    url: str = ""
    things: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    etag: str = '"1"'
    cut: set[str] = field(default_factory=set)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """Statuses of the next orders; then 200."""

    def publish(self, *entries: str, next_page: str = "", path: str = "/feed") -> None:
        """Write a page of the feed."""
        link = f'<link rel="next" href="{next_page}"/>' if next_page else ""
        self.things[path] = (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="urn:ddex"><id>urn:f</id>'
            f"<title>Releases</title><updated>2026-01-01T00:00:00Z</updated>{link}"
            f"{''.join(entries)}</feed>"
        ).encode()

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


def entry(name: str, href: str, release: str = "0000000000017", updated: str = "1") -> str:
    return (
        f"<entry><id>urn:{name}</id><title>{name}</title><updated>{updated}</updated>"
        f"<d:ReleaseId><ICPN>{release}</ICPN></d:ReleaseId>"
        f'<link rel="alternate" href="{href}"/><link rel="delete" href="{href}"/></entry>'
    )


class Handler(BaseHTTPRequestHandler):
    """Serves a `Sender`."""

    protocol_version = "HTTP/1.1"
    sender: Sender

    def do_GET(self) -> None:
        told = self.headers.get("if-none-match")
        self.sender.asked.append((self.path, self.headers.get("authorization"), told))
        if self.path in self.sender.moved:
            self._answer(301, b"", location=self.sender.moved[self.path])
        elif self.path.startswith("/feed") and told == self.sender.etag:
            self._answer(304, b"")
        elif self.path in self.sender.things:
            status = self.sender.statuses.get(self.path, 200)
            self._answer(status, self.sender.things[self.path], etag=self.sender.etag)
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        self._order("POST")

    def do_DELETE(self) -> None:
        self._order("DELETE")

    def _order(self, method: str) -> None:
        size = int(self.headers.get("content-length") or 0)
        body, said = self.rfile.read(size), self.headers.get("authorization")
        if self.path in self.sender.moved:
            self._answer(301, b"", location=self.sender.moved[self.path])
            return
        self.sender.told.append(Told(method, self.path, said, body))
        self._answer(self.sender.answers.pop(0) if self.sender.answers else 200, b"")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.path in self.sender.cut:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif status != 304:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    handler = type("Bound", (Handler,), {"sender": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
