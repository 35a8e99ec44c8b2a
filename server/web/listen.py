"""The listener's pages: home, albums, release, search, sign-in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from server.web import words
from server.web.render import page

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.web.ports import PageParts, Shape

PER_PAGE = 60
HITS = 30
QUERY_KEPT = 200
RECENT = re.compile(r"([A-Za-z0-9-]{8,64})\.(\d{1,3})\.(\d{1,3})")
RECENTS = 5


class ListenPages:
    """Endpoints over the catalogue; each decides by the viewer of the request."""

    def __init__(self, parts: PageParts) -> None:
        self._parts = parts

    def home(self, request: Request) -> Response:
        """The feature, what was played last, and the shelves; or how to deliver."""
        viewer = self._parts.sessions.viewer(request)
        home = self._parts.catalogue.home(viewer)
        template = "home.html" if home["feature"] else "empty.html"
        return page(
            self._parts, request, template, viewer=viewer,
            today=words.day(self._parts.clock()), feature=home["feature"],
            shelves=home["shelves"], recent=self._recent(request, viewer),
        )  # fmt: skip

    def albums(self, request: Request) -> Response:
        """All releases, newest first, a page at a time."""
        viewer = self._parts.sessions.viewer(request)
        text = request.query_params.get("from", "0")
        offset = min(int(text), 1_000_000) if text.isascii() and text.isdigit() else 0
        found = self._parts.catalogue.releases(viewer, offset, PER_PAGE)
        after = offset + PER_PAGE
        return page(
            self._parts, request, "albums.html", viewer=viewer, releases=found["releases"],
            total=found["total"], after=after if after < found["total"] else None,
        )  # fmt: skip

    def release(self, request: Request) -> Response:
        """One release with its tracks."""
        viewer = self._parts.sessions.viewer(request)
        release = self._parts.catalogue.release(viewer, request.path_params["id"])
        if release is None:
            return error_page(self._parts, request, 404, "")
        return page(self._parts, request, "release.html", viewer=viewer, release=release)

    def search(self, request: Request) -> Response:
        """Search results as a page, for those who come by a link or without a script."""
        viewer = self._parts.sessions.viewer(request)
        query = request.query_params.get("q", "").strip()[:QUERY_KEPT]
        empty: Shape = {"query": query, "hits": [], "took_ms": 0}
        found = self._parts.catalogue.search(viewer, query, HITS) if query else empty
        return page(self._parts, request, "search.html", viewer=viewer, found=found)

    def sign_in_form(self, request: Request) -> Response:
        """The form, or straight on for those who are signed in."""
        viewer = self._parts.sessions.viewer(request)
        onward = local_path(request.query_params.get("next", ""))
        if viewer is not None:
            return RedirectResponse(onward, status_code=303)
        return page(
            self._parts, request, "sign-in.html", viewer=None, name="", why="", onward=onward
        )

    def sign_in(self, request: Request, form: dict[str, str]) -> Response:
        """Takes the form; wrong words come back with the reason and the name kept."""
        name, onward = form.get("username", ""), local_path(form.get("next", ""))
        done = RedirectResponse(onward, status_code=303)
        why = self._parts.sessions.sign_in(request, done, name, form.get("password", ""))
        if not why:
            return done
        return page(
            self._parts, request, "sign-in.html", viewer=None, status=401,
            name=name, why=why, onward=onward,
        )  # fmt: skip

    def sign_out(self, request: Request) -> Response:
        """Ends the session and goes home."""
        done = RedirectResponse("/", status_code=303)
        self._parts.sessions.sign_out(request, done)
        return done

    def _recent(self, request: Request, viewer: Shape | None) -> list[Shape]:
        """The releases of the cookie `recent` (`id.track.of,…`) that are still there."""
        found = RECENT.findall(request.cookies.get("recent", "").replace("%2C", ","))
        cards = []
        for release_id, track, of in found[:RECENTS]:
            release = self._parts.catalogue.release(viewer, release_id)
            if release is not None and int(of) > 0:
                cards.append({**release, "track": min(int(track), int(of)), "of": int(of)})
        return cards


def local_path(text: str) -> str:
    """The path to go on to; anything that could lead elsewhere becomes `/`."""
    plain = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return quote(text, safe="/?=&%-_.~") if plain and text.isprintable() else "/"


ERRORS = {
    403: ("This page is for operators", "Sign in with the account of an operator to see it."),
    404: ("Nothing here", "The address is wrong, or what was here has been taken down."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    500: ("Something broke on our side", "It has been written to the log. Try again in a moment."),
    503: ("Not ready yet", "The server is starting or short of something. Try again in a moment."),
}


def error_page(parts: PageParts, request: Request, status: int, message: str) -> Response:
    """A page that says what went wrong and where to go. `message` replaces our own sentence."""
    title, text = ERRORS.get(status, ("That did not work", "Go back and try again."))
    viewer = parts.sessions.viewer(request) if status < 500 else None
    return page(
        parts, request, "error.html", viewer=viewer, status=status,
        title=title, text=message or text, code=status,
    )  # fmt: skip
