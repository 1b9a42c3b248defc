"""What the buttons do. Standard library and bpy."""

from __future__ import annotations

from typing import Any

import bpy

from platekey.core.errors import PlatekeyError

from . import matte, plain_group, preferences, solving, trees

_UID = {"uid": bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})}
_TICK = 0.2  # seconds between two looks at the worker


class _Solve(bpy.types.Operator):  # type: ignore[misc]
    """Solves a node: beside the interface, or right through where there is none."""

    bl_options = {"REGISTER"}
    whole = False

    def frames(self, scene: Any) -> tuple[int, int]:
        """First and last frame."""
        if self.whole:
            return scene.frame_start, scene.frame_end
        return scene.frame_current, scene.frame_current

    def execute(self, context: Any) -> set[str]:
        """Right through."""
        first, last = self.frames(context.scene)
        try:
            job = solving.run(self.uid, first, last, print)
        except (PlatekeyError, RuntimeError) as error:
            return self._refuse(str(error))
        status, is_good = job.verdict()
        return {"FINISHED"} if is_good else self._refuse(status)

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Beside the interface."""
        if bpy.app.background:
            return self.execute(context)
        first, last = self.frames(context.scene)
        try:
            self._solve = solving.Solve(self.uid, first, last)
        except (PlatekeyError, RuntimeError) as error:
            return self._refuse(str(error))
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.progress_begin(0, 100)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Looks at the worker, five times a second; Esc cancels."""
        if event.type == "ESC" and event.value == "PRESS":
            self._solve.job.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            goes_on = self._solve.follow()
        except PlatekeyError as error:
            self._leave(context)
            return self._refuse(str(error))
        job = self._solve.job
        context.window_manager.progress_update(100 * job.done)
        context.workspace.status_text_set(f"platekey: {job.message} (Esc cancels)")
        redraw(context)
        if goes_on:
            return {"PASS_THROUGH"}  # a tune beside it looks at the same timers
        self._leave(context)
        status, is_good = job.verdict()
        return {"FINISHED"} if is_good else self._refuse(status)

    def cancel(self, context: Any) -> None:
        """Blender closes, or opens another file."""
        self._solve.job.cancel()
        self._leave(context)

    def _leave(self, context: Any) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)
        redraw(context)

    def _refuse(self, sentence: str) -> set[str]:
        found = trees.find(matte.NODE, self.uid)
        if found is not None and not solving.is_running(self.uid):
            found[2].status, found[2].failed, found[2].progress = sentence, True, -1.0
        # an error that is reported raises in scripts; in the interface it is shown on the node
        self.report({"WARNING" if not bpy.app.background else "ERROR"}, sentence)
        return {"CANCELLED"}


class SolveFrame(_Solve):
    """Solves the current frame; one that was solved with these settings is reused."""

    bl_idname = "platekey.solve_frame"
    bl_label = "Solve Frame"
    __annotations__ = _UID


class SolveRange(_Solve):
    """Solves every frame of the scene's range that is not solved yet with these settings."""

    bl_idname = "platekey.solve_range"
    bl_label = "Solve Range"
    whole = True
    __annotations__ = _UID


class Cancel(bpy.types.Operator):  # type: ignore[misc]
    """Stops the solve within a frame; finished frames are kept."""

    bl_idname = "platekey.cancel"
    bl_label = "Cancel"
    __annotations__ = _UID

    def execute(self, context: Any) -> set[str]:
        """Asks the worker."""
        if not solving.cancel(self.uid):
            self.report({"INFO"}, "nothing is being solved for this node.")
        return {"FINISHED"}


class Clear(bpy.types.Operator):  # type: ignore[misc]
    """Deletes what the node has solved and rendered with the settings of its result."""

    bl_idname = "platekey.clear"
    bl_label = "Clear Cache"
    __annotations__ = _UID

    def execute(self, context: Any) -> set[str]:
        """Deletes the folder."""
        found = trees.find(matte.NODE, self.uid)
        if found is not None and not solving.is_running(self.uid):
            solving.clear(found[2])
        return {"FINISHED"}


class ToPlainGroup(bpy.types.Operator):  # type: ignore[misc]
    """Makes the active PlateKey node a group of Blender's own: it renders without the add-on."""

    bl_idname = "platekey.to_plain_group"
    bl_label = "Convert to Plain Group"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"all_nodes": bpy.props.BoolProperty(name="All nodes of the file")}

    def execute(self, context: Any) -> set[str]:
        """Converts one or all."""
        if self.all_nodes:
            plain_group.convert_all()
            return {"FINISHED"}
        space = context.space_data
        tree = space.edit_tree if space is not None else None
        node = tree.nodes.active if tree is not None else None
        if node is None or node.bl_idname not in plain_group.KINDS:
            self.report({"INFO"}, "select a PlateKey node first.")
            return {"CANCELLED"}
        plain_group.convert(tree, node)
        return {"FINISHED"}


class Doctor(bpy.types.Operator):  # type: ignore[misc]
    """Checks the worker's environment: what is installed, devices, colour, folders, a solve."""

    bl_idname = "platekey.doctor"
    bl_label = "Doctor"

    def execute(self, context: Any) -> set[str]:
        """Runs it and shows what it says."""
        is_well, report = preferences.doctor()
        preferences.keep_report(report)
        self.report({"INFO"} if is_well else {"WARNING"}, report.splitlines()[-1] if report else "")
        return {"FINISHED"}


def redraw(context: Any) -> None:
    """Draws nodes and pictures anew, in all windows."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("NODE_EDITOR", "IMAGE_EDITOR"):
                area.tag_redraw()


CLASSES = (SolveFrame, SolveRange, Cancel, Clear, ToPlainGroup, Doctor)
