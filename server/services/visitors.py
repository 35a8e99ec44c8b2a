"""Who is looking, and how they sign in and out; implements `server.web.ports.Sessions`."""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from core.auth import AccessRequest, Action, Identity, Role, Verdict, decide
from core.errors import NotAllowed, Unavailable
from core.ids import secret_id
from ingest.doors.common.refusals import Refused
from server.accounts import store
from server.accounts.sessions import COOKIE
from server.errors import SignInRequired

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from core.database import Database
    from ingest.doors.common.guard import Guard
    from server.accounts.sessions import Sessions

WRONG = "Name or password is wrong."
AT_ONCE = 4  # passwords checked at the same time, 19 MiB and a processor each
PATIENCE_S = 3.0
LATE_AT_ONCE = 8  # answers that wait, a thread each; more come at once, and count as well
DOOR = "web"
"""What the guard of the doors calls us. The names of people are not those of feeds."""


class Visitors:
    """Turns the cookie of a request into an access request, and asks `core.auth`."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        guard: Guard,
        *,
        anonymous_may_play: bool,
        ended: Callable[[str], None],
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`guard` counts failed logins, at all doors; `ended` hears whose sessions have ended."""
        self._database = database
        self._sessions = sessions
        self._guard = guard
        self._ended = ended
        self._wait = wait
        self._turn = BoundedSemaphore(AT_ONCE)
        self._late = BoundedSemaphore(LATE_AT_ONCE)
        self.anonymous_may_play = anonymous_may_play

    def judge(self, request: Request, action: Action) -> Verdict:
        """The verdict on this request; one look into the database when there is a cookie."""
        proof = self._sessions.read(request.cookies.get(COOKIE))
        if proof is None:
            return decide(AccessRequest(action=action, anonymous_may_play=self.anonymous_may_play))
        with self._database.read() as session:
            identity = store.find_identity(session, proof.account_id)
        return decide(
            AccessRequest(
                action=action,
                identity=identity,
                proven=identity is not None,
                proof_epoch=proof.epoch,
                anonymous_may_play=self.anonymous_may_play,
            )
        )

    def require(self, request: Request, action: Action) -> Identity | None:
        """Who it is (None: a visitor who may).

        Raises:
            SignInRequired: nobody is signed in, and somebody must.
            NotAllowed: somebody is, in another role.
        """
        verdict = self.judge(request, action)
        if verdict.allowed:
            return verdict.identity
        if verdict.code == "wrong_role":
            raise NotAllowed("this is for operators", remedy="sign in as an operator")
        raise SignInRequired("nobody is signed in", remedy="sign in, then try again")

    def viewer(self, request: Request) -> dict[str, Any] | None:
        """`{name, role, territory, tier}` of who is signed in."""
        return viewer_json(self.judge(request, Action.BROWSE).identity)

    def enter(self, request: Request, response: Response, name: str, password: str) -> Identity:
        """Sign in: sets the cookie on `response`. Wrong passwords are answered later and later.

        Raises:
            Refused: too many wrong passwords came from this address, or for this account.
            Unavailable: too many people sign in at this moment.
            SignInRequired: name or password is wrong.
        """
        address = request.client.host if request.client else ""
        account = f"{DOOR}:{name.strip().lower()}"
        if refused := self._guard.barred(address, account, DOOR):
            raise refused
        identity = self._proven(name.strip(), password)
        if identity is None:
            self._delay(self._guard.failed(address, account, DOOR, shared=True))
            wrong = SignInRequired(WRONG, remedy="try again")
            raise self._guard.barred(address, account, DOOR) or wrong
        self._guard.succeeded(address, account, DOOR)
        if identity.role is Role.OPERATOR:  # where listeners are is not written down
            trail = self._guard.trail(DOOR, address, username=account, session=secret_id())
            trail.record("login")
        self._sessions.set_on(response, identity.id, identity.epoch)
        return identity

    def _delay(self, seconds: float) -> None:
        if seconds and self._late.acquire(blocking=False):
            try:
                self._wait(seconds)
            finally:
                self._late.release()

    def _proven(self, name: str, password: str) -> Identity | None:
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise Unavailable("too many people are signing in", remedy="try again in a moment")
        try:
            with self._database.read() as session:
                return store.sign_in(session, name, password)
        finally:
            self._turn.release()

    def sign_in(self, request: Request, response: Response, name: str, password: str) -> str:
        """As `enter`; returns "", or the sentence that says why not."""
        try:
            self.enter(request, response, name, password)
        except Refused as refused:
            return f"{refused.text[:1].upper()}{refused.text[1:]}."
        except (SignInRequired, Unavailable) as wrong:
            return wrong.message
        return ""

    def sign_out(self, request: Request, response: Response) -> None:
        """End all sessions of the account, here and on other devices, and clear the cookie."""
        identity = self.judge(request, Action.BROWSE).identity
        if identity is not None:
            with self._database.write() as session:
                store.end_sessions(session, identity.id)
            self._ended(identity.id)
        self._sessions.clear_on(response)


def viewer_json(identity: Identity | None) -> dict[str, Any] | None:
    """The viewer's JSON."""
    if identity is None:
        return None
    return {
        "name": identity.name,
        "role": identity.role.value,
        "territory": identity.territory,
        "tier": identity.tier,
    }
