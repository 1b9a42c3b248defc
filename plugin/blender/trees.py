"""Finds platekey's nodes in the open file, and what leads into them. Standard library and bpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from . import versions


def compositing_trees() -> Iterator[tuple[Any, Any]]:
    """Scenes and their compositing nodes; those of groups within come without a scene."""
    seen = []
    for scene in bpy.data.scenes:
        tree = versions.scene_tree(scene)
        if tree is not None:
            seen.append(tree)
            yield scene, tree
    for tree in bpy.data.node_groups:
        if tree.bl_idname == versions.TREE and tree not in seen:
            yield None, tree


def nodes_of(kind: str) -> Iterator[tuple[Any, Any, Any]]:
    """Scene, tree and node of all nodes of a kind, by its bl_idname."""
    for scene, tree in compositing_trees():
        for node in tree.nodes:
            if node.bl_idname == kind:
                yield scene, tree, node


def find(kind: str, uid: str) -> tuple[Any, Any, Any] | None:
    """The node that carries the uid: it may have been renamed, or be gone."""
    return next((found for found in nodes_of(kind) if found[2].uid == uid), None)


def origin(socket: Any) -> Any:
    """The output that an input takes, past reroutes and muted nodes; None without a link."""
    while socket.is_linked:
        output = socket.links[0].from_socket
        node = output.node
        if node.bl_idname == "NodeReroute":
            socket = node.inputs[0]
        elif node.mute and node.internal_links:
            inside = [link for link in node.internal_links if link.to_socket == output]
            if not inside:
                return output
            socket = inside[0].from_socket
        else:
            return output
    return None
