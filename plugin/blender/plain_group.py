"""Makes PlateKey nodes groups of Blender's own, which render where the add-on is missing.

Standard library and bpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import composite_node, matte, trees

KINDS = (matte.NODE, composite_node.NODE)


def convert_all() -> int:
    """Converts all nodes of the file; returns how many there were."""
    found = [(tree, node) for kind in KINDS for _, tree, node in trees.nodes_of(kind)]
    for tree, node in found:
        convert(tree, node)
    return len(found)


def convert(tree: Any, node: Any) -> Any:
    """Puts a plain group in a node's place, with its links, values and keys; returns it."""
    name, label = node.name, node.label or node.bl_label
    plain = tree.nodes.new("CompositorNodeGroup")
    plain.node_tree = node.node_tree
    plain.location, plain.width, plain.label = node.location, node.width, label
    plain.parent, plain.mute = node.parent, node.mute
    for old, new in zip(node.inputs, plain.inputs, strict=True):
        if hasattr(new, "default_value"):
            new.default_value = old.default_value
        if old.is_linked:
            tree.links.new(old.links[0].from_socket, new)
    for old, new in zip(node.outputs, plain.outputs, strict=True):
        for target in [link.to_socket for link in old.links]:
            tree.links.new(new, target)
    # keys go by the node's name, and those of a node that is removed are removed with it
    old_path, new_path = _path(node), _path(plain)
    for curve in _curves(tree):
        if curve.data_path.startswith(old_path):
            curve.data_path = new_path + curve.data_path[len(old_path) :]
    tree.nodes.remove(node)
    plain.name = name
    return plain


def _path(node: Any) -> str:
    return f'nodes["{node.name}"].'


def _curves(tree: Any) -> Iterator[Any]:
    """The keys and drivers of a tree."""
    animation = tree.animation_data
    if animation is None:
        return
    yield from animation.drivers
    action = animation.action
    if action is None:
        return
    if hasattr(action, "layers"):
        for layer in action.layers:
            for strip in layer.strips:
                for bag in strip.channelbags:
                    yield from bag.fcurves
    else:
        yield from action.fcurves
