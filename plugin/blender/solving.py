"""Solves a Matte node: renders its inputs, asks the worker, shows the result. stdlib and bpy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

from platekey.core.errors import InputError

from . import exr_header, matte, preferences, resident, sources, trees
from .jobs import Job
from .order import Order, order_of

_running: dict[str, Solve] = {}  # by the node's uid


class Solve:
    """One solve of one node.

    Attributes:
        job: what the worker does.
    """

    def __init__(self, uid: str, first: int, last: int) -> None:
        """Renders what has to be rendered, and hands the rest to the worker.

        Raises:
            InputError: the node is gone or busy, or an input is missing.
            PlatekeyError: the worker cannot be started.
            RuntimeError: Blender could not render an input.
        """
        self._uid, self._first, self._last = uid, first, last
        if uid in _running:
            raise InputError("this node is being solved; cancel that first, or wait.")
        scene, tree, node = self._node()
        self._order = order_of(node, first, last)
        _render(scene, tree, self._order, first, last)
        numbers = f"{first + self._order.shift}-{last + self._order.shift}"
        arguments = dict(self._order.arguments)
        if not self._order.is_single:
            arguments["frames"] = numbers
        worker = resident.worker(preferences.python())
        self.job = Job(worker, "solve", arguments, resident.shut_down)
        _running[uid] = self
        self._tell(f"solving {first}-{last}", False, 0.0)

    def follow(self, seconds: float = 0.0) -> bool:
        """Goes on for at most `seconds`; False once it has ended and the node shows it.

        Raises:
            WorkerError: the worker did not listen to a cancel.
        """
        try:
            goes_on = self.job.follow(seconds)
        except Exception:
            _running.pop(self._uid, None)
            self._tell("cancelled; the worker was ended", True)
            raise
        if goes_on:
            self._tell(self.job.message, False, self.job.done)
        else:
            _running.pop(self._uid, None)
            self._finish()
        return goes_on

    def _node(self) -> tuple[Any, Any, Any]:
        found = trees.find(matte.NODE, self._uid)
        if found is None:
            raise InputError("the node is not in this file any more; solve another one.")
        return found

    def _tell(self, status: str, failed: bool, progress: float = -1.0) -> None:
        found = trees.find(matte.NODE, self._uid)
        if found is not None:  # deleted while the worker works
            node = found[2]
            node.status, node.failed, node.progress = status, failed, progress

    def _finish(self) -> None:
        found = trees.find(matte.NODE, self._uid)
        if found is None:
            return
        node, order = found[2], self._order
        status, is_good = self.job.verdict()
        first, last = self._first, self._last
        if self.job.is_solved and self.job.outputs:
            if node.signature == order.signature:
                first, last = min(first, node.result_first), max(last, node.result_last)
            matte.show(node, order, self.job.outputs, first, last)
            node.signature, node.folder = order.signature, order.folder
            node.result_first, node.result_last = first, last
            if is_good and not self.job.is_cancelled:
                status = " ".join([f"solved {first}-{last}", *self._remarks()])
        node.status, node.failed, node.progress = status, not is_good, -1.0

    def _remarks(self) -> list[str]:
        """What the artist has to know of a result that is as it should be."""
        remarks = [f"({self.job.warnings[0]})"] if self.job.warnings else []
        plate = self._order.arguments["plate"]
        if "plate" in self._order.rendered:
            return remarks
        path = plate if self._order.is_single else plate % (self._first + self._order.shift)
        data, display = exr_header.windows(path)
        if data != display:
            remarks.append(
                "(Blender shows the plate without its display window: the result is on the display "
                "window, so crop or translate the plate to compare them)"
            )
        return remarks


def run(uid: str, first: int, last: int, tell: Callable[[str], None]) -> Job:
    """Solves right through, without an interface.

    Args:
        uid: of the node.
        first: frame of the scene.
        last: frame of the scene.
        tell: takes a line for each step.

    Raises:
        PlatekeyError: as Solve and Solve.follow.
        RuntimeError: as Solve.
    """
    solve, last_line = Solve(uid, first, last), ""
    while solve.follow(0.5):
        if solve.job.message != last_line:
            last_line = solve.job.message
            tell(f"{last_line}\nProgress: {100 * solve.job.done:.0f}%")
    return solve.job


def cancel(uid: str) -> bool:
    """Stops the node's solve within a frame; False if there is none."""
    found = _running.get(uid)
    if found is not None:
        found.job.cancel()
    return found is not None


def is_running(uid: str) -> bool:
    """Whether the node is being solved."""
    return uid in _running


def clear(node: Any) -> None:
    """Deletes what the node has solved and rendered with the settings of its result."""
    if node.signature and os.path.basename(node.folder) == node.signature:
        shutil.rmtree(node.folder, ignore_errors=True)
    node.signature, node.folder, node.status, node.failed = "", "", matte.NOT_SOLVED, False
    old, node.node_tree = node.node_tree, matte.new_tree()
    if not old.users:
        matte.remove(old)


def _render(scene: Any, tree: Any, order: Order, first: int, last: int) -> None:
    for name, (output, pattern) in order.rendered.items():
        paths = {n: pattern % (n + order.shift) for n in range(first, last + 1)}
        if order.is_single:
            paths = {first: pattern}
        is_matte = name not in ("plate", "clean_plate")
        sources.render(scene, tree, output, paths, is_matte=is_matte)
