"""Blender's compositor nodes, one for each elementary operation. Standard library and bpy.

An operand is a number or a socket that puts out a matte or a number. A picture is three of them;
where neighbours are looked at, mattes are carried as the channels of a colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bpy

from . import versions

Operand = float | Any  # a number, or a socket: bpy has no types

PREFIX = ".PlateKey 0.1 "  # of groups within groups; the dot keeps them out of Blender's menus
MATTE, COLOUR = "NodeSocketFloat", "NodeSocketColor"

_OPERATIONS = {
    "add": "ADD",
    "subtract": "SUBTRACT",
    "multiply": "MULTIPLY",
    "divide": "DIVIDE",
    "power": "POWER",
    "minimum": "MINIMUM",
    "maximum": "MAXIMUM",
    "greater": "GREATER_THAN",
    "root": "SQRT",
    "absolute": "ABSOLUTE",
    "floor": "FLOOR",
}


class Arithmetic:
    """Adds nodes to a tree and connects them."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def math(self, operation: str, *operands: Operand) -> Any:
        """A node of the operation, see _OPERATIONS; without a clamp."""
        node = versions.new_node(self.tree, "Math")
        node.operation = _OPERATIONS[operation]
        for socket, operand in zip(node.inputs, operands):  # noqa: B905  it has three sockets
            self.connect(operand, socket)
        return node.outputs[0]

    def clamped(self, operand: Operand, low: Operand, high: Operand) -> Any:
        """The operand, from low to high."""
        return self.math("minimum", self.math("maximum", operand, low), high)

    def colour(self, mattes: Sequence[Operand], alpha: Operand = 1.0) -> Any:
        """A colour of up to three mattes."""
        node = versions.new_node(self.tree, "CombineColor")
        for socket, operand in zip(node.inputs, mattes):  # noqa: B905  rest: 0
            self.connect(operand, socket)
        self.connect(alpha, node.inputs[3])
        return node.outputs[0]

    def channels(self, colour: Any) -> list[Any]:
        """Red, green, blue and alpha of a colour."""
        node = versions.new_node(self.tree, "SeparateColor")
        self.connect(colour, node.inputs[0])
        return list(node.outputs)

    def mix(self, share: Operand, one: Any, other: Any) -> Any:
        """(1 - share) one + share other, of colours."""
        node = versions.new_node(self.tree, "MixRGB")
        for socket, operand in zip(node.inputs, (share, one, other), strict=True):
            self.connect(operand, socket)
        return node.outputs[0]

    def mean(self, colours: Sequence[Any]) -> Any:
        """The mean of some colours, in halves: of 2 or 4 with no rounding but of the sums."""
        half = len(colours) // 2
        if not half:
            return colours[0]
        share = (len(colours) - half) / len(colours)
        return self.mix(share, self.mean(colours[:half]), self.mean(colours[half:]))

    def vector(self, x: Operand, y: Operand, z: Operand) -> Any:
        """A vector of three numbers or mattes."""
        node = versions.new_node(self.tree, "CombineXYZ")
        for socket, operand in zip(node.inputs, (x, y, z), strict=True):
            self.connect(operand, socket)
        return node.outputs[0]

    def parts(self, vector: Any) -> list[Any]:
        """The numbers of a vector."""
        node = versions.new_node(self.tree, "SeparateXYZ")
        self.connect(vector, node.inputs[0])
        return list(node.outputs)

    def group(
        self,
        name: str,
        inputs: Sequence[tuple[str, str, Operand]],
        outputs: Sequence[tuple[str, str]],
        build: Callable[[Arithmetic, list[Any]], Sequence[Operand]],
    ) -> list[Any]:
        """A node of a group within this one, which is built when it is first needed.

        Blender looks at a whole tree whenever a link is added, so many small trees are made in
        seconds where a large one takes minutes.

        Args:
            name: of what the group does; the same name is the same group.
            inputs: name, type of socket and operand.
            outputs: name and type of socket.
            build: adds nodes to the group, from its inputs' sockets; returns the outputs.

        Returns:
            The outputs' sockets.
        """
        tree = bpy.data.node_groups.get(PREFIX + name)
        if tree is None:
            tree = bpy.data.node_groups.new(PREFIX + name, versions.TREE)
            for label, kind, _ in inputs:
                versions.add_socket(tree, "INPUT", kind, label)
            for label, kind in outputs:
                versions.add_socket(tree, "OUTPUT", kind, label)
            inner = Arithmetic(tree)
            source = tree.nodes.new("NodeGroupInput")
            results = build(inner, list(source.outputs)[: len(inputs)])
            target = tree.nodes.new("NodeGroupOutput")
            for result, socket in zip(results, target.inputs):  # noqa: B905  and an empty one
                inner.connect(result, socket)
        node = self.tree.nodes.new("CompositorNodeGroup")
        node.node_tree = tree
        for (_, _, operand), socket in zip(inputs, node.inputs, strict=True):
            self.connect(operand, socket)
        return list(node.outputs)

    def connect(self, operand: Operand, socket: Any) -> None:
        """Lets a socket take an operand."""
        if isinstance(operand, (int, float)):
            socket.default_value = operand
        else:
            self.tree.links.new(operand, socket)
