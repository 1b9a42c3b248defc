"""Runs a solve for a node, beside Nuke's interface or, in a terminal, right through.

Nodes are found again by their full names: they may be renamed or deleted while the worker works.
Python 3.7, standard library and nuke.
"""

import os
import threading
from typing import Any, Dict, Iterable, List

import nuke

from platekey.core import protocol
from platekey.core.errors import PlatekeyError
from platekey.plugin.panel.board import FAILED, Board, Job
from platekey.plugin.preferences import load

from . import resident
from .cache import prune
from .following import follow
from .main_thread import on_main_thread
from .matte import MARK, write_name
from .order import Order, order_of

CANCELLED = 5  # the exit code of a result
GREEN, RED, AMBER = 0x3A6B5CFF, 0x9C2B2BFF, 0x9C7A2BFF  # tiles: as it should be, failed, stale
BOARD = Board()  # what the panel shows

_running: Dict[str, Job] = {}


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
        render(node, order.folder, order.rendered, first, last)
    except (PlatekeyError, RuntimeError) as error:  # Nuke raises RuntimeError for renders
        show(node, str(error), RED)
        return
    job = BOARD.add(Job(name, "solve", lambda: _again(name, first, last)))
    _running[name] = job
    show(node, f"solving {first}-{last}", GREEN)
    start(_run, job, order, first, last)


def cancel(name: str) -> bool:
    """Asks the job of that node to stop within a frame; False if there is none."""
    job = _running.get(name)
    if job is not None:
        job.cancel()
    return job is not None


def show(node: Any, status: str, colour: int) -> None:
    """Puts a sentence on the node, in a colour."""
    status = status.replace("[", "(").replace("]", ")")  # a label would run them as Tcl
    if node["status"].value() != status:
        node["status"].setValue(status)
    if node["tile_color"].value() != colour:
        node["tile_color"].setValue(colour)


def render(node: Any, folder: str, names: Iterable[str], first: int, last: int) -> None:
    """Renders inputs of a group to the files that order.rendered_path names."""
    node["rendered"].setValue(folder)
    for name in names:
        with node:
            write = nuke.toNode(write_name(name))
        nuke.execute(write, first, last, 1)


def start(work: Any, *arguments: Any) -> None:
    """Calls a function beside Nuke's interface, or right through where there is none."""
    if nuke.GUI:
        threading.Thread(target=work, args=arguments, daemon=True).start()
    else:
        work(*arguments)


def _again(name: str, first: int, last: int) -> None:
    node = nuke.toNode(name)
    if node is not None:
        solve(node, first, last)


def _run(job: Job, order: Order, first: int, last: int) -> None:
    status, colour, is_solved = "", GREEN, False
    arguments = dict(order.arguments, frames=f"{first}-{last}")
    try:
        client = resident.worker()
        end = follow(client, "solve", arguments, job, resident.shut_down, has_bar=True)
        if isinstance(end, protocol.Error):
            status, colour = f"{end.message}\nlog: {end.log}", RED
        elif end.exit_code == CANCELLED:
            status = "cancelled"
            is_solved = bool(end.written)
        else:
            is_solved = bool(end.written or end.skipped)
            status = f"solved {first}-{last}"
            if job.failures:
                status = "\n".join([f"{len(job.failures)} frames failed", job.failures[0]])
                colour = RED
    except (PlatekeyError, OSError) as error:
        status, colour = str(error), RED
        job.end(FAILED, status)
    finally:
        _running.pop(job.title, None)
    frames = (first, last) if is_solved else None
    in_use = on_main_thread(_finish, job.title, order, frames, status, colour)
    preferences = load()
    prune(os.path.dirname(order.folder), preferences.cache_gib, in_use or [order.folder])
    resident.rest(preferences.idle_minutes)


def _finish(name: str, order: Order, frames: Any, status: str, colour: int) -> List[str]:
    """Shows the result; returns the folders of results that nodes of the script show."""
    node = nuke.toNode(name)
    if node is not None:  # else deleted, or renamed; what was solved is found again by solving
        if frames is not None:
            _show_result(node, order, *frames)
        show(node, status, colour)
    shown = [item["result"].value() for item in ours("matte")]
    return [order.folder, *(os.path.dirname(path) for path in shown if path)]


def ours(kind: str) -> List[Any]:
    """The groups of the script that are platekey's nodes of a kind, as their mark says."""
    groups = nuke.allNodes("Group")
    return [item for item in groups if item.knob(MARK) and item[MARK].value() == kind]


def _show_result(node: Any, order: Order, first: int, last: int) -> None:
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
