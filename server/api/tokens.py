"""The token endpoint: a secret or API key for an access token of a quarter of an hour."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote_plus

from starlette.responses import JSONResponse, Response

from ingest import feed_keys
from server.accounts.feed_tokens import SECONDS
from server.middleware import no_store
from server.services.senders import peer_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from server.services.senders import Senders


def token_endpoint(senders: Senders) -> Callable[[Request], Awaitable[Response]]:
    """`POST /oauth/token` as RFC 6749 has it, its errors too; the client is the feed's id."""

    async def endpoint(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        given = {name: values[0] for name, values in form.items()}
        if given.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "send grant_type=client_credentials")
        client, secret = _basic(request) or (
            given.get("client_id", ""),
            given.get("client_secret", ""),
        )
        peer = peer_of(request)
        is_key = feed_keys.feed_of(secret) == client
        async with senders.door.admitted(peer):
            key = secret if is_key else ""
            login = await senders.door.login(key, peer, senders.store_keys, client=True)
        if login is None:
            return _refused(
                401,
                "invalid_client",
                "client_id is the feed's id, client_secret its secret or API key",
            )
        token = senders.tokens.make(login.feed_id, feed_keys.mark_of(secret))
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS}
        response = JSONResponse(answer)
        no_store(response.headers)
        return response

    return endpoint


def _basic(request: Request) -> tuple[str, str] | None:
    """Client and secret of an `Authorization: Basic` header."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _refused(status: int, error: str, said: str) -> Response:
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="segue"'
    return JSONResponse({"error": error, "error_description": said}, status, headers=headers)
