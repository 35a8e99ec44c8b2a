"""Tokens that were admitted, while that holds: a segment costs a look into a dictionary."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import NotFound

if TYPE_CHECKING:
    from core.clock import Clock
    from server.playback.gate import Gate
    from server.playback.streams import Streams
    from server.playback.tokens import Grant, MediaTokens

REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Pass:
    """A token that was admitted at `since`, and holds until `until` (Unix seconds)."""

    grant: Grant
    folder: bytes
    generation: int
    since: float
    until: float


class Passes:
    """One per process, used from its event loop. Tokens are the bytes of the path."""

    def __init__(self, tokens: MediaTokens, gate: Gate, streams: Streams, clock: Clock) -> None:
        self._tokens = tokens
        self._gate = gate
        self._streams = streams
        self._clock = clock
        self._passes: OrderedDict[bytes, Pass] = OrderedDict()

    def known(self, token: bytes) -> Pass | None:
        """The pass of a token that is good now, as far as memory can tell."""
        found = self._passes.get(token)
        if found is None or found.generation != self._gate.generation:
            return None
        now = self._clock().timestamp()
        good = found.since <= now < found.until and now < self._gate.holds_until
        return found if good else None

    async def admit(self, token: bytes, folder: bytes) -> Pass:
        """The pass of a token for the files of this folder: an asset and its slash.

        Raises:
            NotFound: the token is not ours, or one of another folder.
            PlayExpired, SignInRequired, PlanChanged, PlayRefused, Unavailable: says the gate.
            StreamTaken: another player plays.
        """
        known = self.known(token)
        if known is not None and known.folder == folder:
            return known
        await self._gate.be_fresh()  # it also learns of keys
        grant = self._tokens.read(token.decode("ascii", "replace"))
        if grant is None or f"{grant.asset}/".encode() != folder:
            raise NotFound("there is no such media", remedy="open a play: POST /api/v1/plays")
        generation, since = self._gate.generation, self._clock().timestamp()
        until = await self._gate.admit(grant)
        self._streams.check(grant)
        made = Pass(grant, folder, generation, since, until)
        self._passes[token] = made
        self._passes.move_to_end(token)
        if len(self._passes) > REMEMBERED:
            self._passes.popitem(last=False)
        return made
