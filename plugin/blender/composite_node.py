"""The Composite node: the live group, with the comp node's settings as sockets. stdlib and bpy."""

from __future__ import annotations

from typing import Any

import bpy

from platekey.nodes.comp import COMP

from . import composite, versions

NODE = "PlateKeyCompositeNode"
_FOLLOWS_PATHS = not versions.is_at_least(4, 5)  # 4.2's compositor on the CPU: composite.py


def _choose_tree(node: Any, context: Any) -> None:
    """Exchanges the group, keeping what both have."""
    kept = {socket.name: socket.default_value for socket in node.inputs if not socket.is_linked}
    values = {name: tuple(v) if hasattr(v, "__len__") else v for name, v in kept.items()}
    node.node_tree = composite.composite_tree(is_plain=not node.has_despill)
    for name, value in values.items():
        if name in node.inputs:
            node.inputs[name].default_value = value
    if node.has_despill:
        for scene in bpy.data.scenes:
            if versions.scene_tree(scene) == node.id_data:
                scene.render.compositor_device = "GPU"


class _Composite:
    """What Blender calls of the node."""

    bl_idname = NODE
    bl_label = COMP.label
    bl_description = COMP.description
    bl_icon = "NODE_COMPOSITING"
    bl_width_default = 220.0

    @classmethod
    def poll(cls, tree: Any) -> bool:
        """It belongs into the compositor."""
        return bool(tree.bl_idname == versions.TREE)

    def init(self: Any, context: Any) -> None:
        """A new node."""
        self.node_tree = composite.composite_tree(is_plain=_FOLLOWS_PATHS)

    def draw_buttons(self: Any, context: Any, layout: Any) -> None:
        """The node's face."""
        if _FOLLOWS_PATHS:
            layout.prop(self, "has_despill")

    def draw_label(self: Any) -> str:
        """The title."""
        return COMP.label


_PROPERTIES = {
    "has_despill": bpy.props.BoolProperty(
        name="Despill (GPU)",
        description=(
            "Blender 4.2 can compute the despill and wide edges on the GPU alone. Switching this "
            "on sets the scene's compositor to GPU; leave it there"
        ),
        default=not _FOLLOWS_PATHS,
        options=set(),
        update=_choose_tree,
    )
}

CompositeNode: Any = type(
    "CompositeNode",
    (_Composite, bpy.types.CompositorNodeCustomGroup),
    {"__annotations__": _PROPERTIES},
)
