"""Graphs of elementary operations as Nuke nodes. Standard library only, Python 3.7.

Arithmetic becomes Expression (one picture) or MergeExpression (two). Steps that are used once are
written into the formula of the step that uses them, as long as that takes two pictures at most.
A matte is computed in red alone, and whoever takes it takes red.
"""

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from platekey.nodes.graph import Graph, Step

from . import lens, neighbours
from .nk import Formula, NkNode

BLUR_SIZE = 2.4  # Nuke's size of a Gaussian blur for a deviation of 1; not confirmed by Foundry
_BINARY = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_CALLS = {
    "power": "pow",
    "minimum": "min",
    "maximum": "max",
    "root": "sqrt",
    "floor": "floor",
    "cosine": "cos",
}
_TOKEN = re.compile(r"@(\d+):([*rgb])@")


@dataclass(frozen=True)
class Value:
    """A formula in the making.

    Attributes:
        text: with @index:channel@ for a leaf's pixel; channel * is the one that is computed.
        leaves: the nodes that it takes, by index.
        is_matte: one channel, which stands in red.
    """

    text: str
    leaves: Tuple[NkNode, ...] = ()
    is_matte: bool = True


def picture(node: NkNode) -> Value:
    """What a node puts out in red, green and blue."""
    return Value("@0:*@", (node,), False)


def matte(node: NkNode) -> Value:
    """What a node puts out in red."""
    return Value("@0:r@", (node,))


class Builder:
    """Builds the nodes of graphs; the names start with a prefix each."""

    def __init__(self) -> None:
        self._count = 0

    def build(self, graph: Graph, inputs: Dict[str, Value]) -> Dict[str, Value]:
        """Returns the graph's outputs.

        Args:
            graph: see platekey.nodes.graph.
            inputs: for each of the graph's.

        Raises:
            ValueError: it has a step that Nuke has no nodes for.
        """
        uses = [name for step in graph.steps for name in step.inputs] + list(graph.outputs.values())
        values: Dict[str, Value] = {}
        cells: Dict[str, int] = {}
        for step in graph.steps:
            taken = [values[name] for name in step.inputs]
            cell = max([cells.get(name, 1) for name in step.inputs] or [1])
            value, cells[step.name] = self._step(graph.name, step, taken, inputs, cell)
            if uses.count(step.name) > 1 and value.leaves:
                value = self.settled(value, graph.name)
            values[step.name] = value
        return {name: values[step] for name, step in graph.outputs.items()}

    def settled(self, value: Value, prefix: str) -> Value:
        """The same as a node of its own, unless it is one already."""
        if re.fullmatch(_TOKEN, value.text) and value.text[-2] == ("r" if value.is_matte else "*"):
            return value
        node = self.node(value, prefix)
        return matte(node) if value.is_matte else picture(node)

    def node(self, value: Value, prefix: str, alpha: Optional[str] = None) -> NkNode:
        """A node that computes the value in red, or in red, green and blue; alpha as given."""
        channels = "r" if value.is_matte else "rgb"
        knobs: Dict[str, object] = {}
        for number, channel in enumerate(channels):
            knobs[f"expr{number}"] = _written(value, channel)
        if alpha is not None:
            knobs["expr3"] = alpha
        merged = len(value.leaves) > 1
        kind = "MergeExpression" if merged else "Expression"
        self._count += 1
        return NkNode(kind, f"{prefix}_{self._count}", knobs, value.leaves)

    def _step(
        self, prefix: str, step: Step, taken: List[Value], inputs: Dict[str, Value], cell: int
    ) -> Tuple[Value, int]:
        """The step's value, and the size of the cells that it is in."""
        operation = step.operation
        if operation == "input":
            return inputs[str(step.of)], 1
        if operation == "parameter":
            return Value(f"parent.{step.of}"), 1
        if operation == "constant":
            return Value(repr(float(step.of))), 1
        if operation in _BINARY:
            return self._joined(prefix, "({} " + _BINARY[operation] + " {})", taken), cell
        if operation in _CALLS:
            slots = ", ".join(["{}"] * len(taken))
            return self._joined(prefix, f"{_CALLS[operation]}({slots})", taken), cell
        if operation == "greater":
            return self._joined(prefix, "({} > {} ? 1 : 0)", taken), cell
        if operation in ("channel", "mean"):
            node = self.settled(taken[0], prefix).leaves[0]
            if operation == "channel":
                return Value(f"@0:{'rgb'[int(step.of)]}@", (node,)), cell
            return Value("((@0:r@ + @0:g@ + @0:b@) / 3)", (node,)), cell
        return self._spatial(prefix, step, taken, cell)

    def _spatial(self, prefix: str, step: Step, taken: List[Value], cell: int) -> Tuple[Value, int]:
        source = self.settled(taken[0], prefix)
        node = source.leaves[0]
        self._count += 1
        name = f"{prefix}_{self._count}_{step.operation}"
        if step.operation == "blur" and not source.is_matte and cell == 1:
            size = Formula(f"{taken[1].text}*{BLUR_SIZE:g}")
            knobs = {"channels": "rgb", "size": size, "filter": "gaussian", "crop": False}
            return picture(NkNode("Blur", name, knobs, (node,))), cell
        if step.operation == "convolve" and not source.is_matte and cell == 1:
            return picture(lens.convolve(node, taken[1].leaves[0], name)), cell
        if source.is_matte:
            if step.operation == "reduce":
                return matte(neighbours.reduce(node, int(step.of), name)), int(step.of)
            if step.operation == "enlarge":
                return matte(neighbours.enlarge(node, int(step.of), name)), 1
            if step.operation == "spread" and cell == 1:
                return matte(neighbours.spread(node, taken[1].text, name)), cell
            if step.operation == "blur" and cell == 1:
                return matte(neighbours.gaussian(node, taken[1].text, name)), cell
            if step.operation == "blur":
                deviation = float(taken[1].text)
                return matte(neighbours.cell_gaussian(node, deviation, cell, name)), cell
        raise ValueError(f"Nuke has no nodes here for the step {step.name} of {prefix}.")

    def _joined(self, prefix: str, form: str, taken: List[Value]) -> Value:
        """The operands in one formula; those that take too many pictures become nodes first."""
        leaves = _union(taken)
        if len(leaves) > 2:
            widest = max(range(len(taken)), key=lambda i: len(taken[i].leaves))
            taken = list(taken)
            taken[widest] = self.settled(taken[widest], prefix)
            leaves = _union(taken)
        if len(leaves) > 2:
            taken = [self.settled(item, prefix) for item in taken]
            leaves = _union(taken)
        texts = []
        for item in taken:
            places = [leaves.index(leaf) for leaf in item.leaves]
            texts.append(_renumbered(item.text, places))
        is_matte = all(item.is_matte for item in taken)
        return Value(form.format(*texts), leaves, is_matte)


def _renumbered(text: str, places: List[int]) -> str:
    return _TOKEN.sub(lambda match: f"@{places[int(match.group(1))]}:{match.group(2)}@", text)


def _union(values: List[Value]) -> Tuple[NkNode, ...]:
    leaves: List[NkNode] = []
    for value in values:
        leaves += [leaf for leaf in value.leaves if leaf not in leaves]
    return tuple(leaves)


def _written(value: Value, channel: str) -> str:
    sides = ("B", "A") if len(value.leaves) > 1 else ("",)  # input 0 of a merge is B

    def pixel(match: "re.Match[str]") -> str:
        own = match.group(2)
        return sides[int(match.group(1))] + (channel if own == "*" else own)

    return _TOKEN.sub(pixel, value.text)
