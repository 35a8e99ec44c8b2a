"""Headers of the PROXY protocol as proxies send them, in pieces, cut and hostile."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, strategies as st
from proxyprotocol.result import ProxyResultIPv4, ProxyResultIPv6, ProxyResultLocal
from proxyprotocol.v1 import ProxyProtocolV1
from proxyprotocol.v2 import ProxyProtocolV2

from ingest.doors.common.proxy import SIGNATURES, ProxyHead, announced
from ingest.doors.common.refusals import Refused

V4 = ProxyResultIPv4(
    (IPv4Address("192.0.2.7"), 40000),
    (IPv4Address("198.51.100.1"), 22),
    protocol=socket.SOCK_STREAM,
)
V6 = ProxyResultIPv6(
    (IPv6Address("2001:db8::7"), 40000),
    (IPv6Address("2001:db8::1"), 22),
    protocol=socket.SOCK_STREAM,
)
HEADS = {
    "v1 over IPv4": (ProxyProtocolV1().pack(V4), "192.0.2.7"),
    "v1 over IPv6": (ProxyProtocolV1().pack(V6), "2001:db8::7"),
    "v1 of nobody": (b"PROXY UNKNOWN\r\n", ""),
    "v2 over IPv4": (ProxyProtocolV2().pack(V4), "192.0.2.7"),
    "v2 over IPv6": (ProxyProtocolV2().pack(V6), "2001:db8::7"),
    "v2 of itself": (ProxyProtocolV2().pack(ProxyResultLocal()), ""),
}


@pytest.mark.parametrize(("head", "peer"), HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_header_in_pieces_tells_the_address_and_leaves_the_rest(
    head: bytes, peer: str, size: int
) -> None:
    found, sent = ProxyHead(), head + b"SSH-2.0-x\r\n"
    for at in range(0, len(sent), size):
        if found.feed(sent[at : at + size]):
            assert found.peer == peer
            assert (found.rest + sent[at + size :]) == b"SSH-2.0-x\r\n"
            return
    pytest.fail("the header was never whole")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"USER alpha\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 999.0.2.7 198.51.100.1 1 2\r\n",
        b"PROXY " + b"x" * 200,
        SIGNATURES[0] + b"\x31\x11\x00\x0c" + bytes(12),
        SIGNATURES[0] + b"\x21\x11\xff\xff",
        SIGNATURES[0] + b"\x21\x11\x00\x02\x00\x00",
    ],
)
def test_what_is_no_header_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        ProxyHead().feed(data)


@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_hostile_headers_are_refused_or_wait_for_more(signature: bytes, rest: bytes) -> None:
    head = ProxyHead()
    try:
        whole = head.feed(signature + rest)
    except Refused:
        return
    assert not whole or isinstance(head.peer, str)


def test_a_header_is_known_by_its_first_bytes() -> None:
    assert announced(b"PROX")
    assert announced(SIGNATURES[0])
    assert not announced(b"SSH-2.0")
    assert not announced(b"")
