"""Durable work: a library's job (DBOS) behind six calls, so that nothing else knows it.

A workflow is a function of one JSON argument that does its effects in named steps. A finished step
is never run again; the step in flight when the process dies runs once more, so steps are
idempotent. Keys make an enqueue idempotent: the same key is one piece of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dbos import DBOS, DBOSConfig, EnqueueOptions, StepOptions, error as faults
from sqlalchemy.exc import InterfaceError, OperationalError

from core.database import open_engine
from core.errors import Conflict, SegueError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

QUEUE = "work"
VERSION = "1"
"""Stays: the engine passes over unfinished work of another version for ever. Work that a version
with other steps began ends by `WorkChanged` instead, and is begun anew."""
ATTEMPTS = 8
"""Of a step whose error may pass: 1, 2, 4 s and so on between them, about two minutes in all."""
_POLL = 0.1


class WorkChanged(Exception):
    """The steps done before the upgrade are not those of now; whoever asked has to ask anew."""


class Steps(Protocol):
    """What a workflow sees of its engine."""

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        """Do one step; its result (JSON or plain dataclass) is kept and returned again later.

        Raises:
            WorkChanged: another step was done in this place; let it through, to end the work.
        """
        ...


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """`state`: PENDING, ENQUEUED, SUCCESS, ERROR, CANCELLED, MAX_RECOVERY_ATTEMPTS_EXCEEDED."""

    key: str
    name: str
    state: str
    error: str


class Work:
    """The engine. One per process: register everything, start once, stop once."""

    def __init__(self, url: str, *, executor: str = "segue", parallel: int = 2) -> None:
        self._engine = open_engine(url, own_begin=True)
        self._parallel = parallel
        self._started = False
        self._running = 0
        self._counting = Lock()
        config: DBOSConfig = {
            "name": "segue",
            "system_database_url": url,
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": executor,
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": 0.2,
        }
        self._dbos = DBOS(config=config)

    def register(self, name: str, workflow: Callable[[Steps, str], None]) -> None:
        """Make a workflow known under a constant name, before `start`.

        Raises:
            Conflict: work has started already.
        """
        if self._started:
            raise Conflict(f"workflow {name} registered after start")

        def durable(argument: str) -> None:
            with self._counting:
                self._running += 1
            try:
                workflow(self, argument)
            finally:
                with self._counting:
                    self._running -= 1

        durable.__qualname__ = name
        DBOS.workflow(name=name)(durable)

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        """One step of the workflow that calls; errors that may pass are tried again, slower, and
        the last of them is raised."""
        options: StepOptions = {
            "name": name,
            "retries_allowed": True,
            "max_attempts": ATTEMPTS,
            "interval_seconds": 1,
            "backoff_rate": 2,
            "should_retry": may_pass,
        }
        try:
            return DBOS.run_step(options, action, *args)
        except faults.DBOSUnexpectedStepError as changed:
            raise WorkChanged(f"step {name}: {changed}") from changed
        except faults.DBOSMaxStepRetriesExceeded as spent:
            raise spent.errors[-1] from spent

    def start(self) -> None:
        """Begin to work; what a killed process left behind goes on by itself."""
        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self._parallel, polling_interval_sec=_POLL)
        self._started = True

    def stop(self, wait: int = 0) -> None:
        """Stop taking work; running workflows get `wait` seconds, then resume at the next start."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=wait)
        self._engine.dispose()
        self._started = False

    @property
    def started(self) -> bool:
        """Whether work can be asked for."""
        return self._started

    @property
    def busy(self) -> bool:
        """Whether a workflow of this process is in mid-step."""
        return self._running > 0

    def enqueue(self, name: str, key: str, argument: str, turn: int = 0) -> None:
        """Ask for a piece of work; a key that is known already does nothing. Of what waits, the
        smaller `turn` begins first, then the older."""
        options: EnqueueOptions = {
            "workflow_name": name,
            "queue_name": QUEUE,
            "workflow_id": key,
        }
        if turn:
            options["priority"] = turn
        DBOS.enqueue_workflow_with_options(options, argument)

    def status(self, key: str) -> WorkStatus | None:
        """How a piece of work stands, None when the key is unknown."""
        found = DBOS.list_workflows(workflow_ids=[key], load_input=False)
        return _status(found[0]) if found else None

    def cancel(self, key: str) -> None:
        """Stop a piece of work before its next step."""
        DBOS.cancel_workflow(key)

    def list(self, state: str | None = None, limit: int = 100) -> list[WorkStatus]:
        """The newest pieces of work, of one state or of all."""
        found = DBOS.list_workflows(status=state, limit=limit, sort_desc=True, load_input=False)
        return [_status(one) for one in found]


def may_pass(error: BaseException) -> bool:
    """A database that is away or full is back later; so is what calls itself worth a retry."""
    if isinstance(error, (OperationalError, InterfaceError)):
        return True
    return isinstance(error, SegueError) and error.retryable


def _status(found: Any) -> WorkStatus:  # noqa: ANN401 - the engine's own type
    return WorkStatus(found.workflow_id, found.name, found.status, str(found.error or ""))
