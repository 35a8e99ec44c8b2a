"""The operator's pages of feeds: the list, one feed, its forms and what they do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from anyio import to_thread
from starlette.responses import RedirectResponse, Response

from core.errors import Misuse, NotFound
from ingest.feed_audit import Actor
from ingest.feed_credentials import PUBLIC, Kind
from ingest.feed_editing import FeedEdit
from ingest.feed_terms import FeedTerms
from ingest.feeds import ACKNOWLEDGEMENTS, CHOREOGRAPHIES, PROTOCOLS
from server.services.feed_keeper import NewCredential, NewFeed
from server.web import feed_fields, words
from server.web.listen import error_page
from server.web.plot import Day, Plot, plot
from server.web.render import page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from server.services.feed_keeper import FeedKeeper
    from server.web.console import ConsolePages
    from server.web.ports import PageParts

    Shape = dict[str, Any]
    Form = dict[str, str]
    Act = Callable[["Given"], Response]

MOST_FIELDS = 80
OWN = ("name", "dpids", "choreography", "acknowledgement", "policy", "public_key")
"""Fields of the form beside the terms; protocols are check boxes."""
_ANSWERS = {"18": "ERN-C 1.8", "16": "ERN-C 1.6", "none": "none"}
_CHOICES = {
    "protocols": PROTOCOLS,
    "choreographies": [(each, each) for each in CHOREOGRAPHIES],
    "acknowledgements": [(each, _ANSWERS[each]) for each in ACKNOWLEDGEMENTS],
    "policies": [(each, each) for each in ("strict", "normal", "lenient")],
    "groups": feed_fields.GROUPS,
}


class Given:
    """A form that an operator sent, about the feed of the address."""

    def __init__(self, request: Request, viewer: Shape, form: Form, protocols: list[str]) -> None:
        self.request = request
        self.viewer = viewer
        self.form = form
        self.protocols = protocols
        peer = request.client.host if request.client else ""
        self.by = Actor(f"operator: {viewer['name']}", "console", peer)

    @property
    def feed_id(self) -> str:
        return str(self.request.path_params.get("id", ""))

    def text(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def values(self) -> Shape:
        """For a form that is shown again."""
        return {**self.form, "protocols": self.protocols}

    def edit(self) -> FeedEdit:
        """Everything that the form of an existing feed says. Raises Misuse."""
        return FeedEdit(
            name=self.text("name"),
            dpids=_split(self.text("dpids")),
            protocols=self.protocols,
            choreography=self.text("choreography"),
            acknowledgements=self.text("acknowledgement"),
            terms=feed_fields.read(self.form),
        )

    def new(self) -> NewFeed:
        """Everything that the form of a new feed says. Raises Misuse."""
        return NewFeed(
            name=self.text("name"),
            dpids=_split(self.text("dpids")),
            protocols=self.protocols,
            choreography=self.text("choreography"),
            acknowledgements=self.text("acknowledgement") or "18",
            policy=self.text("policy") or "normal",
            terms=feed_fields.read(self.form),
            public_keys=self.text("public_key").splitlines(),
        )


class FeedPages:
    """Endpoints; the judgement of who may is the console's."""

    def __init__(self, parts: PageParts, feeds: FeedKeeper, console: ConsolePages) -> None:
        self._parts = parts
        self._feeds = feeds
        self._console = console

    # ---- pages

    def list(self, request: Request) -> Response:
        """All feeds with their figures."""
        return self._console.guarded(request, self._list)

    def _list(self, request: Request, viewer: Shape) -> Response:
        found = self._feeds.every()
        return page(self._parts, request, "console/feeds.html", viewer=viewer, feeds=found)

    def show(self, request: Request) -> Response:
        """One feed."""
        return self._console.guarded(request, self._show)

    def _show(
        self, request: Request, viewer: Shape, problem: str = "", told: Shape | None = None
    ) -> Response:
        feed_id = request.path_params["id"]
        try:
            feed = self._feeds.show(feed_id)
        except NotFound:
            return error_page(self._parts, request, 404, "There is no feed with this id.")
        terms = FeedTerms.read(self._feeds.stored_terms(feed["id"]))
        return page(
            self._parts, request, "console/feed.html", viewer=viewer,
            status=409 if problem else 200, feed=feed, problem=problem, told=told,
            plot=_drawn(feed["daily"]), agreed=feed_fields.agreed(terms),
            deliveries=self._feeds.recent(feed["id"]),
            kinds=[kind.value for kind in Kind], words=words,
        )  # fmt: skip

    def new(self, request: Request) -> Response:
        """The form of a new feed."""
        return self._console.guarded(request, self._new)

    def _new(self, request: Request, viewer: Shape) -> Response:
        values = {
            "protocols": ["sftp"],
            "choreography": "batch-1.8",
            "acknowledgement": "18",
            "policy": "normal",
        }
        return self._form(request, viewer, values)

    def change(self, request: Request) -> Response:
        """The form of a feed as it is."""
        return self._console.guarded(request, self._change)

    def _change(self, request: Request, viewer: Shape) -> Response:
        try:
            feed = self._feeds.show(request.path_params["id"])
        except NotFound:
            return error_page(self._parts, request, 404, "There is no feed with this id.")
        terms = FeedTerms.read(self._feeds.stored_terms(feed["id"]))
        values = {**feed, **feed_fields.texts(terms), "dpids": ", ".join(feed["dpids"])}
        return self._form(request, viewer, values, feed=feed)

    def _form(
        self,
        request: Request,
        viewer: Shape,
        values: Shape,
        feed: Shape | None = None,
        problem: str = "",
    ) -> Response:
        return page(
            self._parts, request, "console/feed_form.html", viewer=viewer,
            status=400 if problem else 200, values=_filled(values), feed=feed,
            problem=problem, choices=_CHOICES,
        )  # fmt: skip

    # ---- acts

    def doing(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that reads the form and acts for an operator."""

        async def endpoint(request: Request) -> Response:
            async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
                pairs = [(key, each) for key, each in form.multi_items() if isinstance(each, str)]
            protocols = [value for key, value in pairs if key == "protocols"]

            def acted(request: Request, viewer: Shape) -> Response:
                return act(Given(request, viewer, dict(pairs), protocols))

            return await to_thread.run_sync(self._console.guarded, request, acted)

        return endpoint

    def create(self, given: Given) -> Response:
        """Makes a feed and shows it, with its secrets."""
        try:
            made = self._feeds.create(given.by, given.new())
        except Misuse as no:
            return self._form(
                given.request,
                given.viewer,
                given.values(),
                problem=_why(no),
            )
        given.request.path_params["id"] = made["id"]
        told = {"secrets": made["secrets"], "done": f"{made['name']} can deliver now."}
        return self._show(given.request, given.viewer, told=told)

    def edit(self, given: Given) -> Response:
        """Changes a feed and shows it."""
        try:
            self._feeds.edit(given.by, given.feed_id, given.edit())
        except NotFound:
            return error_page(self._parts, given.request, 404, "There is no feed with this id.")
        except Misuse as no:
            feed = self._feeds.show(given.feed_id)
            return self._form(
                given.request,
                given.viewer,
                given.values(),
                feed,
                _why(no),
            )
        return self._back(given)

    def switch(self, given: Given) -> Response:
        """Disables or enables a feed."""
        disabled = given.text("to") == "disabled"
        return self._try(
            given,
            lambda: self._feeds.switch(
                given.by, given.feed_id, disabled=disabled, why=given.text("reason")
            ),
        )

    def rotate(self, given: Given) -> Response:
        """A new secret, shown this once."""

        def turn() -> Shape:
            hours = given.text("overlap_hours") or "168"
            if not hours.isdecimal() or not hours.isascii() or len(hours) > 4:
                raise Misuse("the overlap is a number of hours", remedy="0 to 8784")
            turned = self._feeds.rotate(
                given.by,
                given.feed_id,
                _kind(given),
                overlap=timedelta(hours=int(hours)),
            )
            until = turned["old_until"][:16].replace("T", " ")
            made = {turned["credential"]["kind"]: turned["secret"] or ""}
            return {"secrets": made, "done": f"The old one is valid until {until} UTC."}

        return self._telling(given, turn)

    def add(self, given: Given) -> Response:
        """Another credential; a secret is shown this once."""

        def issue() -> Shape:
            kind = _kind(given)
            text = given.text("value")
            wanted = NewCredential(
                kind=kind,
                label=given.text("label"),
                public=text if kind in PUBLIC else given.text("public"),
                secret=text or None if kind is Kind.STORE else None,
            )
            added = self._feeds.add(given.by, given.feed_id, wanted)
            secrets = {kind.value: added["secret"]} if added["secret"] else {}
            return {"secrets": secrets, "done": "The credential is valid now."}

        return self._telling(given, issue)

    def revoke(self, given: Given) -> Response:
        """Ends a credential."""
        credential_id = given.request.path_params["credential"]
        return self._try(given, lambda: self._feeds.revoke(given.by, given.feed_id, credential_id))

    def delete(self, given: Given) -> Response:
        """Deletes a feed whose name was typed, and shows the list."""

        def gone() -> Shape:
            feed = self._feeds.show(given.feed_id)
            if given.text("confirm") != feed["name"]:
                raise Misuse("The name does not match.", remedy=f"Type {feed['name']} to delete it")
            discard = given.text("discard_files") == "yes"
            return self._feeds.delete(given.by, given.feed_id, discard_files=discard)

        return self._try(given, gone, onward="/console/feeds")

    def _telling(self, given: Given, act: Callable[[], Shape]) -> Response:
        """The feed's page with what is told only now."""
        try:
            told = act()
        except Misuse as no:
            return self._show(given.request, given.viewer, _why(no))
        return self._show(given.request, given.viewer, told=told)

    def _try(self, given: Given, act: Callable[[], Shape], onward: str = "") -> Response:
        try:
            act()
        except Misuse as no:
            return self._show(given.request, given.viewer, _why(no))
        return RedirectResponse(onward, 303) if onward else self._back(given)

    def _back(self, given: Given) -> Response:
        return RedirectResponse(f"/console/feeds/{quote(given.feed_id)}", status_code=303)


def _filled(values: Shape) -> Shape:
    """Every field of the form, those not said as nothing."""
    names = (*OWN, *(field.name for field in feed_fields.FIELDS))
    return {**dict.fromkeys(names, ""), **values}


def _kind(given: Given) -> Kind:
    kind = given.text("kind")
    if kind not in set(Kind):
        raise Misuse("Choose the kind of credential.")
    return Kind(kind)


def _split(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]


def _drawn(days: list[Shape]) -> Plot | None:
    return plot(
        [
            Day(
                day=one["day"],
                figure=one["deliveries"],
                other=one["failures"],
                words=f"{words.date(one['day'])}: "
                + words.counted(one["deliveries"], "delivery", "deliveries")
                + (f", {one['failures']} failed" if one["failures"] else ""),
            )
            for one in days
        ]
    )


def _why(no: Misuse) -> str:
    return words.sentences(no.message, no.remedy)
