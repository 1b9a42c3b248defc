"""What a pixel takes from its neighbours, in Nuke's expression language, exactly as the core does.

Coordinates are kept within the format, so borders repeat whatever a reader puts outside of its
pixels. Nuke counts rows from below, the core from above; cells start at the top left.
Standard library only, Python 3.7.
"""

import math
from typing import List

from .nk import NkNode

STEPS = 16  # pixels, the furthest that `spread` goes; each is a node
WIDEST = 4.0  # pixels, the largest deviation of `gaussian`; the core takes another way above it


def spread(node: NkNode, pixels: str, prefix: str) -> NkNode:
    """Grows (shrinks if negative) a matte by so many pixels, at most STEPS either way.

    Args:
        node: the matte, in red.
        pixels: formula of a number.
        prefix: of the nodes' names.
    """
    for step in range(STEPS):
        around = [(1, 0), (-1, 0), (0, 1), (0, -1)]
        if step % 2:
            around += [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        values = ", ".join([*(_at(x, y) for x, y in around), "r"])
        part = f"clamp(abs({pixels}) - {step}, 0, 1)"
        formula = f"r + {part} * (({pixels}) > 0 ? max({values}) - r : min({values}) - r)"
        node = NkNode("Expression", f"{prefix}_{step + 1}", {"expr0": formula}, (node,))
    return node


def gaussian(node: NkNode, deviation: str, prefix: str) -> NkNode:
    """Blurs a matte in red; the deviation is a formula, in pixels, at most WIDEST."""
    sigma = f"clamp({deviation}, 0.001, {WIDEST:g})"
    reach = f"max(1, ceil(3 * {sigma}))"
    last = math.ceil(3 * WIDEST)
    for axis in ("x", "y"):
        weights = ["1"]
        terms = ["r"]
        for i in range(1, last + 1):
            weight = f"({i} <= {reach} ? exp({-i * i} / (2 * {sigma} * {sigma})) : 0)"
            ahead, behind = (_at(i, 0), _at(-i, 0)) if axis == "x" else (_at(0, i), _at(0, -i))
            weights.append(f"2 * {weight}")
            terms.append(f"{weight} * ({ahead} + {behind})")
        formula = f"({' + '.join(terms)}) / ({' + '.join(weights)})"
        node = NkNode("Expression", f"{prefix}_{axis}", {"expr0": formula}, (node,))
    return node


def cell_gaussian(node: NkNode, deviation: float, cell: int, prefix: str) -> NkNode:
    """Blurs a matte of cells: the deviation is in cells, and a step is one cell."""
    reach = max(1, math.ceil(3 * deviation))
    weights = [math.exp(-(i**2) / (2 * deviation**2)) for i in range(-reach, reach + 1)]
    total = sum(weights)
    for axis in ("x", "y"):
        terms: List[str] = []
        for i, weight in zip(range(-reach, reach + 1), weights):
            where = (_cell_x(i, cell), "y") if axis == "x" else ("x", _cell_y(i, cell))
            terms.append(f"{weight / total!r} * r({where[0]}, {where[1]})")
        formula = {"expr0": " + ".join(terms)}
        node = NkNode("Expression", f"{prefix}_{axis}", formula, (node,))
    return node


def reduce(node: NkNode, cell: int, prefix: str) -> NkNode:
    """Gives every pixel of a cell the mean of the cell; the picture keeps its size."""
    for axis in ("x", "y"):
        terms = []
        for i in range(cell):
            if axis == "x":
                terms.append(f"r(min(floor(x / {cell}) * {cell} + {i}, width - 1), y)")
            else:
                terms.append(f"r(x, max(height - 1 - floor({_DOWN} / {cell}) * {cell} - {i}, 0))")
        formula = {"expr0": f"({' + '.join(terms)}) / {cell}"}
        node = NkNode("Expression", f"{prefix}_{axis}", formula, (node,))
    return node


def enlarge(node: NkNode, cell: int, prefix: str) -> NkNode:
    """Runs smoothly between the cells' means: bilinear, from cell centre to cell centre."""
    for axis in ("x", "y"):
        along = "x" if axis == "x" else _DOWN
        place = f"(({along} + 0.5) / {cell} - 0.5)"
        part = f"({place} - floor({place}))"
        before = f"floor({place}) - floor({along} / {cell})"
        after = f"floor({place}) + 1 - floor({along} / {cell})"
        if axis == "x":
            one, other = f"r({_cell_x(before, cell)}, y)", f"r({_cell_x(after, cell)}, y)"
        else:
            one, other = f"r(x, {_cell_y(before, cell)})", f"r(x, {_cell_y(after, cell)})"
        formula = {"expr0": f"{one} + {part} * ({other} - {one})"}
        node = NkNode("Expression", f"{prefix}_{axis}", formula, (node,))
    return node


_DOWN = "(height - 1 - y)"  # the row, counted from the top


def _at(across: int, up: int) -> str:
    x = f"clamp(x + {across}, 0, width - 1)" if across else "x"
    y = f"clamp(y + {up}, 0, height - 1)" if up else "y"
    return f"r({x}, {y})"


def _cell_x(cells: object, cell: int) -> str:
    """A column of the cell that lies so many cells to the right; the last cells repeat."""
    last = f"floor((width - 1) / {cell})"
    return f"(clamp(floor(x / {cell}) + ({cells}), 0, {last}) * {cell})"


def _cell_y(cells: object, cell: int) -> str:
    """A row of the cell that lies so many cells below."""
    last = f"floor((height - 1) / {cell})"
    return f"(height - 1 - clamp(floor({_DOWN} / {cell}) + ({cells}), 0, {last}) * {cell})"
