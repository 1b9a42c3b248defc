"""What differs between Blender 3.4, 4.2, 4.5 and 5.0.

Standard library and bpy.
"""

from __future__ import annotations

from typing import Any

import bpy

TREE = "CompositorNodeTree"
_MOVED = ("Math", "MixRGB", "CombineXYZ", "SeparateXYZ", "Value")  # to the shader nodes, with 5.0


def is_at_least(major: int, minor: int = 0) -> bool:
    """Whether this Blender is of that version or a later one."""
    return tuple(bpy.app.version[:2]) >= (major, minor)


def new_node(tree: Any, kind: str) -> Any:
    """Adds a node by the part of its class's name that all versions share: "Math", "MapUV"."""
    moved = is_at_least(5) and kind in _MOVED
    return tree.nodes.new(("ShaderNode" if moved else "CompositorNode") + kind)


def choose(node: Any, socket: str, value: str, *, attribute: str, before: str) -> None:
    """Chooses an entry of a menu, which is a socket in 5.0 and was a property before.

    Args:
        node: of the compositor.
        socket: the menu in 5.0.
        value: the entry in 5.0.
        attribute: the property that it was.
        before: the entry of the property.
    """
    if is_at_least(5):
        node.inputs[socket].default_value = value
    else:
        setattr(node, attribute, before)


def choose_nearest(node: Any) -> None:
    """Makes a node that moves or maps pixels take the nearest one."""
    if not is_at_least(4):
        return  # 3.4 moves by whole pixels as it is
    attribute = "interpolation" if hasattr(node, "interpolation") else "filter_type"
    old = attribute == "interpolation" and not is_at_least(4, 5)
    before = "Nearest" if old else "NEAREST"
    choose(node, "Interpolation", "Nearest", attribute=attribute, before=before)


def scene_tree(scene: Any) -> Any:
    """The scene's compositing nodes, or None if it has none."""
    if is_at_least(5):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def make_scene_tree(scene: Any) -> Any:
    """The scene's compositing nodes; empty ones if it had none."""
    found = scene_tree(scene)
    if found is not None:
        return found
    if is_at_least(5):
        scene.compositing_node_group = bpy.data.node_groups.new("Compositing", TREE)
        return scene.compositing_node_group
    scene.use_nodes = True
    scene.node_tree.nodes.clear()
    return scene.node_tree


def result_socket(tree: Any) -> Any:
    """The input of a scene's nodes that takes what is rendered; its node is added if missing."""
    kind = "NodeGroupOutput" if is_at_least(5) else "CompositorNodeComposite"
    sockets = tree.interface.items_tree if is_at_least(5) else ()
    if is_at_least(5) and not any(getattr(item, "in_out", "") == "OUTPUT" for item in sockets):
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    found = [node for node in tree.nodes if node.bl_idname == kind]
    active = [node for node in found if getattr(node, "is_active_output", True)]
    return ((active or found or [None])[0] or tree.nodes.new(kind)).inputs[0]


def add_socket(tree: Any, in_out: str, kind: str, label: str, description: str = "") -> Any:
    """Gives a group a socket, "INPUT" or "OUTPUT"; returns what its default is set on."""
    if is_at_least(4):
        return tree.interface.new_socket(
            label, description=description, in_out=in_out, socket_type=kind
        )
    socket = (tree.inputs if in_out == "INPUT" else tree.outputs).new(kind, label)
    socket.description = description
    return socket


def draw_progress(layout: Any, part: float, text: str) -> None:
    """A bar, 0 to 1."""
    if is_at_least(4):
        layout.progress(factor=part, type="BAR", text=text)
    else:
        layout.label(text=f"{100 * part:.0f} %: {text}")


def set_exr(settings: Any, channels: str = "RGBA") -> None:
    """Makes image settings those of a lossless EXR of 32 bit."""
    if is_at_least(5):
        settings.media_type = "IMAGE"
    settings.file_format = "OPEN_EXR"
    settings.color_mode = channels
    settings.color_depth = "32"
    settings.exr_codec = "ZIP"
