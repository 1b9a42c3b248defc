"""The worker of this Blender: started when it is first needed, again after it died. stdlib."""

from __future__ import annotations

import json
import os
import threading

from platekey.core.errors import WorkerNotFound
from platekey.plugin import preferences
from platekey.plugin.client import WorkerClient, worker_command
from platekey.plugin.environment import python_around

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.dirname(os.path.dirname(_HERE))
BUILT_BY = os.path.join(_PACKAGE, "worker.json")  # in the extension: the environment that made it
_lock = threading.Lock()
_clients: list[WorkerClient] = []


def worker_python(chosen: str = "") -> str:
    """The interpreter of platekey's environment.

    Args:
        chosen: in the preferences; "" looks at those that all hosts share, at PLATEKEY_PYTHON, at
            the environment that made the extension, and at those that platekey lies in.

    Raises:
        WorkerNotFound: there is none.
    """
    shared = preferences.load().worker_python
    for named in (chosen, shared, os.environ.get("PLATEKEY_PYTHON", "")):
        if named:
            return named
    built_by = _built_by()
    found = built_by if os.path.isfile(built_by) else python_around()
    if found:
        return found
    raise WorkerNotFound(
        "platekey's environment was not found; name its Python in the add-on's preferences, or in "
        "PLATEKEY_PYTHON."
    )


def worker(python: str) -> WorkerClient:
    """The running worker; starts it, or a new one if the last one died.

    Raises:
        WorkerError: it cannot be started.
    """
    with _lock:
        if _clients and _clients[0].is_alive():
            return _clients[0]
        _shut_down()
        client = WorkerClient(worker_command(python))
        client.start()
        _clients.append(client)
        return client


def worker_of_its_own(python: str) -> WorkerClient:
    """A new worker for one job of hours, so that the other one can solve meanwhile.

    Raises:
        WorkerError: it cannot be started.
    """
    client = WorkerClient(worker_command(python))
    client.start()
    return client


def shut_down() -> None:
    """Ends the worker, when Blender closes or it does not listen."""
    with _lock:
        _shut_down()


def _shut_down() -> None:
    while _clients:
        _clients.pop().shutdown(2.0)


def _built_by() -> str:
    try:
        with open(BUILT_BY, encoding="utf-8") as file:
            return str(json.load(file)["python"])
    except (OSError, ValueError, KeyError):  # a checkout, or an installed package
        return ""
