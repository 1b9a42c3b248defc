"""The Matte node: a group whose pictures come from the worker, as image sequences.

Its inner nodes are Blender's own, so a file shows what was solved wherever it is opened; only
solving needs platekey. Standard library and bpy.
"""

from __future__ import annotations

import uuid
from typing import Any

import bpy

from platekey.nodes.declaration import Role
from platekey.nodes.matte import MATTE

from . import properties, versions
from .order import PARAMETERS, Order

NODE = "PlateKeyMatteNode"
NOT_SOLVED = "not solved"
_DATA = ("alpha", "shadow", "confidence")  # no colours: they must not be converted
_MATTES = ("alpha", "confidence")


def new_tree() -> Any:
    """The group within a node that has not solved anything: the plate goes through."""
    tree = bpy.data.node_groups.new(MATTE.label, versions.TREE)
    for output in MATTE.outputs:
        kind = "NodeSocketFloat" if output.name in _MATTES else "NodeSocketColor"
        versions.add_socket(tree, "OUTPUT", kind, output.label, output.description)
    for item in MATTE.inputs:
        is_matte = item.role is Role.MATTE
        kind = "NodeSocketFloat" if is_matte else "NodeSocketColor"
        socket = versions.add_socket(tree, "INPUT", kind, item.label, item.description)
        socket.default_value = 0.0 if is_matte else (0.0, 0.0, 0.0, 0.0)
        socket.hide_value = True
    source, target = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    target.location = (600, 0)
    plate = source.outputs[MATTE.inputs[0].label]
    for name in ("rgba", "fg"):
        tree.links.new(plate, target.inputs[_label(name)])
    return tree


def show(node: Any, order: Order, outputs: dict[str, str], first: int, last: int) -> None:
    """Lets the node put out a result.

    Args:
        node: a Matte node.
        order: that was solved.
        outputs: pass to file, of a frame from first to last.
        first: frame of the scene.
        last: frame of the scene.
    """
    tree = node.node_tree
    (target,) = [item for item in tree.nodes if item.bl_idname == "NodeGroupOutput"]
    for number, item in enumerate(MATTE.outputs):
        reader = tree.nodes.get(item.name) or versions.new_node(tree, "Image")
        reader.name = reader.label = item.name
        reader.location = (200, -300 * number)
        reader.image = _image(reader.image, item.name, outputs[item.name], order)
        if not order.is_single:
            reader.frame_start, reader.frame_duration = first, last - first + 1
            reader.frame_offset = first + order.shift - 1
            reader.use_auto_refresh = True
        tree.links.new(reader.outputs[0], target.inputs[item.label])


def _image(image: Any, name: str, path: str, order: Order) -> Any:
    if image is None:
        image = bpy.data.images.load(path, check_existing=False)
        image.name = f"platekey {name}"
    image.filepath = path
    image.source = "FILE" if order.is_single else "SEQUENCE"
    # never what the file or the version of Blender suggests: 4.x ignores the tag, 5.0 obeys it
    image.colorspace_settings.name = "Non-Color" if name in _DATA else order.space
    if name == "rgba":
        image.alpha_mode = "PREMUL"
    image.reload()
    return image


def _label(name: str) -> str:
    (found,) = [item.label for item in MATTE.outputs if item.name == name]
    return found


class _Matte:
    """What Blender calls of the node."""

    bl_idname = NODE
    bl_label = MATTE.label
    bl_description = MATTE.description
    bl_icon = "IMAGE_ALPHA"
    bl_width_default = 240.0

    @classmethod
    def poll(cls, tree: Any) -> bool:
        """It belongs into the compositor."""
        return bool(tree.bl_idname == versions.TREE)

    def init(self: Any, context: Any) -> None:
        """A new node."""
        self.node_tree = new_tree()
        self.uid = uuid.uuid4().hex

    def copy(self: Any, source: Any) -> None:
        """A copy shows what the source does, and solves by itself."""
        self.node_tree = source.node_tree.copy()
        self.uid = uuid.uuid4().hex
        self.progress = -1.0

    def draw_buttons(self: Any, context: Any, layout: Any) -> None:
        """The node's face."""
        from . import panels

        panels.draw_solve(layout, self)
        properties.draw(layout, self, MATTE, ("method", "weights"))

    def draw_buttons_ext(self: Any, context: Any, layout: Any) -> None:
        """The sidebar's Item tab."""
        properties.draw(layout, self, MATTE, PARAMETERS)

    def draw_label(self: Any) -> str:
        """The title."""
        return MATTE.label


def _stale(node: Any, context: Any) -> None:
    if node.signature:
        node.status = "a setting has changed: solve again"


def _state() -> dict[str, Any]:
    """What a saved, copied or renamed node needs to know of its result."""
    props = bpy.props
    return {
        "uid": props.StringProperty(options={"HIDDEN"}),
        "status": props.StringProperty(default=NOT_SOLVED, options={"HIDDEN"}),
        "failed": props.BoolProperty(options={"HIDDEN"}),
        "signature": props.StringProperty(options={"HIDDEN"}),
        "folder": props.StringProperty(options={"HIDDEN"}),
        "result_first": props.IntProperty(options={"HIDDEN"}),
        "result_last": props.IntProperty(options={"HIDDEN"}),
        "tuned": props.StringProperty(options={"HIDDEN"}),
        "progress": props.FloatProperty(default=-1.0, options={"HIDDEN", "SKIP_SAVE"}),
    }


MatteNode: Any = type(
    "MatteNode",
    (_Matte, bpy.types.CompositorNodeCustomGroup),
    {"__annotations__": {**_state(), **properties.for_class(MATTE, PARAMETERS, _stale)}},
)


def remove(tree: Any) -> None:
    """Deletes a group that no node has any more."""
    bpy.data.node_groups.remove(tree)
