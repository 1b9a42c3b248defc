"""What the buttons of a tune do. Standard library and bpy."""

from __future__ import annotations

import os
from typing import Any

import bpy

from platekey.core.errors import PlatekeyError

from . import contact_sheet, matte, trees, tune_node, tuning
from .operators import redraw

_UID = {"uid": bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})}
_TICK = 1.0  # seconds between two looks at the worker


class _Tune(bpy.types.Operator):  # type: ignore[misc]
    """Tunes beside the interface, or right through where there is none."""

    bl_options = {"REGISTER"}
    resumes = False

    def execute(self, context: Any) -> set[str]:
        """Right through."""
        try:
            tune = tuning.run(self.uid, self.resumes, print)
        except (PlatekeyError, RuntimeError) as error:
            return self._refuse(str(error))
        status, is_good = tune.verdict()
        return {"FINISHED"} if is_good else self._refuse(status)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Beside the interface."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self._tune = tuning.Tune(self.uid, self.resumes)
        except (PlatekeyError, RuntimeError) as error:
            return self._refuse(str(error))
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Looks at the worker; Esc does nothing, for a night is easily lost to it."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            goes_on = self._tune.follow()
        except PlatekeyError as error:
            self._leave(context)
            return self._refuse(str(error))
        redraw(context)
        if goes_on:
            return {"PASS_THROUGH"}
        self._leave(context)
        status, is_good = self._tune.verdict()
        self.report({"INFO" if is_good else "WARNING"}, status)
        return {"FINISHED" if is_good else "CANCELLED"}

    def cancel(self, context: Any) -> None:
        """Blender closes, or opens another file."""
        self._tune.abandon()
        self._leave(context)

    def _leave(self, context: Any) -> None:
        context.window_manager.event_timer_remove(self._timer)
        redraw(context)

    def _refuse(self, sentence: str) -> set[str]:
        found = trees.find(tune_node.NODE, self.uid)
        if found is not None and not tuning.is_running(self.uid):
            found[2].status, found[2].failed, found[2].progress = sentence, True, -1.0
        # an error that is reported raises in scripts; in the interface it is shown on the node
        self.report({"WARNING" if not bpy.app.background else "ERROR"}, sentence)
        return {"CANCELLED"}


class StartTune(_Tune):
    """Renders what has to be rendered, and starts the tune on the scene's frames."""

    bl_idname = "platekey.start_tune"
    bl_label = "Start"
    __annotations__ = _UID


class ResumeTune(_Tune):
    """Goes on from the last checkpoint, also with more hours or steps."""

    bl_idname = "platekey.resume_tune"
    bl_label = "Resume"
    resumes = True
    __annotations__ = _UID


class StopTune(bpy.types.Operator):  # type: ignore[misc]
    """Ends it here: a checkpoint and the best weights so far are written."""

    bl_idname = "platekey.stop_tune"
    bl_label = "Stop"
    __annotations__ = _UID

    def execute(self, context: Any) -> set[str]:
        """Asks the worker."""
        if not tuning.stop(self.uid):
            self.report({"INFO"}, "nothing is being tuned for this node.")
        return {"FINISHED"}


class ShowSheet(bpy.types.Operator):  # type: ignore[misc]
    """Shows crops of the held-out frames, before and on the way, in the image editor."""

    bl_idname = "platekey.show_sheet"
    bl_label = "Contact Sheet"
    __annotations__ = _UID

    def execute(self, context: Any) -> set[str]:
        """Loads it."""
        found = trees.find(tune_node.NODE, self.uid)
        path = contact_sheet.path_of(found[2].tuned) if found is not None else ""
        if not os.path.isfile(path):
            self.report({"INFO"}, "there is no contact sheet yet; it comes with the first scores.")
            return {"CANCELLED"}
        if not contact_sheet.put_up(path):
            self.report({"INFO"}, "open an image editor; sheet.png is among its pictures.")
        return {"FINISHED"}


class UseTuned(bpy.types.Operator):  # type: ignore[misc]
    """Lets the Matte node solve with the weights that were tuned to its plate."""

    bl_idname = "platekey.use_tuned"
    bl_label = "Use Tuned Weights"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = _UID

    def execute(self, context: Any) -> set[str]:
        """Sets method and weights."""
        found = trees.find(matte.NODE, self.uid)
        weights = found[2].tuned or tuning.finished_weights(found[2]) if found is not None else ""
        if found is None or not weights:
            self.report({"INFO"}, "no Tune node of this plate has ended yet; look at it, or tune.")
            return {"CANCELLED"}
        node = found[2]
        node.tuned, node.method, node.weights = "", "network", weights
        return {"FINISHED"}


CLASSES = (StartTune, ResumeTune, StopTune, ShowSheet, UseTuned)
