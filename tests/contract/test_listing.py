"""Listings of Azure and Google as their documentation shows them, with names that break XML."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.doors.common.refusals import Refused
from ingest.watchers import keys
from storage.listing import AzureListing
from storage.source import StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.enable_socket


def _page(names: str, marker: str = "") -> bytes:
    facts = (
        "<Properties><Last-Modified>Sat, 21 Nov 2026 12:00:00 GMT</Last-Modified>"
        "<Etag>0x8D1</Etag><Content-Length>5</Content-Length></Properties>"
    )
    blobs = "".join(f"<Blob>{name}{facts}</Blob>" for name in names.split("|"))
    end = f"<Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker>"
    return f"\ufeff<?xml version='1.0' encoding='utf-8'?><E>{end}</E>".encode()


class _Azure(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, bytes]] = {
        "": _page(
            "<Name>in/a&#x7;b</Name>|<Name>in/c\x01d</Name>|"
            '<Name Encoded="true">in/e%EF%BF%BEf</Name>',
            "2",
        ),
        "2": _page("<Name>in/../up</Name>|<Name>in/a.xml</Name>"),
    }

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        self.send_response(404 if "/none" in self.path else 200)
        self.end_headers()
        self.wfile.write(self.pages[asked.get("marker", [""])[0]])

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def azure() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Azure)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_names_that_xml_cannot_hold(azure: str) -> None:
    """They are listed under names that are refused; what follows is listed as it is."""
    listing = AzureListing(base=azure, account="a", container="c", sas="sig=x")
    found = [one.key for page in listing.pages("in/") for one in page]
    assert (found[2:], len(found)) == (["in/e\ufffef", "in/../up", "in/a.xml"], 5)
    for key in found[:-1]:
        with pytest.raises(Refused):
            keys.path_of(key, "in/")
    assert keys.path_of(found[-1], "in/") == "a.xml"


def test_a_container_that_is_not_there(azure: str) -> None:
    listing = AzureListing(base=azure, account="a", container="none", sas="sig=x")
    with pytest.raises(StoreFault, match="404") as wrong:
        list(listing.pages("in/"))
    assert not wrong.value.retryable
