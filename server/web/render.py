"""Turns a template and its data into an answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.responses import HTMLResponse

from server.web import words
from server.web.shape import album_shape

if TYPE_CHECKING:
    from starlette.requests import Request

    from server.web.ports import PageParts, Shape

THEMES = {"light", "dark"}


@cache
def environment() -> jinja2.Environment:
    """Jinja with everything escaped and unknown names refused."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("server.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        words.clock, words.duration, words.size, words.plays, words.date, words.year,
        words.quality, words.ean, words.counted, words.way,
        words.role, words.credential, words.line, words.money, words.signed, words.percent,
        words.period, words.before, words.ago, words.person, words.meaning,
    ):  # fmt: skip
        made.filters[filter_.__name__] = filter_
    made.globals.update(state=words.state, album_shape=album_shape)
    return made


def theme(request: Request) -> str:
    """The theme of the viewer's cookie: `light`, `dark` or `auto`."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def page(
    parts: PageParts,
    request: Request,
    template: str,
    *,
    viewer: Shape | None,
    status: int = 200,
    **data: Any,
) -> HTMLResponse:
    """An HTML answer. Templates also get `viewer`, `theme`, `path`, `static(name)`, `age`, and
    `waiting()`, how many deliveries wait for an operator."""

    def static(name: str) -> str:
        return f"/static/{parts.manifest.get(name, name)}"

    def age(text: str | None) -> str:
        return words.age(text, parts.clock())

    @cache
    def waiting() -> int:
        return parts.desk.waiting(words.states_of("you"))

    html = environment().get_template(template).render(
        viewer=viewer, theme=theme(request), path=request.url.path,
        static=static, age=age, waiting=waiting, sftp=parts.sftp, **data,
    )  # fmt: skip
    return HTMLResponse(
        html, status_code=status, headers={"cache-control": "private, no-store", "vary": "cookie"}
    )
