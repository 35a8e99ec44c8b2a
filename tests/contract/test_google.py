"""Signing in at Google: a token endpoint that judges as Google's does, and stores behind it."""

from __future__ import annotations

import json
import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from core.outbound import Outbound
from storage.backends.clouds import ObstoreSource, open_bucket
from storage.google import ServiceAccount, direct
from storage.source import StoreFault
from tests.fixtures.google import EMAIL, Google, google_before
from tests.fixtures.stores import Moto, moto

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["moto"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


@pytest.fixture
def google(moto: Moto) -> Iterator[Google]:
    with google_before(moto.endpoint) as made:
        yield made


@pytest.fixture
def name(moto: Moto) -> str:
    """Of a bucket; unsigned, moto finds none with a dash."""
    made = f"b{uuid.uuid4().hex[:12]}"
    moto.s3.create_bucket(Bucket=made)
    return made


def bucket(google: Google, name: str, account: str) -> ObstoreSource:
    return open_bucket("gs", name, endpoint=google.url, secret={"service_account": account})


def refusal(source: ObstoreSource) -> StoreFault:
    with pytest.raises(StoreFault) as told:
        source.find("in/a")
    return told.value


def test_one_token_opens_all(google: Google, name: str) -> None:
    source = bucket(google, name, google.account())
    for each in ("in/a.xml", "in/d"):
        source.put(each, b"data")
    found = source.find("in/a.xml")
    assert found is not None
    assert source.read(found, 0, 4) == b"data"
    assert [one.key for page in source.pages("in/") for one in page] == ["in/a.xml", "in/d"]
    source.delete(found)
    assert google.asked == 1


def test_listings_that_we_ask_for_ourselves_are_signed_too(
    google: Google, moto: Moto, name: str
) -> None:
    moto.s3.put_object(Bucket=name, Key="in/b//c", Body=b"data")
    source = bucket(google, name, google.account())
    assert [one.key for page in source.pages("in/") for one in page] == ["in/b//c"]
    assert google.asked == 1


@pytest.mark.parametrize(
    ("why", "remedy"),
    [
        ("Invalid JWT Signature.", "segue feeds rotate FEED --kind store"),
        ("Invalid grant: account not found", "whether the account is there"),
        ("Invalid JWT: Token must be in a reasonable timeframe. Check iat", "clock"),
        ("\x1b[2J<b>hm</b>", "make a new JSON key"),
    ],
)
def test_a_refusal_is_told_as_google_says_it(
    google: Google, name: str, why: str, remedy: str
) -> None:
    google.refuses = why
    told = refusal(bucket(google, name, google.account()))
    assert told.message.startswith(f"{google.url.removeprefix('http://')} refuses the service")
    assert f"{EMAIL} (400): invalid_grant: " in told.message
    assert why.lstrip("\x1b") in told.message
    assert told.message.isprintable()
    assert remedy in told.remedy
    assert not told.retryable


def test_a_key_that_was_deleted_and_a_new_one(google: Google, name: str) -> None:
    """What was signed in is refused by the store first; why, the next sign-in tells."""
    source = bucket(google, name, google.account())
    assert source.find("in/a") is None
    google.forget_keys()
    assert "401" in refusal(source).message
    assert "Invalid JWT Signature." in refusal(source).message
    assert bucket(google, name, google.account()).find("in/a") is None


def test_an_account_of_another_name(google: Google, name: str) -> None:
    account = google.account(client_email="nobody@elsewhere.iam.gserviceaccount.com")
    assert "account not found" in refusal(bucket(google, name, account)).message


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_is_not_well_may_be_better_soon(
    google: Google, name: str, status: int
) -> None:
    google.breaks = status
    source = bucket(google, name, google.account())
    assert refusal(source).retryable
    google.breaks = 0
    assert source.find("in/a") is None


def test_nobody_at_the_token_address(google: Google, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/token"
        told = refusal(bucket(google, name, google.account(token_uri=nobody)))
    assert "can't be reached" in told.message
    assert EMAIL in told.message
    assert told.retryable


@pytest.mark.parametrize(
    "other",
    [
        {"private_key": "none"},
        {"private_key": 7},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
        {"client_email": None, "private_key": None},
    ],
)
def test_an_account_without_a_usable_key(google: Google, name: str, other: dict[str, Any]) -> None:
    told = refusal(bucket(google, name, json.dumps({**json.loads(google.account()), **other})))
    assert told.message == "the service account has no usable key"
    assert not told.retryable
    assert google.asked == 0


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/token", "http://[::1]:9/token", "file:///"]
)
def test_where_an_account_signs_in_is_judged(google: Google, url: str) -> None:
    """The JSON comes from a sender."""
    account = ServiceAccount(
        key=google.account(token_uri=url), client=lambda: Outbound().client(total=5.0)
    )
    with pytest.raises(StoreFault, match="token address of segue@") as told:
        account.token()
    assert not told.value.retryable


def test_no_other_field_of_an_account_leads_anywhere(google: Google, name: str) -> None:
    """The library would follow these."""
    elsewhere = {"gcs_base_url": "http://127.0.0.1:9", "disable_oauth": "true"}
    source = bucket(google, name, google.account(**elsewhere))
    assert source.find("in/a") is None
    assert google.asked == 1


def test_googles_own_address_has_one_form(google: Google) -> None:
    """Keys made long ago name another, and statements have to be for the one of today."""
    asked: list[str] = []

    def client() -> Any:  # noqa: ANN401 - of httpx2
        made = direct()
        made.event_hooks["request"] = [lambda request: asked.append(str(request.url))]
        made.event_hooks["request"].append(_stop)
        return made

    key = google.account(token_uri="https://accounts.google.com/o/oauth2/token")
    with pytest.raises(StoreFault, match=r"oauth2\.googleapis\.com, which signs"):
        ServiceAccount(key=key, client=client).token()
    assert asked == ["https://oauth2.googleapis.com/token"]


def _stop(request: Any) -> None:  # noqa: ANN401 - of httpx2
    import httpx2  # noqa: PLC0415 - for its error alone

    raise httpx2.ConnectError("not from a test", request=request)
