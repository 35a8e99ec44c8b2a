"""The outbound guard on real sockets: rebinding, redirects, certificates, receivers that drip."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx2
import pytest

from core.clock import system_clock
from core.outbound import Outbound, OutboundRefused
from ingest.doors.common.certificate import ensure_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.headers['host']}{self.path}")  # type: ignore[attr-defined]
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("location", self.path.removeprefix("/to/"))
            self.send_header("content-length", "0")
            self.end_headers()
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("content-length", "1000000")
            self.end_headers()
            self._drip()
        else:
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def _drip(self) -> None:
        """A byte now and then, for ever: each operation is in time, the whole never."""
        try:
            while not self.server.over.wait(0.05):  # type: ignore[attr-defined]
                self.wfile.write(b".")
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked = []  # type: ignore[attr-defined]
    server.over = threading.Event()  # type: ignore[attr-defined]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], server.asked  # type: ignore[attr-defined]
    finally:
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()


class Changing:
    """A resolver that gives another answer each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_a_name_that_turns_inwards_is_refused_where_the_socket_opens() -> None:
    turning = Changing(["93.184.216.34"], ["127.0.0.1"])
    guard = Outbound(resolver=turning)
    with serving() as (port, asked):
        url = f"http://turning.example:{port}/"
        assert guard.check(url).addresses == ("93.184.216.34",)
        with guard.client() as client, pytest.raises(OutboundRefused, match=r"127\.0\.0\.1"):
            client.get(url)
        assert not asked


def test_the_judged_answer_is_the_one_connected_to() -> None:
    """Asked once for each connection: there is no second look-up that could turn."""
    turning = Changing(["127.0.0.1"], ["169.254.169.254"])
    with serving() as (port, asked), Outbound(allow_private=True, resolver=turning).client() as own:
        assert own.get(f"http://turning.example:{port}/x").text == "ok"
        assert turning.asked == 1
        assert asked == [f"turning.example:{port}/x"]


def test_the_next_address_is_tried_when_one_is_silent() -> None:
    two = Changing(["::1", "127.0.0.1"])
    with serving() as (port, _), Outbound(allow_private=True, resolver=two).client() as client:
        assert client.get(f"http://two.example:{port}/").text == "ok"


def test_redirects_are_judged_again() -> None:
    with serving() as (port, asked):
        guard = Outbound(allow_private=True, resolver=Changing(["127.0.0.1"]))
        here = f"http://a.example:{port}"
        with guard.client() as client:
            assert client.get(f"{here}/to//other").status_code == 302, "nobody follows unasked"
        with guard.client(redirects=True) as client:
            assert client.get(f"{here}/to//other").text == "ok"
            for bad in (
                "http://169.254.169.254/latest/meta-data",
                "http://[::ffff:127.0.0.1]/",
                "http://u:p@b.example/",
                "http://b.example:22/",
            ):
                with pytest.raises(OutboundRefused):
                    client.get(f"{here}/to/{bad}")
            with pytest.raises((httpx2.UnsupportedProtocol, OutboundRefused)):
                client.get(f"{here}/to/file:///etc/passwd")
        assert all("meta-data" not in one or one.count("/to/") for one in asked)


def test_each_host_is_judged_for_itself() -> None:

    def answers(host: str, _port: int) -> list[str]:
        return ["93.184.216.34"] if host == "open.example" else ["10.0.0.1"]

    guard = Outbound(resolver=answers)
    assert guard.check("http://open.example/").host == "open.example"
    with pytest.raises(OutboundRefused), guard.client(redirects=True) as client:
        client.get("http://shut.example/")


def test_the_certificate_is_that_of_the_name_not_of_the_address(tmp_path: Path) -> None:
    kept = ensure_certificate(tmp_path, ["hook.example"], system_clock)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(kept.chain, kept.key)
    trusting = ssl.create_default_context(cafile=str(kept.chain))
    with serving(tls=server) as (port, _):
        guard = Outbound(allow_private=True, resolver=Changing(["127.0.0.1"]), tls=trusting)
        with guard.client() as client:
            assert client.get(f"https://hook.example:{port}/").text == "ok"
            with pytest.raises(httpx2.ConnectError, match=r"(?i)certificate"):
                client.get(f"https://other.example:{port}/")


def test_a_receiver_that_drips_is_cut_off() -> None:
    guard = Outbound(allow_private=True)
    with serving() as (port, _), guard.client(total=0.3) as client:  # noqa: SIM117 - what must fail
        with pytest.raises(httpx2.ReadTimeout):
            client.get(f"http://127.0.0.1:{port}/drip")


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with serving() as (port, _), Outbound(allow_private=True).client() as client:
        assert client.get(f"http://127.0.0.1:{port}/").text == "ok"


def test_a_name_that_nobody_knows_is_a_fault_of_the_network() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with Outbound(resolver=unknown).client() as client, pytest.raises(httpx2.ConnectError):
        client.get("http://nowhere.example/")
