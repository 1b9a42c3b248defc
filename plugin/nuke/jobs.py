"""Runs a solve for a node, beside Nuke's interface or, in a terminal, right through.

Nodes are found again by their full names: they may be renamed or deleted while the worker works.
Python 3.7, standard library and nuke.
"""

import queue
import threading
import time
from typing import Any, Dict, List

import nuke

from platekey.core import protocol
from platekey.core.errors import PlatekeyError

from . import resident
from .main_thread import on_main_thread
from .matte import write_name
from .order import Order, order_of

CANCELLED = 5  # the exit code of a result
GREEN, RED, AMBER = 0x3A6B5CFF, 0x9C2B2BFF, 0x9C7A2BFF  # tiles: as it should be, failed, stale
PATIENCE = 60.0  # seconds between a cancel and the end of a worker that does not listen
_POLL = 0.2  # seconds between two looks at the cancel button

_running: Dict[str, threading.Event] = {}


def solve(node: Any, first: int, last: int) -> None:
    """Renders what has to be rendered, then solves; on the main thread.

    What goes wrong is shown on the node.
    """
    name = node.fullName()
    if name in _running:
        nuke.message(f"{name} is being solved; cancel that first, or wait.")
        return
    try:
        order = order_of(node)
        _render(node, order, first, last)
    except (PlatekeyError, RuntimeError) as error:  # Nuke raises RuntimeError for renders
        show(node, str(error), RED)
        return
    _running[name] = threading.Event()
    show(node, f"solving {first}-{last}", GREEN)
    if nuke.GUI:
        work = threading.Thread(target=_run, args=(name, order, first, last), daemon=True)
        work.start()
    else:
        _run(name, order, first, last)


def cancel(name: str) -> bool:
    """Asks the job of that node to stop within a frame; False if there is none."""
    stop = _running.get(name)
    if stop is not None:
        stop.set()
    return stop is not None


def show(node: Any, status: str, colour: int) -> None:
    """Puts a sentence on the node, in a colour."""
    status = status.replace("[", "(").replace("]", ")")  # a label would run them as Tcl
    if node["status"].value() != status:
        node["status"].setValue(status)
    if node["tile_color"].value() != colour:
        node["tile_color"].setValue(colour)


def _render(node: Any, order: Order, first: int, last: int) -> None:
    node["rendered"].setValue(order.folder)
    for name in order.rendered:
        with node:
            write = nuke.toNode(write_name(name))
        nuke.execute(write, first, last, 1)


def _run(name: str, order: Order, first: int, last: int) -> None:
    failures: List[str] = []
    status, colour, is_solved = "", GREEN, False
    try:
        end = _wait(name, order, first, last, failures)
        if isinstance(end, protocol.Error):
            status, colour = f"{end.message}\nlog: {end.log}", RED
        elif end.exit_code == CANCELLED:
            status = "cancelled"
            is_solved = bool(end.written)
        else:
            is_solved = bool(end.written or end.skipped)
            status = f"solved {first}-{last}"
            if failures:
                status, colour = "\n".join([f"{len(failures)} frames failed", failures[0]]), RED
    except (PlatekeyError, OSError) as error:
        status, colour = str(error), RED
    finally:
        _running.pop(name, None)
    on_main_thread(_finish, name, order, (first, last) if is_solved else None, status, colour)


def _wait(name: str, order: Order, first: int, last: int, failures: List[str]) -> Any:
    """Hands the order to the worker and follows it to its Result or Error."""
    client = resident.worker()
    events: queue.Queue[Any] = queue.Queue()
    arguments = dict(order.arguments, frames=f"{first}-{last}")
    number = client.submit("solve", arguments, events.put)
    bar = nuke.ProgressTask(f"platekey: {name}") if nuke.GUI else None
    stop, asked = _running[name], 0.0
    try:
        while True:
            if not asked and (stop.is_set() or (bar is not None and bar.isCancelled())):
                client.cancel(number)
                asked = time.monotonic()
            if asked and time.monotonic() - asked > PATIENCE:
                resident.shut_down()  # it is stuck; this ends the request with an Error
                asked = time.monotonic()
            try:
                event = events.get(timeout=_POLL)
            except queue.Empty:
                continue
            if isinstance(event, (protocol.Result, protocol.Error)):
                return event
            if isinstance(event, protocol.FrameFailed):
                failures.append(f"{event.frame}: {event.message}")
            if isinstance(event, protocol.Progress) and bar is not None:
                bar.setProgress(int(100 * event.done))
                bar.setMessage(event.message)
    finally:
        del bar  # closes it


def _finish(name: str, order: Order, frames: Any, status: str, colour: int) -> None:
    node = nuke.toNode(name)
    if node is None:  # deleted, or renamed; what was solved is found again by solving
        return
    if frames is not None:
        first, last = frames
        if node["solved"].value() and node["result"].value() == order.result:
            first = min(first, node["result_first"].value())
            last = max(last, node["result_last"].value())
        values = {
            "result": order.result,
            "signature": order.signature,
            "result_first": first,
            "result_last": last,
            "solved": 1,
        }
        for knob, value in values.items():
            node[knob].setValue(value)
        with node:
            nuke.toNode("Read_result")["reload"].execute()
    show(node, status, colour)
