"""The Tune node: what a shot's own weights are learned from, and how it goes. stdlib and bpy.

It has no outputs: it changes no picture, and does no harm where platekey is missing.
"""

from __future__ import annotations

import uuid
from typing import Any

import bpy

from platekey.nodes.declaration import Role
from platekey.nodes.tune import TUNE

from . import properties, versions
from .arithmetic import COLOUR, MATTE, PREFIX
from .tune_order import PARAMETERS

NODE = "PlateKeyTuneNode"
NOT_TUNED = "not tuned"
ON_ITS_FACE = ("key_frames", "hours", "steps")


def tune_tree() -> Any:
    """The group that all Tune nodes of a file share: its inputs are all that it has."""
    name = f"{PREFIX}tune"
    found = bpy.data.node_groups.get(name)
    if found is not None and found.library is None:
        return found
    tree = bpy.data.node_groups.new(name, versions.TREE)
    for item in TUNE.inputs:
        is_matte = item.role is Role.MATTE
        kind = MATTE if is_matte else COLOUR
        socket = versions.add_socket(tree, "INPUT", kind, item.label, item.description)
        socket.default_value = 0.0 if is_matte else (0.0, 0.0, 0.0, 0.0)
        socket.hide_value = True
    return tree


class _Tune:
    """What Blender calls of the node."""

    bl_idname = NODE
    bl_label = TUNE.label
    bl_description = TUNE.description
    bl_icon = "MOD_CURVE"
    bl_width_default = 240.0

    @classmethod
    def poll(cls, tree: Any) -> bool:
        """It belongs into the compositor."""
        return bool(tree.bl_idname == versions.TREE)

    def init(self: Any, context: Any) -> None:
        """A new node."""
        self.node_tree = tune_tree()
        self.uid = uuid.uuid4().hex

    def copy(self: Any, source: Any) -> None:
        """A copy tunes by itself."""
        self.uid = uuid.uuid4().hex
        self.progress, self.status, self.failed, self.tuned = -1.0, NOT_TUNED, False, ""

    def draw_buttons(self: Any, context: Any, layout: Any) -> None:
        """The node's face."""
        from . import panels

        panels.draw_tune(layout, self)
        for name in ON_ITS_FACE:
            layout.prop(self, name)

    def draw_buttons_ext(self: Any, context: Any, layout: Any) -> None:
        """The sidebar's Item tab."""
        properties.draw(layout, self, TUNE, PARAMETERS)

    def draw_label(self: Any) -> str:
        """The title."""
        return TUNE.label


def _own() -> dict[str, Any]:
    """Settings that Blender alone has, and what a saved, copied or renamed node needs."""
    props = bpy.props
    return {
        "key_frames": props.StringProperty(
            name="Key frames",
            description="The scene's frames that the keys are finished on, such as 1001,1042-1044",
            options=set(),
        ),
        "output": props.StringProperty(
            name="Weights to write",
            description=(
                "NAME.safetensors. Empty: tuned.safetensors in a folder of the cache, named after "
                "inputs and settings"
            ),
            subtype="FILE_PATH",
            options=set(),
        ),
        "uid": props.StringProperty(options={"HIDDEN"}),
        "status": props.StringProperty(default=NOT_TUNED, options={"HIDDEN"}),
        "failed": props.BoolProperty(options={"HIDDEN"}),
        "tuned": props.StringProperty(options={"HIDDEN"}),
        "message": props.StringProperty(options={"HIDDEN"}),
        "progress": props.FloatProperty(default=-1.0, options={"HIDDEN"}),
    }


TuneNode: Any = type(
    "TuneNode",
    (_Tune, bpy.types.CompositorNodeCustomGroup),
    {"__annotations__": {**_own(), **properties.for_class(TUNE, PARAMETERS)}},
)
