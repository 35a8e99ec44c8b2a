"""The outbound guard: forms of URLs, classes of addresses, and resolvers that lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.addresses import reachable, read_address
from core.errors import Unavailable
from core.outbound import LONGEST, Outbound, OutboundRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "1.1.1.1", "172.32.0.1")
OWN = (
    *("127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("100.64.0.1", "100.127.255.255", "198.18.0.1", "::1", "fc00::1", "fdff:ffff::1"),
)
NEVER = (
    *("0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "192.0.0.192", "192.0.2.1"),  # noqa: S104 - judged only
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "100.100.100.200", "168.63.129.16", "192.88.99.1"),
    *("::", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "::ffff:127.0.0.1"),
    *("::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1"),
    *("3fff::1", "100::1", "fd00:ec2::254", "5f00::1", "4000::1"),
)


def told(*answers: str) -> Outbound:
    return Outbound(resolver=lambda _host, _port: answers)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    assert told(address).check("https://example.com/hook?x=1").addresses == (address,)


@pytest.mark.parametrize("address", OWN)
def test_own_networks_need_the_setting(address: str) -> None:
    with pytest.raises(OutboundRefused, match="no public address") as refused:
        told(address).check("https://example.com/")
    assert "outbound.allow_private" in refused.value.remedy
    inside = Outbound(allow_private=True, resolver=lambda _host, _port: [address])
    assert inside.check("http://intern.example:9000/").addresses == (address,)


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("private", [False, True])
def test_some_addresses_are_never_open(address: str, *, private: bool) -> None:
    guard = Outbound(allow_private=private, resolver=lambda _host, _port: [address])
    with pytest.raises(OutboundRefused, match="no public address"):
        guard.check("https://example.com/")


def test_one_bad_answer_spoils_all() -> None:
    with pytest.raises(OutboundRefused, match=r"10\.0\.0\.1"):
        told("93.184.216.34", "10.0.0.1").check("https://example.com/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]:8080/x"),
        *("http://[fe80::1%25lo]/", "http://[64:ff9b::7f00:1]/", "https://169.254.169.254/latest"),
        *("http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[fd00:ec2::254]/"),
    ],
)
def test_literal_addresses_are_judged_without_asking(url: str) -> None:
    def nobody(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError("a literal address needs no resolver")

    with pytest.raises(OutboundRefused):
        Outbound(resolver=nobody).check(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "//example.com/x", "ftp://example.com/", "file:///etc/passwd"),
        *("gopher://example.com/", "unix:/run/x", "javascript:alert(1)", "http://", "http:///x"),
        *("http://user@example.com/", "http://user:pass@example.com/", "http://:@example.com/"),
        *("http://example.com:0/", "http://example.com:22/", "http://example.com:25/"),
        *("http://example.com:70000/", "http://example.com:x/", "http://example.com:-1/"),
        *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/"),
        *("http://0x7f.1/", "http://0/", "http://1.2.3.4./", "http://example.0x7f/"),
        *(
            "http://\uff11\uff12\uff17.0.0.1/",
            "http://exa%6dple.com/",
            "http://a b/",
            "http://a\nb/",
        ),
        *("http://[::1", "http://exa\x00mple.com/", "http://.example.com/", "http://a..b/"),
        "http://" + "a" * 254 + "/",
        "http://example.com/" + "a" * LONGEST,
    ],
)
def test_forms_that_are_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(OutboundRefused):
        told("93.184.216.34").check(url)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://example.com", 80),
        ("HTTPS://EXAMPLE.com/", 443),
        ("https://example.com:8443/a", 8443),
        ("http://bücher.example/", 80),
        ("http://93.184.216.34/", 80),
        ("http://[2606:2800:220:1:248:1893:25c8:1946]:443/", 443),
    ],
)
def test_forms_that_pass(url: str, port: int) -> None:
    assert told("93.184.216.34").check(url).port == port


def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(Unavailable, match="Name or service not known"):
        Outbound(resolver=unknown).check("https://nowhere.example/")
    with pytest.raises(Unavailable, match="no address"):
        told().check("https://nowhere.example/")


def test_addresses_are_written_in_full() -> None:
    assert [read_address(text) for text in ("127.1", "fe80::1%lo", "x", "01.2.3.4")] == [None] * 4
    found = read_address("::ffff:1.2.3.4")
    assert found
    assert not reachable(found, private=True)
