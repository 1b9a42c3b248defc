"""Registers platekey in Blender. Standard library and bpy."""

from __future__ import annotations

import bpy

from . import (
    composite_node,
    matte,
    operators,
    panels,
    preferences,
    resident,
    tune_node,
    tune_operators,
    tuning,
    versions,
)

_NODES = (matte.MatteNode, tune_node.TuneNode, composite_node.CompositeNode)  # 3.4: not the last
_CLASSES = (
    preferences.Preferences,
    *operators.CLASSES,
    *tune_operators.CLASSES,
    *panels.CLASSES,
)


def register(name: str) -> None:
    """Makes nodes, buttons and panels known.

    Args:
        name: by which Blender knows the add-on.
    """
    preferences.Preferences.bl_idname = name
    preferences.use(name)
    nodes = _NODES if versions.is_at_least(4, 2) else _NODES[:2]
    for item in (*nodes, *_CLASSES):
        if not item.is_registered:
            bpy.utils.register_class(item)
    bpy.types.NODE_MT_add.append(panels.draw_menu)


def unregister() -> None:
    """Takes everything back and ends the workers."""
    tuning.stop_all()
    bpy.types.NODE_MT_add.remove(panels.draw_menu)
    # 4.2 crashes later on nodes that it has evaluated, if their class is gone by then
    gone = (*_NODES, *_CLASSES) if versions.is_at_least(4, 5) else _CLASSES
    for item in reversed(gone):
        bpy.utils.unregister_class(item)
    preferences.use("")
    resident.shut_down()
