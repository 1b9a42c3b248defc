"""Requests wait in a queue and run one at a time on a thread of their own."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any

from platekey.core import protocol
from platekey.core.errors import BadMessage, PlatekeyError
from platekey.core.job.memory import resident_mib

Event = Any  # one of the protocol's messages
Emit = Callable[[Event], None]
Task = Callable[[dict[str, Any], Emit, Callable[[], bool]], protocol.Result]

_LOG = logging.getLogger(__name__)


def _solve(
    arguments: dict[str, Any], emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    from platekey.core.job.request import SolveRequest  # torch takes seconds to import
    from platekey.core.job.solve import run_solve

    return run_solve(SolveRequest.from_json(arguments), emit, should_stop)


def _comp(
    arguments: dict[str, Any], emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    from platekey.core.job.comp import run_comp  # torch takes seconds to import
    from platekey.core.job.comp_request import CompRequest

    return run_comp(CompRequest.from_json(arguments), emit, should_stop)


def _clean(
    arguments: dict[str, Any], emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    from platekey.core.job.clean import run_clean  # torch takes seconds to import
    from platekey.core.job.clean_request import CleanRequest

    return run_clean(CleanRequest.from_json(arguments), emit, should_stop)


def _tune(
    arguments: dict[str, Any], emit: Emit, should_stop: Callable[[], bool]
) -> protocol.Result:
    from platekey.core.job.tune import run_tune  # torch takes seconds to import
    from platekey.core.job.tune_request import TuneRequest

    return run_tune(TuneRequest.from_json(arguments), emit, should_stop)


TASKS: dict[str, Task] = {"solve": _solve, "comp": _comp, "clean": _clean, "tune": _tune}


@dataclass
class _Job:
    request: protocol.Request
    stop: threading.Event = field(default_factory=threading.Event)


class Dispatcher:
    """Runs requests in the order they came, answers cancel and status at once.

    Every request ends with exactly one `Result` or `Error` that carries its id.

    Args:
        emit: takes a message from any thread.
        log: path of the log file, named in every error.
        tasks: task name to function.
    """

    def __init__(self, emit: Emit, log: str, tasks: dict[str, Task] | None = None) -> None:
        self._emit = emit
        self._log = log
        self._tasks = TASKS if tasks is None else tasks
        self._jobs: dict[int, _Job] = {}  # running first, then waiting; guarded by _lock
        self._running: int | None = None
        self._lock = threading.Lock()
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run_jobs, name="jobs", daemon=True)
        self._thread.start()

    def holds(self, number: int) -> bool:
        """Whether a request of this id is running or waiting."""
        with self._lock:
            return number in self._jobs

    def handle(self, message: Event) -> None:
        """Acts on a message of the host; returns at once.

        Raises:
            BadMessage: a message that only a worker sends, or a request that cannot be queued.
        """
        if isinstance(message, protocol.Request):
            self._submit(message)
        elif isinstance(message, protocol.Cancel):
            self._cancel(message.id)
        elif isinstance(message, protocol.Status):
            self._emit(self._status())
        else:
            name = type(message).__name__
            raise BadMessage(f"{name} came from the host; only requests are expected here.")

    def close(self, seconds: float) -> bool:
        """Cancels everything; returns whether the running job ended within `seconds`."""
        with self._lock:
            for job in self._jobs.values():
                job.stop.set()
        self._queue.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _submit(self, request: protocol.Request) -> None:
        if request.id <= 0:
            raise BadMessage(f"id is {request.id}; it must be 1 or more.")
        if request.pixels not in protocol.PIXEL_TRANSPORTS:
            known = ", ".join(protocol.PIXEL_TRANSPORTS)
            raise BadMessage(f"pixels is {request.pixels!r}; it must be one of {known}.")
        if request.task not in self._tasks:
            known = ", ".join(self._tasks)
            raise BadMessage(f"task is {request.task!r}; it must be one of {known}.")
        job = _Job(request)
        with self._lock:
            if request.id in self._jobs:
                raise BadMessage(f"request {request.id} is not finished yet; use another id.")
            self._jobs[request.id] = job
        self._queue.put(job)

    def _cancel(self, number: int) -> None:
        with self._lock:
            job = self._jobs.get(number)
        if job is None:  # it ended while the cancel was on its way
            _LOG.info("nothing to cancel: request %d is not here", number)
        else:
            job.stop.set()

    def _status(self) -> protocol.StatusReply:
        with self._lock:
            running = self._running
            waiting = [number for number in self._jobs if number != running]
        return protocol.StatusReply(
            running=running, waiting=waiting, memory_mib=resident_mib(), log=self._log
        )

    def _run_jobs(self) -> None:
        while (job := self._queue.get()) is not None:
            with self._lock:
                self._running = job.request.id
            answer = self._run(job)
            with self._lock:  # before the answer, so that its id is free when the host has it
                del self._jobs[job.request.id]
                self._running = None
            self._emit(answer)

    def _run(self, job: _Job) -> protocol.Result | protocol.Error:
        request = job.request
        _LOG.info("request %d: %s %s", request.id, request.task, request.arguments)
        if job.stop.is_set():
            return protocol.Result(exit_code=5, id=request.id)

        def emit(event: Event) -> None:
            self._emit(replace(event, id=request.id))

        try:
            result = self._tasks[request.task](request.arguments, emit, job.stop.is_set)
        except Exception as error:  # the worker outlives whatever one job does
            return describe_error(error, self._log, request.id)
        _LOG.info("request %d: exit code %d", request.id, result.exit_code)
        return replace(result, id=request.id)


def describe_error(error: Exception, log: str, number: int = 0) -> protocol.Error:
    """The error as the host gets it; the trace goes to the log as well.

    A defect of ours is told by its class and message, so that an artist can quote it.
    """
    detail = "".join(traceback.format_exception(error))
    if isinstance(error, PlatekeyError):
        kind, message, exit_code = error.kind, str(error), error.exit_code
        _LOG.warning("request %d: %s: %s", number, kind, message)
    else:
        kind, exit_code = type(error).__name__, 1
        message = f"platekey failed with {kind}: {error}; please report it with the log {log}."
        _LOG.error("request %d:\n%s", number, detail)
    limit = protocol.LONGEST_LINE // 32  # JSON may need twelve characters for one
    return protocol.Error(kind, message[:limit], exit_code, detail[-limit:], log, number)
