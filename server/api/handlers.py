"""What each operation does; everything real is done by the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from catalog.lifecycle import DecisionKind
from core.auth import Role
from server.api.operations import Call, Reply
from server.services.visitors import viewer_json

if TYPE_CHECKING:
    from server.api import models, models_rights
    from server.services.senders import Senders

Shape = dict[str, Any]


def read_session(call: Call) -> Shape:
    return {
        "viewer": viewer_json(call.identity),
        "anonymous_may_play": call.services.visitors.anonymous_may_play,
    }


def sign_in(call: Call) -> Reply:
    given: models.SignIn = call.given
    carrier = Response()
    visitors = call.services.visitors
    identity = visitors.enter(call.request, carrier, given.name, given.password)
    data = {
        "viewer": viewer_json(identity),
        "anonymous_may_play": visitors.anonymous_may_play,
    }
    return Reply(data, lambda response: _copy_cookies(carrier, response))


def sign_out(call: Call) -> Reply:
    carrier = Response()
    call.services.visitors.sign_out(call.request, carrier)
    return Reply(None, lambda response: _copy_cookies(carrier, response))


def _copy_cookies(carrier: Response, response: Response) -> None:
    cookies = [pair for pair in carrier.raw_headers if pair[0] == b"set-cookie"]
    response.raw_headers.extend(cookies)


def list_releases(call: Call) -> Shape:
    given: models.Page = call.given
    return call.services.shelves.after(viewer_json(call.identity), given.cursor, given.limit)


def read_release(call: Call) -> Shape:
    viewer = viewer_json(call.identity)
    return call.services.shelves.need_release(viewer, call.path["release_id"])


def read_rights(call: Call) -> Shape:
    given: models_rights.RightsQuestion = call.given
    return call.services.shelves.chain(call.path["release_id"], given.model_dump())


def search(call: Call) -> Shape:
    given: models.Query = call.given
    return call.services.shelves.search(viewer_json(call.identity), given.q, given.limit)


def list_deliveries(call: Call) -> Shape:
    given: models.Window = call.given
    states = [given.state] if given.state else []
    if sender := _sender(call):
        feed_id, senders = sender
        return senders.deliveries(feed_id, states, given.offset, given.limit)
    return call.services.desk.deliveries(states, given.offset, given.limit)


def _sender(call: Call) -> tuple[str, Senders] | None:
    """The feed that asks, None when an operator does."""
    senders, identity = call.services.senders, call.identity
    if senders is None or identity is None or identity.role is not Role.FEED:
        return None
    return identity.id, senders


def read_delivery(call: Call) -> Shape:
    if sender := _sender(call):
        feed_id, senders = sender
        return senders.delivery(feed_id, call.path["delivery_id"])
    return call.services.desk.need_delivery(call.path["delivery_id"])


def retry_delivery(call: Call) -> Shape:
    call.services.desk.retry(call.path["delivery_id"])
    return call.services.desk.need_delivery(call.path["delivery_id"])


def tell_delivery(call: Call) -> Shape:
    given: models.TellAgain = call.given
    call.services.desk.tell(call.path["delivery_id"], given.channels)
    return call.services.desk.need_delivery(call.path["delivery_id"])


def release_delivery(call: Call) -> Shape:
    return _decide(call, DecisionKind.RELEASE)


def reject_delivery(call: Call) -> Shape:
    return _decide(call, DecisionKind.REJECT)


def resend_delivery(call: Call) -> Shape:
    return _decide(call, DecisionKind.RESEND)


def _decide(call: Call, kind: DecisionKind) -> Shape:
    given: models.Decide = call.given
    name = call.identity.name if call.identity else ""
    delivery_id = call.path["delivery_id"]
    call.services.desk.decide(kind, delivery_id, given.reason, f"operator: {name}")
    return call.services.desk.need_delivery(delivery_id)


def read_changes(call: Call) -> Shape:
    return call.services.chronicle.diff_delivery(call.path["delivery_id"])


def read_past(call: Call) -> Shape:
    given: models.At = call.given
    return {"releases": call.services.chronicle.at_text(call.path["release_id"], given.at)}
