"""The one worker of this Nuke: started when it is first needed, again after it died. Python 3.7."""

import os
import threading
from typing import List, Optional

from platekey.core.errors import WorkerDied, WorkerError, WorkerNotFound
from platekey.plugin.client import WorkerClient, worker_command

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_lock = threading.Lock()
_clients: List[WorkerClient] = []


def worker_python() -> str:
    """The interpreter of platekey's environment: PLATEKEY_PYTHON, else the one it lies in.

    Raises:
        WorkerNotFound: there is none.
    """
    named = os.environ.get("PLATEKEY_PYTHON", "")
    if named:
        return named
    for above, program in (
        ("../../../..", "bin/python"),  # lib/python3.x/site-packages/platekey
        ("../../..", "Scripts/python.exe"),
        (".venv", "bin/python"),
        (".venv", "Scripts/python.exe"),
    ):
        found = os.path.normpath(os.path.join(_PACKAGE, above, program))
        if os.path.isfile(found):
            return found
    raise WorkerNotFound(
        "PLATEKEY_PYTHON is not set; set it to the Python of platekey's environment."
    )


def worker() -> WorkerClient:
    """The running worker; starts it, or a new one if the last one died.

    Raises:
        WorkerError: it cannot be started.
    """
    with _lock:
        if _clients and _answers(_clients[0]):
            return _clients[0]
        _shut_down()
        client = WorkerClient(worker_command(worker_python()))
        client.start()
        _clients.append(client)
        return client


def running() -> Optional[WorkerClient]:
    """The worker, if one was started."""
    return _clients[0] if _clients else None


def shut_down() -> None:
    """Ends the worker, when Nuke closes."""
    with _lock:
        _shut_down()


def _shut_down() -> None:
    while _clients:
        _clients.pop().shutdown(2.0)


def _answers(client: WorkerClient) -> bool:
    try:
        client.status()
    except WorkerDied:
        return False
    except WorkerError:  # too busy to answer, with another node's job
        return True
    return True
