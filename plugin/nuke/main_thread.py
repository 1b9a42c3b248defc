"""Nuke's own functions are called on its main thread, from wherever one is. Python 3.7, stdlib."""

import threading
from typing import Any, Callable

import nuke


def on_main_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a function on the main thread and returns what it returns.

    From the main thread itself Nuke refuses to be asked, and a terminal session has no loop that
    would answer: there it is called at once.
    """
    if not nuke.GUI or threading.current_thread() is threading.main_thread():
        return function(*arguments)
    return nuke.executeInMainThreadWithResult(function, arguments)
