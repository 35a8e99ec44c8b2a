"""Feeds in the API: operators only; everything real is done by `server.services.feed_keeper`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core.auth import Action
from ingest.feed_audit import Actor
from ingest.feed_credentials import Kind
from ingest.feed_editing import FeedEdit
from ingest.feed_terms import FeedTerms
from server.api import models_feeds as models
from server.api.models import Policy
from server.api.operations import Call, Operation
from server.services.feed_keeper import NewCredential, NewFeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

Shape = dict[str, Any]


def _by(call: Call) -> Actor:
    name = call.identity.name if call.identity else ""
    peer = call.request.client.host if call.request.client else ""
    return Actor(f"operator: {name}", "api", peer)


def list_feeds(call: Call) -> Shape:
    given: models.Days = call.given
    return {"feeds": call.services.feeds.every(days=given.days)}


def read_feed(call: Call) -> Shape:
    given: models.Days = call.given
    return call.services.feeds.show(call.path["feed_id"], days=given.days)


def create_feed(call: Call) -> Shape:
    given: models.NewFeedBody = call.given
    wanted = NewFeed(
        name=given.name,
        dpids=given.dpids,
        protocols=given.protocols,
        acknowledgements=given.acknowledgement,
        choreography=given.choreography,
        policy=given.policy,
        terms=given.terms,
        public_keys=given.public_keys,
        certificate_authorities=given.certificate_authorities,
        takes_tests=given.takes_tests,
    )
    return call.services.feeds.create(_by(call), wanted)


def change_feed(call: Call) -> Shape:
    given: models.FeedChange = call.given
    feeds, feed_id = call.services.feeds, call.path["feed_id"]
    terms = None
    if given.terms:
        merged = {**feeds.stored_terms(feed_id), **given.terms}
        terms = FeedTerms.read({key: value for key, value in merged.items() if value is not None})
    wanted = FeedEdit(
        name=given.name,
        dpids=given.dpids,
        protocols=given.protocols,
        choreography=given.choreography,
        acknowledgements=given.acknowledgement,
        terms=terms,
    )
    return feeds.edit(_by(call), feed_id, wanted)


def delete_feed(call: Call) -> Shape:
    given: models.Discard = call.given
    feeds = call.services.feeds
    return feeds.delete(_by(call), call.path["feed_id"], discard_files=given.discard_files)


def set_policy(call: Call) -> Shape:
    given: Policy = call.given
    return call.services.feeds.set_policy(_by(call), call.path["feed_id"], given.model_dump())


def _switch(*, disabled: bool) -> Callable[[Call], Shape]:
    def switch(call: Call) -> Shape:
        given: models.Why = call.given
        feeds = call.services.feeds
        return feeds.switch(_by(call), call.path["feed_id"], disabled=disabled, why=given.reason)

    return switch


def rotate(call: Call) -> Shape:
    given: models.RotateBody = call.given
    return call.services.feeds.rotate(
        _by(call),
        call.path["feed_id"],
        Kind(given.kind) if given.kind else None,
        overlap=timedelta(hours=given.overlap_hours),
        secret=given.secret,
        public=given.public,
    )


def add_credential(call: Call) -> Shape:
    given: models.CredentialBody = call.given
    wanted = NewCredential(
        kind=Kind(given.kind),
        label=given.label,
        public=given.public,
        secret=given.secret,
        days=given.days,
    )
    return call.services.feeds.add(_by(call), call.path["feed_id"], wanted)


def revoke(call: Call) -> Shape:
    feed_id, credential_id = call.path["feed_id"], call.path["credential_id"]
    return call.services.feeds.revoke(_by(call), feed_id, credential_id)


_ONE = "/feeds/{feed_id}"


def _operation(
    method: str,
    path: str,
    name: str,
    summary: str,
    handler: Callable[[Call], Shape],
    answer: type[BaseModel],
    **more: Any,
) -> Operation:
    return Operation(
        method=method,
        path=path,
        name=name,
        summary=summary,
        handler=handler,
        answer=answer,
        action=Action.OPERATE,
        tags=("feeds",),
        **more,
    )


FEEDS = (
    _operation(
        "GET",
        "/feeds",
        "listFeeds",
        "Feeds, without their secrets, with their figures of the last days",
        list_feeds,
        models.Feeds,
        query=models.Days,
    ),
    _operation(
        "POST",
        "/feeds",
        "createFeed",
        "Make a feed; its secrets are in the answer, this once",
        create_feed,
        models.FeedMade,
        body=models.NewFeedBody,
        status=201,
        errors=(400, 409),
    ),
    _operation(
        "GET",
        _ONE,
        "readFeed",
        "One feed: settings, credentials without secrets, figures",
        read_feed,
        models.FeedDetail,
        query=models.Days,
        errors=(404,),
    ),
    _operation(
        "PATCH",
        _ONE,
        "changeFeed",
        "Change a feed; what is not named stays",
        change_feed,
        models.FeedChanged,
        body=models.FeedChange,
        errors=(400, 404, 409),
    ),
    _operation(
        "DELETE",
        _ONE,
        "deleteFeed",
        "Delete a feed without live releases; its log stays",
        delete_feed,
        models.Deleted,
        query=models.Discard,
        errors=(404, 409),
    ),
    _operation(
        "PUT",
        f"{_ONE}/policy",
        "setPolicy",
        "How severe rules are for a feed",
        set_policy,
        Policy,
        body=Policy,
        errors=(404,),
    ),
    _operation(
        "POST",
        f"{_ONE}/disable",
        "disableFeed",
        "Shut a feed out; its open sessions end within seconds",
        _switch(disabled=True),
        models.FeedDetail,
        body=models.Why,
        errors=(404,),
    ),
    _operation(
        "POST",
        f"{_ONE}/enable",
        "enableFeed",
        "Let a disabled feed in again",
        _switch(disabled=False),
        models.FeedDetail,
        body=models.Why,
        errors=(404,),
    ),
    _operation(
        "POST",
        f"{_ONE}/rotate",
        "rotateSecret",
        "A new secret, shown this once; the old one stays valid for a while",
        rotate,
        models.Rotated,
        body=models.RotateBody,
        errors=(400, 404, 409),
    ),
    _operation(
        "POST",
        f"{_ONE}/credentials",
        "addCredential",
        "Another credential beside those that the feed has",
        add_credential,
        models.SecretMade,
        body=models.CredentialBody,
        status=201,
        errors=(400, 404, 409),
    ),
    _operation(
        "DELETE",
        _ONE + "/credentials/{credential_id}",
        "revokeCredential",
        "End a credential now",
        revoke,
        models.Ended,
        errors=(404,),
    ),
)
