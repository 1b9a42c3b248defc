"""The Add menu, the node's face and the sidebar. Standard library and bpy."""

from __future__ import annotations

from typing import Any

import bpy

from platekey.nodes.declaration import Node
from platekey.nodes.matte import MATTE
from platekey.nodes.tune import TUNE

from . import (
    composite_node,
    matte,
    order,
    properties,
    solving,
    trees,
    tune_node,
    tune_order,
    tuning,
    versions,
)

_LINE = 33  # characters of a status in the sidebar


def draw_solve(layout: Any, node: Any, *, is_narrow: bool = False) -> None:
    """Buttons and progress of a Matte node."""
    if solving.is_running(node.uid):  # a file may have been saved while it was
        versions.draw_progress(layout, node.progress, node.status)
        layout.operator("platekey.cancel", icon="CANCEL").uid = node.uid
        return
    row = layout.column(align=True) if is_narrow else layout.row(align=True)
    row.operator("platekey.solve_frame", icon="RENDER_STILL").uid = node.uid
    row.operator("platekey.solve_range", icon="RENDER_ANIMATION").uid = node.uid
    icon = "ERROR" if node.failed else "CHECKMARK" if node.signature else "DOT"
    _draw_lines(layout, node.status, icon)
    if node.tuned:
        layout.operator("platekey.use_tuned", icon="FILE_TICK").uid = node.uid


def draw_tune(layout: Any, node: Any) -> None:
    """Buttons and progress of a Tune node."""
    if tuning.is_running(node.uid):  # a file may have been saved while it was
        versions.draw_progress(layout, node.progress, "tuning")
        _draw_lines(layout, node.message, "DOT")
        layout.operator("platekey.stop_tune", icon="PAUSE").uid = node.uid
    else:
        row = layout.row(align=True)
        row.operator("platekey.start_tune", icon="PLAY").uid = node.uid
        row.operator("platekey.resume_tune", icon="FILE_REFRESH").uid = node.uid
        _draw_lines(layout, node.status, "ERROR" if node.failed else "DOT")
    if node.tuned:
        layout.operator("platekey.show_sheet", icon="IMAGE_DATA").uid = node.uid


class Sidebar(bpy.types.Panel):  # type: ignore[misc]
    """The active PlateKey node, in the node editor's sidebar."""

    bl_idname = "PLATEKEY_PT_node"
    bl_label = "PlateKey"
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "PlateKey"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only in the compositor."""
        return bool(getattr(context.space_data, "tree_type", "") == versions.TREE)

    def draw(self: Any, context: Any) -> None:
        """The active node's buttons and settings."""
        layout, node = self.layout, context.active_node
        kind = node.bl_idname if node is not None else ""
        if kind == matte.NODE:
            draw_solve(layout, node, is_narrow=True)
            layout.operator("platekey.clear", icon="TRASH").uid = node.uid
            has_tune = next(trees.nodes_of(tune_node.NODE), None) is not None
            if has_tune and not node.tuned:  # else the button is there already
                layout.operator("platekey.use_tuned", icon="FILE_TICK").uid = node.uid
            _draw_groups(layout, node, MATTE, order.PARAMETERS)
        if kind == tune_node.NODE:
            draw_tune(layout, node)
            for name in ("key_frames", "output"):
                layout.prop(node, name)
            _draw_groups(layout, node, TUNE, tune_order.PARAMETERS)
        if kind in (matte.NODE, composite_node.NODE):
            layout.operator("platekey.to_plain_group", icon="NODETREE")
        elif kind != tune_node.NODE:
            layout.label(text="Select a PlateKey node, or add one:")
            draw_add(layout)


class AddMenu(bpy.types.Menu):  # type: ignore[misc]
    """PlateKey in the Add menu of the compositor."""

    bl_idname = "PLATEKEY_MT_add"
    bl_label = "PlateKey"

    def draw(self: Any, context: Any) -> None:
        """An entry for each node."""
        draw_add(self.layout)


def draw_add(layout: Any) -> None:
    """Buttons that add the nodes."""
    for kind in (matte.MatteNode, tune_node.TuneNode, composite_node.CompositeNode):
        if not kind.is_registered:
            continue
        entry = layout.operator("node.add_node", text=kind.bl_label, icon=kind.bl_icon)
        entry.type, entry.use_transform = kind.bl_idname, True


def draw_menu(menu: Any, context: Any) -> None:
    """Appended to the Add menu."""
    if context.space_data.tree_type == versions.TREE:
        menu.layout.menu(AddMenu.bl_idname)


def _draw_groups(layout: Any, node: Any, declaration: Node, known: tuple[str, ...]) -> None:
    for group in declaration.groups:
        names = [p.name for p in declaration.parameters if p.group == group]
        box = layout.box()
        box.label(text=group)
        properties.draw(box, node, declaration, [name for name in names if name in known])


def _draw_lines(layout: Any, text: str, icon: str) -> None:
    for number, line in enumerate(_lines(text)):
        layout.label(text=line, icon=icon if not number else "BLANK1")


def _lines(text: str) -> list[str]:
    """A sentence in lines of the sidebar's width."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


CLASSES = (Sidebar, AddMenu)
