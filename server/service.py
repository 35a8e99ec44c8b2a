"""The service: web, door and worker in one process, started and stopped as one."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
import uvloop

from core.clock import system_clock
from core.logs import configure
from core.schemas import HOW_TO_GET_THEM, SchemaFolder
from ingest.reconcile import reconcile
from server.app import create_app, serve_web
from server.caretaker import Caretaker
from server.defence import make_defence, proxies
from server.doors import feed_views, http_door, open_doors, told
from server.local import open_local
from server.watching import make_watching, store_api
from server.wiring import Engine, web_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.clock import Clock
    from core.settings import Settings
    from core.work import Work
    from server.defence import Defence
    from server.doors import Open
    from server.local import Local

_log = structlog.get_logger("segue")
_SWITCH = 0.001
"""Seconds after which a thread gives Python's lock to one that waits for it. The event loop has to
wait for it at each turn, behind threads that hash, log in, parse and write."""
STOPPING = 5
"""Seconds that running phases get at a stop; what is left goes on at the next start."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the service can be reached; empty where a door is closed."""

    player: str
    sftp: str
    ftp: str
    ftps: str
    api: str
    data: str
    schemas: str

    def to_json(self) -> dict[str, Any]:
        """As printed by `segue serve --json`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def lines(self) -> list[str]:
        """As printed for people."""
        return [
            f"Player   {self.player}",
            f"API      {self.api}",
            f"SFTP     {self.sftp}",
            *([f"FTPS     {self.ftp} (AUTH TLS), {self.ftps}"] if self.ftp else []),
            f"Data     {self.data}",
            f"Schemas  {self.schemas}",
        ]


def run(
    settings: Settings,
    tell: Callable[[Addresses], None],
    make_work: Callable[[Local], Work] | None = None,
    clock: Clock = system_clock,
) -> None:
    """Serve until SIGTERM or SIGINT. `tell` is called once, when everything is ready.

    `clock` is another one in simulations only.

    Raises:
        Conflict: the data folder or a port is taken.
    """
    configure(settings.log)
    sys.setswitchinterval(_SWITCH)
    _allow_connections()
    with ExitStack() as stack:
        local = stack.enter_context(open_local(settings, clock))
        stack.enter_context(local.data.lock())
        engine = Engine(local, make_work(local) if make_work else None)
        stack.callback(engine.close)
        defence = make_defence(engine)
        stack.callback(defence.log.close)
        uvloop.run(_serve(engine, defence, tell))
        _stop_work(engine)


def _allow_connections() -> None:
    """Each listener holds a connection: take as many descriptors as the system gives us."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(engine: Engine, defence: Defence, tell: Callable[[Addresses], None]) -> None:
    asked = _stop_signal()
    local = engine.local
    if not SchemaFolder(local.settings.schema_folder).configured:
        _log.warning("no_ddex_schemas", note="schema checks are skipped", remedy=HOW_TO_GET_THEM)
    await asyncio.to_thread(reconcile, engine.parts, engine.inbox)
    views = feed_views(engine, defence.guard)
    watching = make_watching(engine, views)
    async with http_door(local, views) as http, open_doors(local, views) as opened:
        stores = store_api(engine, watching)
        app = create_app(replace(web_parts(engine, local.sftp_address(), http), stores=stores))
        chosen = local.settings.web
        proxies(chosen.proxies, "web.proxies")
        web = serve_web(app, chosen.host, chosen.port, proxies=chosen.proxies)
        # last: when a port is taken, no phase is running that would keep the process
        await asyncio.to_thread(engine.work.start)
        with told(local, "web.port", str(web.port)):
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(web.serve())
                caring = tasks.create_task(Caretaker(engine, http, defence).run())
                watch = tasks.create_task(watching.run())
                tell(_addresses(engine, web.port, opened))
                await asked.wait()
                _log.info("stopping")
                web.stop()
                caring.cancel()
                watch.cancel()
                await serving


def _addresses(engine: Engine, web_port: int, doors: Open) -> Addresses:
    settings = engine.local.settings
    here = settings.web.url or f"http://{_reachable(settings.web.host)}:{web_port}"
    folder = SchemaFolder(settings.schema_folder)
    ftp = doors.ftp
    absent = f"none, checks skipped: {HOW_TO_GET_THEM}"
    return Addresses(
        player=f"{here}/",
        api=f"{here}/api/v1",
        sftp=f"sftp://{_reachable(doors.sftp[0])}:{doors.sftp[1]}",
        ftp=f"ftp://{_reachable(ftp.host)}:{ftp.explicit}" if ftp else "",
        ftps=f"ftps://{_reachable(ftp.host)}:{ftp.implicit}" if ftp else "",
        data=str(engine.local.data.root.resolve()),
        schemas=str(folder.root) if folder.configured else absent,
    )


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - a comparison


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT, from before anything starts: a stop may come at any moment."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked


def _stop_work(engine: Engine) -> None:
    """Running phases get a moment; one that does not end is cut, and resumes at the next start."""
    engine.work.stop(wait=STOPPING)
    if engine.work.busy:
        _log.info("stopped_in_mid_phase", note="it goes on at the next start")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
