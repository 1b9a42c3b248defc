"""The Add menu, the node's face and the sidebar. Standard library and bpy."""

from __future__ import annotations

from typing import Any

import bpy

from platekey.nodes.matte import MATTE

from . import composite_node, matte, properties, versions
from .order import PARAMETERS

_LINE = 38  # characters of a status in the sidebar


def draw_solve(layout: Any, node: Any, *, is_narrow: bool = False) -> None:
    """Buttons and progress of a Matte node."""
    if node.progress >= 0:
        versions.draw_progress(layout, node.progress, node.status)
        layout.operator("platekey.cancel", icon="CANCEL").uid = node.uid
        return
    row = layout.column(align=True) if is_narrow else layout.row(align=True)
    row.operator("platekey.solve_frame", icon="RENDER_STILL").uid = node.uid
    row.operator("platekey.solve_range", icon="RENDER_ANIMATION").uid = node.uid
    icon = "ERROR" if node.failed else "CHECKMARK" if node.signature else "DOT"
    for number, line in enumerate(_lines(node.status)):
        layout.label(text=line, icon=icon if not number else "BLANK1")


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
            for group in MATTE.groups:
                names = [p.name for p in MATTE.parameters if p.group == group]
                box = layout.box()
                box.label(text=group)
                properties.draw(box, node, MATTE, [name for name in names if name in PARAMETERS])
        if kind in (matte.NODE, composite_node.NODE):
            layout.operator("platekey.to_plain_group", icon="NODETREE")
        else:
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
    for kind in (matte.MatteNode, composite_node.CompositeNode):
        if not kind.is_registered:
            continue
        entry = layout.operator("node.add_node", text=kind.bl_label, icon=kind.bl_icon)
        entry.type, entry.use_transform = kind.bl_idname, True


def draw_menu(menu: Any, context: Any) -> None:
    """Appended to the Add menu."""
    if context.space_data.tree_type == versions.TREE:
        menu.layout.menu(AddMenu.bl_idname)


def _lines(text: str) -> list[str]:
    """A sentence in lines of the sidebar's width."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


CLASSES = (Sidebar, AddMenu)
