"""Follows one request to its end, on a thread of its own. Python 3.7, standard library and nuke."""

import queue
import time
from typing import Any, Callable, Dict

import nuke

from platekey.core import protocol
from platekey.plugin.client import WorkerClient
from platekey.plugin.panel.board import Job

PATIENCE = 60.0  # seconds between a cancel and the end of a worker that does not listen
_POLL = 0.2  # seconds between two looks at the cancel button


def follow(
    client: WorkerClient,
    task: str,
    arguments: Dict[str, Any],
    job: Job,
    end_worker: Callable[[], None],
    *,
    has_bar: bool,
    patience: float = 0.0,
) -> Any:
    """Hands a request to the worker and returns its Result or Error.

    Args:
        client: the worker.
        task: as in the protocol.
        arguments: of the task.
        job: is told every event; its `stop` is the cancel button.
        end_worker: ends a worker that does not listen.
        has_bar: shows Nuke's own progress bar too.
        patience: seconds between a cancel and end_worker; 0 is PATIENCE.

    Raises:
        WorkerError: the worker cannot be talked to.
    """
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    number = client.submit(task, arguments, events.put)
    bar = nuke.ProgressTask(f"platekey: {job.title}") if has_bar and nuke.GUI else None
    asked = 0.0
    try:
        while True:
            if bar is not None and bar.isCancelled():
                job.stop.set()
            if not asked and job.stop.is_set():
                client.cancel(number)
                asked = time.monotonic()
            if asked and time.monotonic() - asked > (patience or PATIENCE):
                end_worker()  # it is stuck; this ends the request with an Error
                asked = time.monotonic()
            try:
                event = events.get(timeout=_POLL)
            except queue.Empty:
                continue
            job.tell(event)
            if isinstance(event, (protocol.Result, protocol.Error)):
                return event
            if isinstance(event, protocol.Progress) and bar is not None:
                bar.setProgress(int(100 * job.done))
                bar.setMessage(event.message)
    finally:
        del bar  # closes it
