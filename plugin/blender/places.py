"""Pixels taken from anywhere in the picture, exactly, by Blender's Map UV node. stdlib and bpy.

A smaller picture cannot travel through the compositor in the same way in every version, so it stays
in a picture of the old size: *packed*, with its first pixel MARGIN pixels from the top left corner,
and its border repeated all around. So a blur finds the repeated border there that it should.
"""

from __future__ import annotations

from typing import Any

import bpy

from . import versions
from .arithmetic import Arithmetic, Operand

MARGIN = 16  # pixels; the widest blur of a packed picture reaches 12

Halvings = tuple[int, ...]  # by what a packed picture was reduced, in turn; () is not packed


class Places:
    """Coordinates of a picture, x from the left and y from the top, and pixels by coordinates.

    Args:
        nodes: of the tree.
        reference: a colour of the size that all pictures have.
    """

    def __init__(self, nodes: Arithmetic, reference: Any) -> None:
        self._nodes = nodes
        if versions.is_at_least(4, 5):
            self.width, self.height, self.x, up = self._of_picture(reference)
        else:
            self.width, self.height, self.x, up = self._of_render()
        self.y = nodes.math("subtract", nodes.math("subtract", self.height, 1.0), up)

    def at(self, x: Operand, y: Operand) -> Any:
        """The place of the pixel in that column and row, both whole and within the picture."""
        nodes = self._nodes
        up = nodes.math("subtract", nodes.math("subtract", self.height, 0.5), y)
        across = nodes.math("divide", nodes.math("add", x, 0.5), self.width)
        return nodes.vector(across, nodes.math("divide", up, self.height), 1.0)

    def take(self, colour: Any, place: Any) -> Any:
        """The colour's pixel from that place, for every pixel its own."""
        node = versions.new_node(self._nodes.tree, "MapUV")
        versions.choose_nearest(node)
        self._nodes.connect(colour, node.inputs[0])
        self._nodes.connect(place, node.inputs[1])
        return node.outputs[0]

    def extents(self, packed: Halvings) -> tuple[Operand, Operand]:
        """Width and height of a packed picture."""
        nodes = self._nodes
        found = []
        for extent in (self.width, self.height):
            for factor in packed:
                padded = nodes.math("add", extent, factor - 1.0)
                extent = nodes.math("floor", nodes.math("divide", padded, float(factor)))
            found.append(extent)
        return found[0], found[1]

    def _of_picture(self, reference: Any) -> tuple[Any, Any, Any, Any]:
        nodes = self._nodes
        found = []
        for kind, output in (("ImageInfo", "Dimensions"), ("ImageCoordinates", "Pixel")):
            node = versions.new_node(nodes.tree, kind)
            nodes.connect(reference, node.inputs[0])
            found += nodes.parts(node.outputs[output])[:2]
        return found[0], found[1], found[2], found[3]

    def _of_render(self) -> tuple[Any, Any, Any, Any]:
        """4.2 knows the render's coordinates alone, from a ramp, and its size, from drivers."""
        nodes = self._nodes
        size, found = [], []
        for axis in "xy":
            size.append(_render_size(nodes.tree, axis))
            node = versions.new_node(nodes.tree, "Texture")
            node.texture = _ramp(axis)
            centre = nodes.math("multiply", node.outputs["Value"], size[-1])
            found.append(nodes.math("floor", centre))
        return size[0], size[1], found[0], found[1]


def _ramp(axis: str) -> Any:
    name = f".PlateKey ramp {axis}"
    texture = bpy.data.textures.get(name) or bpy.data.textures.new(name, "BLEND")
    texture.use_flip_axis = "VERTICAL" if axis == "y" else "HORIZONTAL"
    return texture


def _render_size(tree: Any, axis: str) -> Any:
    node = versions.new_node(tree, "Value")
    driver = node.outputs[0].driver_add("default_value").driver
    paths = {"size": f"render.resolution_{axis}", "part": "render.resolution_percentage"}
    for name, path in paths.items():
        variable = driver.variables.new()
        variable.name = name
        variable.type = "CONTEXT_PROP"
        variable.targets[0].context_property = "ACTIVE_SCENE"
        variable.targets[0].data_path = path
    driver.expression = "floor(size * part / 100)"  # simple enough to run without permission
    return node.outputs[0]
