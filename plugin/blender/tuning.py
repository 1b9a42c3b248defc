"""Runs tunes, each in a worker of its own, so that mattes can be solved meanwhile. stdlib and bpy.

What a tune has learned is on disk, so it goes on after a stop, and after Blender was closed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import bpy

from platekey.core.errors import InputError
from platekey.plugin.tune_folder import TuneFolder

from . import contact_sheet, matte, preferences, resident, sources, trees, tune_node
from .jobs import Job
from .tune_order import TuneOrder, tune_order_of

PATIENCE = 600.0  # seconds between a stop and the end of a worker: it writes a checkpoint first
_LAST_WORDS = 30.0  # seconds that Blender waits for that when it closes
_UNFINISHED = "not finished: Resume goes on"
_running: dict[str, Tune] = {}  # by the node's uid


class Tune:
    """One tune of one node.

    Attributes:
        job: what the worker does.
    """

    def __init__(self, uid: str, resume: bool) -> None:
        """Renders what has to be rendered, and hands the rest to a new worker.

        Args:
            uid: of the node.
            resume: goes on from the last checkpoint.

        Raises:
            InputError: the node is gone or busy, an input is missing, or there is a tune already,
                or none to go on with.
            PlatekeyError: a setting is wrong, or the worker cannot be started.
            RuntimeError: Blender could not render an input.
        """
        self._uid = uid
        if uid in _running:
            raise InputError("this node is being tuned; stop that first, or wait.")
        found = trees.find(tune_node.NODE, uid)
        if found is None:
            raise InputError("the node is not in this file any more; tune another one.")
        scene, tree, node = found
        of = scene or bpy.context.scene  # a group has no range of its own
        self._order = tune_order_of(node, of.frame_start, of.frame_end)
        self._refuse(resume)
        _render(scene, tree, self._order, resume)
        self._client = resident.worker_of_its_own(preferences.python())
        arguments = {**self._order.arguments, "resume": resume}
        end = self._client.shutdown
        self.job = Job(self._client, "tune", arguments, end, PATIENCE)
        self._sheet = contact_sheet.ContactSheet()
        _running[uid] = self
        node.status, node.failed, node.tuned = _UNFINISHED, False, self._order.output
        node.message, node.progress = self.job.message, 0.0

    def follow(self, seconds: float = 0.0) -> bool:
        """Goes on for at most `seconds`; False once it has ended and the nodes show it.

        Raises:
            WorkerError: the worker did not listen to a stop.
        """
        try:
            goes_on = self.job.follow(seconds)
        except Exception:
            self._leave()
            raise
        if "sheet" in self.job.outputs:
            self._sheet.show(self.job.outputs["sheet"])
        found = trees.find(tune_node.NODE, self._uid)
        if goes_on and found is not None:
            found[2].message, found[2].progress = self.job.message, self.job.done
        if not goes_on:
            self._leave()
            self._finish(found)
        return goes_on

    def abandon(self, *, waits: bool = False) -> None:
        """Stops it while nobody looks: Blender closes, or opens another file."""
        self.job.cancel()
        self._leave(_LAST_WORDS, waits=waits)

    def verdict(self) -> tuple[str, bool]:
        """How it ended, for the artist, and whether that is as it should be."""
        status, is_good = self.job.verdict()
        if self.job.is_cancelled:
            return "stopped: Resume goes on", True
        if is_good:
            return f"tuned: {TuneFolder(self._order.output).verdict() or self.job.message}", True
        return status, False

    def _refuse(self, resume: bool) -> None:
        has_checkpoint = TuneFolder(self._order.output).has_checkpoint()
        if has_checkpoint and not resume:
            raise InputError(
                "there is a tune of this plate with these settings; press Resume to go on with it, "
                "or name other weights to write."
            )
        if resume and not has_checkpoint:
            raise InputError("there is no checkpoint to go on from; press Start.")

    def _leave(self, seconds: float = 2.0, *, waits: bool = False) -> None:
        """Ends the worker, as a rule on a thread: an interface must not wait for that."""
        _running.pop(self._uid, None)
        ending = threading.Thread(target=self._client.shutdown, args=(seconds,))
        if waits:  # Blender ends, when no thread can be started any more
            ending.run()
        else:
            ending.start()

    def _finish(self, found: Any) -> None:
        status, is_good = self.verdict()
        if found is None:
            return
        node = found[2]
        node.status, node.failed, node.progress = status, not is_good, -1.0
        node.tuned = self._order.output  # an undo may have taken it back
        for _, _, other in trees.nodes_of(matte.NODE):
            if finished_weights(other) == self._order.output:
                other.tuned = self._order.output


def run(uid: str, resume: bool, tell: Callable[[str], None]) -> Tune:
    """Tunes right through, without an interface.

    Args:
        uid: of the node.
        resume: goes on from the last checkpoint.
        tell: takes a line for each step that is told.

    Raises:
        PlatekeyError: as Tune and Tune.follow.
        RuntimeError: as Tune.
    """
    tune, last_line = Tune(uid, resume), ""
    while tune.follow(0.5):
        if tune.job.message != last_line:
            last_line = tune.job.message
            tell(f"{last_line}\nProgress: {100 * tune.job.done:.0f}%")
    return tune


def stop(uid: str) -> bool:
    """Ends the node's tune after its step; False if there is none."""
    found = _running.get(uid)
    if found is not None:
        found.job.cancel()
    return found is not None


def is_running(uid: str) -> bool:
    """Whether the node is being tuned."""
    return uid in _running


def stop_all() -> None:
    """Stops them all while nobody looks; what they have learned is kept."""
    for tune in list(_running.values()):
        tune.abandon(waits=True)


def finished_weights(node: Any) -> str:
    """The weights of a Tune node of a Matte node's plate that has ended or was stopped, or ""."""
    wanted = _plate(node)
    for _, _, tune in trees.nodes_of(tune_node.NODE):
        is_done = tune.tuned and not is_running(tune.uid) and TuneFolder(tune.tuned).is_finished()
        if is_done and wanted and _plate(tune) == wanted:
            return str(tune.tuned)
    return ""


def _plate(node: Any) -> Any:
    """What tells whether two nodes have the same plate; None without one."""
    output = trees.origin(node.inputs["Plate"])
    if output is None:
        return None
    image = getattr(output.node, "image", None)
    if image is not None:
        return bpy.path.abspath(image.filepath) or image.name, output.name
    return output.node, output.name


def _render(scene: Any, tree: Any, order: TuneOrder, resume: bool) -> None:
    for name, (output, files) in order.rendered.items():
        # what a tune goes on with has to be what it began with
        wanted = {n: p for n, p in files.items() if not (resume and os.path.isfile(p))}
        is_matte = name not in ("plate", "clean_plate")
        if wanted:
            sources.render(scene, tree, output, wanted, is_matte=is_matte)
