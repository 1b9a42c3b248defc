"""Reduce, enlarge, blur and spread of Blender's nodes, as core/filters.py does. stdlib and bpy.

Each is a group of its own. Colours carry mattes as their channels.
"""

from __future__ import annotations

from typing import Any

from . import versions
from .arithmetic import COLOUR, MATTE, Arithmetic, Operand
from .places import MARGIN, Halvings, Places

WIDEST = 4.0  # pixels, the largest deviation of a blur at full size, as in the core
STAGES = 3  # how often a blur halves the picture at most


def reduced(nodes: Arithmetic, colour: Any, packed: Halvings, factor: int) -> Any:
    """The mean of cells, packed; the last cells repeat the border.

    Args:
        nodes: of the tree.
        colour: of the picture.
        packed: how the colour is; the result is packed by one factor more.
        factor: pixels a side of a cell.
    """

    def build(inner: Arithmetic, sockets: list[Any]) -> list[Any]:
        places = Places(inner, sockets[0])
        first = MARGIN if packed else 0
        large, small = places.extents(packed), places.extents((*packed, factor))
        columns = _of_cell(inner, places.x, small[0], large[0], first, factor)
        seen = [places.take(sockets[0], places.at(x, places.y)) for x in columns]
        narrow = inner.mean(seen)
        rows = _of_cell(inner, places.y, small[1], large[1], first, factor)
        return [inner.mean([places.take(narrow, places.at(places.x, y)) for y in rows])]

    name = _named("reduce", factor, packed)
    return nodes.group(name, [("Image", COLOUR, colour)], [("Image", COLOUR)], build)[0]


def enlarged(nodes: Arithmetic, colour: Any, packed: Halvings) -> Any:
    """Runs bilinearly from cell centre to cell centre: puts back what the last `reduced` took."""
    *before, factor = packed

    def build(inner: Arithmetic, sockets: list[Any]) -> list[Any]:
        places = Places(inner, sockets[0])
        first = MARGIN if before else 0
        small = places.extents(packed)
        left, right, share = _between(inner, places.x, small[0], first, factor)
        ends = [places.take(sockets[0], places.at(x, places.y)) for x in (left, right)]
        wide = inner.mix(share, *ends)
        above, below, share = _between(inner, places.y, small[1], first, factor)
        ends = [places.take(wide, places.at(places.x, y)) for y in (above, below)]
        return [inner.mix(share, *ends)]

    name = _named("enlarge", factor, tuple(before))
    return nodes.group(name, [("Image", COLOUR, colour)], [("Image", COLOUR)], build)[0]


def blurred(nodes: Arithmetic, colour: Any, deviation: Operand, widest: float = WIDEST) -> Any:
    """A Gaussian; Blender cuts it off where the core does."""
    radius = nodes.math("multiply", nodes.clamped(deviation, 0.001, widest), 3.0)
    node = versions.new_node(nodes.tree, "Blur")
    versions.choose(node, "Type", "Gaussian", attribute="filter_type", before="GAUSS")
    nodes.connect(colour, node.inputs["Image"])
    if versions.is_at_least(4, 5):
        nodes.connect(nodes.vector(radius, radius, 0.0), node.inputs["Size"])
    else:
        node.size_x = node.size_y = 100
        nodes.connect(nodes.math("divide", radius, 100.0), node.inputs["Size"])
    return node.outputs[0]


def widely_blurred(nodes: Arithmetic, colour: Any, deviation: Operand, halved_from: float) -> Any:
    """A Gaussian that is made of smaller pictures where it is wide, at most STAGES times.

    Args:
        nodes: of the tree.
        colour: of full size.
        deviation: in pixels.
        halved_from: the deviation from which on the picture is halved once at least.
    """

    def build(inner: Arithmetic, sockets: list[Any]) -> list[Any]:
        levels, deviations = [sockets[0]], [sockets[1]]
        for stage in range(STAGES):
            levels.append(reduced(inner, levels[-1], (2,) * stage, 2))
            deviations.append(inner.math("multiply", deviations[-1], 0.5))
        result = blurred(inner, levels[-1], deviations[-1])
        for stage in range(STAGES - 1, -1, -1):
            whole = enlarged(inner, result, (2,) * (stage + 1))
            halve = inner.math("greater", deviations[stage], WIDEST if stage else halved_from)
            result = inner.mix(halve, blurred(inner, levels[stage], deviations[stage]), whole)
        return [result]

    inputs = [("Image", COLOUR, colour), ("Deviation", MATTE, deviation)]
    return nodes.group(f"blur from {halved_from:.3g}", inputs, [("Image", COLOUR)], build)[0]


def spread(nodes: Arithmetic, matte: Any, pixels: Operand, steps: int) -> Any:
    """Grows (shrinks if negative) a matte in [0, 1] by some pixels.

    Args:
        nodes: of the tree.
        matte: the matte.
        pixels: a number.
        steps: the furthest that it goes; each is some nodes.
    """

    def build(inner: Arithmetic, sockets: list[Any]) -> list[Any]:
        shrinks = inner.math("greater", 0.0, sockets[1])
        reach = inner.math("minimum", inner.math("absolute", sockets[1]), float(steps))
        # a minimum is a maximum of the complement, and what comes in from outside is 0
        grown = inner.math("absolute", inner.math("subtract", shrinks, sockets[0]))
        result: Operand = 0.0
        for step in range(steps + 1):
            if step:
                grown = _grown(inner, grown, step)
            away = inner.math("absolute", inner.math("subtract", reach, float(step)))
            share = inner.math("maximum", inner.math("subtract", 1.0, away), 0.0)
            result = inner.math("add", result, inner.math("multiply", grown, share))
        return [inner.math("absolute", inner.math("subtract", shrinks, result))]

    inputs = [("Matte", MATTE, matte), ("Pixels", MATTE, pixels)]
    return nodes.group(f"spread to {steps}", inputs, [("Matte", MATTE)], build)[0]


def _grown(nodes: Arithmetic, matte: Any, step: int) -> Any:
    """Grown by a pixel: over a cross in odd steps, over a square in even ones."""
    columns = _largest(nodes, matte, matte, (0.0, 1.0))
    return _largest(nodes, columns, matte if step % 2 else columns, (1.0, 0.0))


def _largest(nodes: Arithmetic, matte: Any, moved: Any, step: tuple[float, float]) -> Any:
    """The maximum of a matte and of another that is moved by a step both ways."""
    for way in (1.0, -1.0):
        node = versions.new_node(nodes.tree, "Translate")
        versions.choose_nearest(node)
        for number, operand in enumerate((moved, way * step[0], way * step[1])):
            nodes.connect(operand, node.inputs[number])
        matte = nodes.math("maximum", matte, node.outputs[0])
    return matte


def _of_cell(
    nodes: Arithmetic, along: Any, cells: Operand, extent: Operand, first: int, factor: int
) -> list[Any]:
    """For a pixel of a packed picture, the columns or rows of its cell."""
    last = nodes.math("subtract", cells, 1.0)
    cell = nodes.clamped(nodes.math("subtract", along, float(MARGIN)), 0.0, last)
    start = nodes.math("multiply", cell, float(factor))
    edge = nodes.math("subtract", extent, 1.0)
    found = []
    for number in range(factor):
        inside = nodes.math("minimum", nodes.math("add", start, float(number)), edge)
        found.append(nodes.math("add", inside, float(first)))
    return found


def _between(
    nodes: Arithmetic, along: Any, cells: Operand, first: int, factor: int
) -> tuple[Any, Any, Any]:
    """For a pixel, the packed cells before and after it, and how far it is to the latter."""
    centre = nodes.math("subtract", along, first - 0.5)
    place = nodes.math("subtract", nodes.math("divide", centre, float(factor)), 0.5)
    before = nodes.math("floor", place)
    last = nodes.math("subtract", cells, 1.0)
    found = []
    for step in (0.0, 1.0):
        cell = nodes.clamped(nodes.math("add", before, step), 0.0, last)
        found.append(nodes.math("add", cell, float(MARGIN)))
    return found[0], found[1], nodes.math("subtract", place, before)


def _named(what: str, factor: int, packed: Halvings) -> str:
    return " ".join([what, str(factor), *(f"of {item}" for item in packed)])
