"""The one worker of this Nuke: started when it is first needed, again after it died. Python 3.7."""

import os
import threading
from typing import List, Optional

from platekey.core.errors import WorkerError, WorkerNotFound
from platekey.plugin.client import WorkerClient, worker_command
from platekey.plugin.environment import python_around
from platekey.plugin.preferences import load

_lock = threading.Lock()
_clients: List[WorkerClient] = []
_naps: List[threading.Timer] = []


def worker_python() -> str:
    """The interpreter of platekey's environment.

    The artist's choice in the panel, PLATEKEY_PYTHON, or the environment that platekey lies in.

    Raises:
        WorkerNotFound: there is none.
    """
    found = load().worker_python or os.environ.get("PLATEKEY_PYTHON", "") or python_around()
    if found:
        return found
    raise WorkerNotFound(
        "PLATEKEY_PYTHON is not set; set it to the Python of platekey's environment, or name that "
        "in the panel's settings."
    )


def worker() -> WorkerClient:
    """The running worker; starts it, or a new one if the last one died.

    Raises:
        WorkerError: it cannot be started.
    """
    with _lock:
        _wake()
        if _clients and _clients[0].is_alive():
            return _clients[0]
        _shut_down()
        client = WorkerClient(worker_command(worker_python()))
        client.start()
        _clients.append(client)
        return client


def running() -> Optional[WorkerClient]:
    """The worker, if one was started."""
    return _clients[0] if _clients else None


def rest(minutes: float) -> None:
    """Ends the worker after so many minutes without work, for its memory; 0 leaves it."""
    with _lock:
        _wake()
        if minutes > 0:
            nap = threading.Timer(60 * minutes, _end_if_idle)
            nap.daemon = True
            nap.start()
            _naps.append(nap)


def shut_down() -> None:
    """Ends the worker, when Nuke closes or its memory is wanted."""
    with _lock:
        _wake()
        _shut_down()


def _wake() -> None:
    while _naps:
        _naps.pop().cancel()


def _end_if_idle() -> None:
    with _lock:
        try:
            status = _clients[0].status() if _clients else None
        except WorkerError:  # dead, or busy
            return
        if status is not None and status.running is None and not status.waiting:
            _shut_down()


def _shut_down() -> None:
    while _clients:
        _clients.pop().shutdown(2.0)
