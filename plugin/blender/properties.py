"""Blender's properties from the declarations of nodes. Standard library and bpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import bpy

from platekey.nodes.declaration import Kind, Node, Parameter


def for_class(
    node: Node, names: Iterable[str], update: Callable[[Any, Any], None] | None = None
) -> dict[str, Any]:
    """What a class with these parameters as properties is annotated with.

    A solve takes one value, so none of them can be animated.
    """
    return {name: _property(node.parameter(name), update) for name in names}


def values(holder: Any, node: Node, names: Iterable[str]) -> dict[str, Any]:
    """The parameters as an artist has set them.

    Raises:
        OptionError: one is out of range.
    """
    found = {}
    for name in names:
        parameter, value = node.parameter(name), getattr(holder, name)
        if parameter.kind is Kind.FLOAT:
            value = float(f"{value:.7g}")  # Blender keeps 32 bits: 0.1 comes back as 0.10000000149
        if parameter.kind is Kind.PATH and value:
            value = bpy.path.abspath(value)
        found[name] = parameter.check(value)
    return found


def draw(layout: Any, holder: Any, node: Node, names: Iterable[str]) -> None:
    """Puts the properties into a panel, one below the other."""
    for name in names:
        layout.prop(holder, name)


def _property(parameter: Parameter, update: Callable[[Any, Any], None] | None) -> Any:
    words: dict[str, Any] = {
        "name": parameter.label,
        "description": parameter.tooltip,
        "default": parameter.default,
        "options": set(),
    }
    if update is not None:
        words["update"] = update
    kind = parameter.kind
    if kind is Kind.BOOL:
        return bpy.props.BoolProperty(**words)
    if kind is Kind.ENUM:
        items = [(item.value, item.label, item.description) for item in parameter.choices]
        return bpy.props.EnumProperty(items=items, **words)
    if kind is Kind.STRING:
        return bpy.props.StringProperty(**words)
    if kind is Kind.PATH:
        return bpy.props.StringProperty(subtype="FILE_PATH", **words)
    low, high = parameter.minimum, parameter.maximum
    if parameter.automatic is not None and low is not None:
        low = min(low, parameter.automatic)
    make = bpy.props.IntProperty if kind is Kind.INT else bpy.props.FloatProperty
    number = int if kind is Kind.INT else float
    if low is not None:
        words["min"] = number(low)
    if high is not None:
        words["max"] = number(high)
    return make(**words)
